import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Digest } from '../../language/model/names.ts';
import { ANALYSIS_RULES } from './rules.ts';
import { Analysed } from './skeleton.ts';

/** files that are written at a time; one more waits */
const WRITES = 32;

/** Skeletons on disk, by rules, minor version and content. Each file begins with the digest of its rest: what is damaged is not there. */
export class SkeletonFiles {
  readonly #folder: string;
  readonly #writing = new Set<Promise<void>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(python: string, digest: Digest): Promise<Analysed | undefined> {
    const text = await readFile(this.#toPath(python, digest), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    if (end < 0 || text.slice(0, end) !== toCheck(body)) return undefined;
    return Analysed.safeParse(JSON.parse(body)).data;
  }

  /** Best effort: without it the source is analysed again next time. Nobody waits for the disk, unless many are under way. */
  async write(python: string, digest: Digest, analysed: Analysed): Promise<void> {
    if (this.#writing.size >= WRITES) await Promise.race(this.#writing);
    const writing = this.#write(python, digest, analysed).finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** All that was to be written is. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing);
  }

  async #write(python: string, digest: Digest, analysed: Analysed): Promise<void> {
    const file = this.#toPath(python, digest);
    const draft = `${file}.${randomUUID()}.new`;
    const body = JSON.stringify(analysed);
    try {
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(draft, `${toCheck(body)}\n${body}`, { mode: 0o600 });
      await rename(draft, file);
    } catch {
      // A full or closed disk: nothing depends on this file.
      await rm(draft, { force: true }).catch(() => undefined);
    }
  }

  #toPath(python: string, digest: Digest): string {
    const name = digest.slice('sha256:'.length);
    return path.join(this.#folder, `${String(ANALYSIS_RULES)}-${python}`, name.slice(0, 2), `${name.slice(2)}.json`);
  }
}

function toCheck(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
