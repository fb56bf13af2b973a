import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { probePython, ProbeAnswer, toPython, type Python } from './pythonProbe.ts';

const Entries = z.record(z.string(), ProbeAnswer);
type Entries = z.infer<typeof Entries>;

/**
 * Remembers what interpreters said, by path, time of change and kernel (which is among what they say): within this process, and in a
 * file for the next one. A file that cannot be read is made anew.
 */
export class ProbeCache {
  private readonly file: string | undefined;
  private readonly environment: { readonly [name: string]: string };
  private readonly probes = new Map<string, Promise<Python | undefined>>();
  private readonly fresh: { [key: string]: ProbeAnswer } = {};
  private kept: Promise<Entries> | undefined;

  /** Without a state folder nothing is read or written. */
  constructor(stateFolder: string | undefined, environment: { readonly [name: string]: string }) {
    this.file = stateFolder === undefined ? undefined : path.join(stateFolder, 'pythons.json');
    this.environment = environment;
  }

  /** All that are interpreters, in the order of the candidates. */
  async probeAll(candidates: readonly string[]): Promise<readonly Python[]> {
    const found = await Promise.all(candidates.map((candidate) => this.probe(candidate)));
    await this.save();
    return found.filter((python) => python !== undefined);
  }

  private async probe(candidate: string): Promise<Python | undefined> {
    const changed = await stat(candidate).then(
      (info) => info.mtimeMs,
      () => undefined,
    );
    if (changed === undefined) return undefined;
    const key = [candidate, String(changed), os.release(), os.version()].join('|');
    const known = this.probes.get(key) ?? this.ask(candidate, key);
    this.probes.set(key, known);
    const python = await known;
    // What did not answer may have had no memory or no time: it is asked again.
    if (python === undefined) this.probes.delete(key);
    return python;
  }

  private async ask(candidate: string, key: string): Promise<Python | undefined> {
    this.kept ??= this.load();
    const kept = await this.kept;
    const answer = Object.hasOwn(kept, key) ? kept[key] : await probePython(candidate, this.environment);
    if (answer === undefined) return undefined;
    if (!Object.hasOwn(kept, key)) this.fresh[key] = answer;
    return toPython(answer);
  }

  private async load(): Promise<Entries> {
    const text = this.file === undefined ? '{}' : await readFile(this.file, 'utf8').catch(() => '{}');
    try {
      return Entries.parse(JSON.parse(text));
    } catch {
      // Torn or of another version: it holds nothing that cannot be asked again.
      return {};
    }
  }

  private async save(): Promise<void> {
    const fresh = Object.keys(this.fresh);
    if (fresh.length === 0 || this.file === undefined) return;
    const entries = { ...(await this.kept), ...this.fresh };
    for (const key of fresh) Reflect.deleteProperty(this.fresh, key);
    this.kept = Promise.resolve(entries);
    const draft = `${this.file}.${String(process.pid)}`;
    await mkdir(path.dirname(this.file), { recursive: true });
    await writeFile(draft, JSON.stringify(entries));
    await rename(draft, this.file);
  }
}
