const HEAD = 65_536;
const TAIL = 196_608;

/** What a process prints: the beginning and the end of it, whatever it prints in between. */
export class KeptOutput {
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #left = 0;

  add(chunk: Buffer): void {
    const room = HEAD - this.#headBytes;
    if (room > 0) {
      this.#head.push(chunk.subarray(0, room));
      this.#headBytes += Math.min(room, chunk.length);
    }
    if (chunk.length <= room) return;
    this.#tail.push(chunk.subarray(Math.max(room, 0)));
    this.#tailBytes += chunk.length - Math.max(room, 0);
    if (this.#tailBytes > 2 * TAIL) this.#trim();
  }

  toText(): string {
    this.#trim();
    const left = this.#left === 0 ? '' : `\n[${String(this.#left)} bytes left out]\n`;
    return Buffer.concat([...this.#head, Buffer.from(left), ...this.#tail]).toString('utf8');
  }

  #trim(): void {
    if (this.#tailBytes <= TAIL) return;
    const all = Buffer.concat(this.#tail);
    this.#left += all.length - TAIL;
    this.#tail = [all.subarray(all.length - TAIL)];
    this.#tailBytes = TAIL;
  }
}
