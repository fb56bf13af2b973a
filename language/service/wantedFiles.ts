import { MANIFEST_FILE } from '../model/workspace.ts';
import type { CheckAbilities } from './abilities.ts';
import { createCheckCache, readManifest, type CheckCache } from './checkCache.ts';
import type { ParsedAs } from './parsedFiles.ts';
import { toFolder, toPathIn } from './fileKind.ts';

/**
 * Paths whose texts a check needs, given the texts known so far: `cairn.yaml`, the YAML files that its patterns name, and the entry files and
 * locks that those name. Load what is new and call again until nothing is: at most three rounds. Only paths of `allPaths` are answered, in
 * their order.
 */
export function wantedFiles(
  files: ReadonlyMap<string, string>,
  allPaths: Iterable<string>,
  abilities: CheckAbilities,
  cache: CheckCache = createCheckCache(),
): readonly string[] {
  const paths = [...allPaths];
  if (!files.has(MANIFEST_FILE) && paths.includes(MANIFEST_FILE)) return [MANIFEST_FILE];
  const manifest = readManifest(files, cache);
  const wanted = new Set<string>();
  for (const path of paths) {
    const kind = cache.toKind(path, manifest, abilities);
    if (kind === undefined) continue;
    wanted.add(path);
    const text = files.get(path);
    const named = text === undefined ? undefined : toNamedFile(cache.parse(path, kind, text));
    if (named !== undefined) wanted.add(toPathIn(toFolder(path), named));
  }
  return paths.filter((path) => wanted.has(path));
}

/** The one further file that the definition at `path` makes wanted; `undefined` = none. While it stays the same, so does what is wanted. */
export function toNamedPath(
  files: ReadonlyMap<string, string>,
  path: string,
  abilities: CheckAbilities,
  cache: CheckCache,
): string | undefined {
  const text = files.get(path);
  const kind = text === undefined ? undefined : cache.toKind(path, readManifest(files, cache), abilities);
  const named = text === undefined || kind === undefined ? undefined : toNamedFile(cache.parse(path, kind, text));
  return named === undefined ? undefined : toPathIn(toFolder(path), named);
}

/** The file that a definition names and whose text matters to a check, relative to its folder. */
function toNamedFile({ kind, parsed }: ParsedAs): string | undefined {
  switch (kind) {
    case 'module':
      return parsed.value?.language === 'python' ? parsed.value.entry.file : undefined;
    case 'dataset':
      return parsed.value?.source.kind === 'python' ? parsed.value.source.entry.file : undefined;
    case 'environment':
      return parsed.value?.lock;
    default:
      return undefined;
  }
}
