import { toCanonicalJson } from '../../language/model/json.ts';
import type { Digest } from '../../language/model/names.ts';

/** One entry of a folder; `mode` is 0o644 or 0o755 for files and 0o040000 for folders. */
export interface TreeEntry {
  readonly name: string;
  readonly mode: number;
  readonly digest: Digest;
}

export const FOLDER_MODE = 0o040000;

/**
 * The stored form of a folder: its entries sorted by name (UTF-16 code units). A folder's digest is the sha256 of this
 * text in UTF-8, so a change touches only the folders above it.
 */
export function toTreeText(entries: readonly TreeEntry[]): string {
  const sorted = entries.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return toCanonicalJson({ v: 1, entries: sorted.map((entry) => [entry.name, entry.mode, entry.digest]) });
}
