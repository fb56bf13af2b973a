import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { toDigest } from '../builder/digest.ts';

/**
 * What is remembered of one workspace between two lives of the agent: small JSON files in the agent's state folder. All of it can be
 * deleted; what is missing or unreadable is simply not known.
 */
export class WorkspaceFolder {
  readonly #folder: string;

  constructor(stateFolder: string, root: string) {
    this.#folder = path.join(stateFolder, toDigest(root).slice('sha256:'.length, 'sha256:'.length + 32));
  }

  get statCache(): string {
    return path.join(this.#folder, 'stats.json');
  }

  /** code of others, laid out; see `layOut` */
  get libraries(): string {
    return path.join(this.#folder, 'libraries');
  }

  read(name: string): unknown {
    try {
      const value: unknown = JSON.parse(readFileSync(path.join(this.#folder, `${name}.json`), 'utf8'));
      return value;
    } catch {
      // Absent, or cut off by a crash: both mean "not known".
      return undefined;
    }
  }

  write(name: string, value: unknown): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const temporary = path.join(this.#folder, `.${name}.${process.pid}`);
    writeFileSync(temporary, JSON.stringify(value), { mode: 0o600 });
    renameSync(temporary, path.join(this.#folder, `${name}.json`));
  }
}

/** The members of a remembered object whose values are texts. */
export function toTextMap(value: unknown): Map<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
