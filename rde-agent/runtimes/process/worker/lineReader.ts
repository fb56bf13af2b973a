/** Cuts a byte stream into lines. Bytes after the last line are kept until more come. */
export class LineReader {
  private readonly limit: number;
  private parts: Buffer[] = [];
  private size = 0;

  /** `limit` = bytes of one line; a longer one makes `push` answer `undefined`, and the stream is of no more use. */
  constructor(limit: number) {
    this.limit = limit;
  }

  push(chunk: Buffer): readonly string[] | undefined {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      lines.push(this.take(chunk.subarray(start, end)));
      start = end + 1;
    }
    if (start < chunk.length) this.keep(start === 0 ? chunk : chunk.subarray(start));
    return this.size > this.limit || lines.some((line) => line.length > this.limit) ? undefined : lines;
  }

  private take(end: Buffer): string {
    if (this.parts.length === 0) return end.toString('utf8');
    const line = Buffer.concat([...this.parts, end]).toString('utf8');
    this.parts = [];
    this.size = 0;
    return line;
  }

  private keep(chunk: Buffer): void {
    this.parts.push(chunk);
    this.size += chunk.length;
  }
}
