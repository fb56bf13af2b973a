/** bytes of a task's number after the mark */
const NUMBER_BYTES = 4;

export interface MarkListener {
  /** printed by the task whose mark comes next, or by the one that runs */
  bytes(chunk: Buffer): void;
  /** the task with this number has ended, and printed nothing after this */
  mark(number: number): void;
}

/** Takes the marks of a kept interpreter out of one of its streams. */
export class MarkReader {
  private readonly mark: Buffer;
  private readonly listener: MarkListener;
  private kept: Buffer = Buffer.alloc(0);

  constructor(token: string, listener: MarkListener) {
    this.mark = Buffer.from(`\0${token}`, 'latin1');
    this.listener = listener;
  }

  push(chunk: Buffer): void {
    const all = this.kept.length === 0 ? chunk : Buffer.concat([this.kept, chunk]);
    let start = 0;
    for (let at = all.indexOf(this.mark); at !== -1; at = all.indexOf(this.mark, start)) {
      const end = at + this.mark.length + NUMBER_BYTES;
      if (end > all.length) return this.keep(all, start, at);
      this.tell(all.subarray(start, at));
      this.listener.mark(all.readUInt32BE(end - NUMBER_BYTES));
      start = end;
    }
    this.keep(all, start, all.length - this.countOpen(all.subarray(start)));
  }

  /** What looked like the beginning of a mark was none. */
  end(): void {
    const rest = this.kept;
    this.kept = Buffer.alloc(0);
    this.tell(rest);
  }

  private keep(all: Buffer, start: number, from: number): void {
    this.tell(all.subarray(start, from));
    this.kept = Buffer.from(all.subarray(from));
  }

  private tell(chunk: Buffer): void {
    if (chunk.length > 0) this.listener.bytes(chunk);
  }

  /** Bytes at the end that may be the beginning of a mark. */
  private countOpen(bytes: Buffer): number {
    for (let at = bytes.indexOf(0, Math.max(0, bytes.length - this.mark.length + 1)); at !== -1; at = bytes.indexOf(0, at + 1)) {
      const tail = bytes.subarray(at);
      if (tail.equals(this.mark.subarray(0, tail.length))) return tail.length;
    }
    return 0;
  }
}
