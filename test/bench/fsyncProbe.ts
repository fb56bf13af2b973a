import { closeSync, fdatasyncSync, ftruncateSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const BYTES = 1 << 20;
const BLOCK = 4096;

/** *f*: one `fdatasync` after overwriting 4 KiB of a preallocated file in `folder`. */
export class FsyncProbe {
  readonly #path: string;
  readonly #file: number;
  readonly #block = Buffer.alloc(BLOCK, 1);
  #next = 0;

  constructor(folder: string) {
    this.#path = join(folder, 'fsync-probe');
    this.#file = openSync(this.#path, 'w');
    ftruncateSync(this.#file, BYTES);
    for (let at = 0; at < BYTES; at += BLOCK) writeSync(this.#file, this.#block, 0, BLOCK, at);
    fsyncSync(this.#file);
  }

  once(): number {
    this.#next = (this.#next + BLOCK) % BYTES;
    this.#block.fill(this.#next & 0xff);
    const began = performance.now();
    writeSync(this.#file, this.#block, 0, BLOCK, this.#next);
    fdatasyncSync(this.#file);
    return performance.now() - began;
  }

  dispose(): void {
    closeSync(this.#file);
    rmSync(this.#path, { force: true });
  }
}
