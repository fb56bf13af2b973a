import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';

/** No task runs. */
const NOTHING = 0xff_ff_ff_ff;

/** The file in which a kept interpreter says which task it is at: true even when it dies in the middle of it. */
export class TaskPlace {
  private readonly path: string;
  private readonly bytes = Buffer.alloc(4);
  private file: number | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Number of the task that runs; `undefined` = none, or nobody can tell. */
  read(): number | undefined {
    try {
      this.file ??= openSync(this.path, 'r+');
      if (readSync(this.file, this.bytes, 0, 4, 0) !== 4) return undefined;
    } catch {
      // It is made when the interpreter begins, and there may be no file handles left: then nobody can tell.
      return undefined;
    }
    const number = this.bytes.readUInt32BE(0);
    return number === NOTHING ? undefined : number;
  }

  /**
   * Takes back what lies behind task `after`, up to `last`. What the interpreter has begun at the same moment is seen by a `read` a
   * moment later; of the others it begins none. False = it cannot be told.
   */
  recall(after: number, last: number): boolean {
    if (this.file === undefined) return false;
    // In this order there is no moment at which the two mean something else.
    this.write(last, 8);
    this.write(after, 4);
    return true;
  }

  private write(number: number, at: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(number);
    if (this.file !== undefined) writeSync(this.file, bytes, 0, 4, at);
  }

  remove(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
    rmSync(this.path, { force: true });
  }
}
