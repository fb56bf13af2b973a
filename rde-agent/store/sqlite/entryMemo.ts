import type { CacheEntry } from '../store.ts';

/** characters of records kept, without what they share: about as many bytes of memory */
const CAPACITY = 32 * 1024 * 1024;
/** parts that are shared between entries */
const SHARED = 4096;

/** Entries by key, so that a workflow of ten thousand steps is read once. Whoever writes an entry, or takes one away, says so. */
export class EntryMemo {
  readonly #entries = new Map<string, { readonly entry: CacheEntry; readonly size: number }>();
  readonly #shared = new Map<string, object>();
  #size = 0;

  get(key: string): CacheEntry | undefined {
    return this.#entries.get(key)?.entry;
  }

  /** Answers the entry of a record; what entries of one step have in common is kept once. */
  put(key: string, record: string): CacheEntry {
    const read = JSON.parse(record) as CacheEntry;
    const { parts } = read;
    const [scope, module, environment] = [this.#share(parts.scope), this.#share(parts.module), this.#share(parts.environment)];
    const entry: CacheEntry = { ...read, parts: { ...parts, scope: scope.part, module: module.part, environment: environment.part } };
    const size = record.length - scope.size - module.size - environment.size;
    // All of it at once: whoever reads more than fits would find none of it the next time anyway.
    if (this.#size + size > CAPACITY) this.clear();
    this.drop(key);
    this.#entries.set(key, { entry, size });
    this.#size += size;
    return entry;
  }

  drop(key: string): void {
    this.#size -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#shared.clear();
    this.#size = 0;
  }

  #share<T extends object>(part: T): { readonly part: T; readonly size: number } {
    const text = JSON.stringify(part);
    const known = this.#shared.get(text);
    // One text, one value.
    if (known !== undefined) return { part: known as T, size: text.length };
    if (this.#shared.size >= SHARED) this.#shared.clear();
    this.#shared.set(text, part);
    return { part, size: 0 };
  }
}
