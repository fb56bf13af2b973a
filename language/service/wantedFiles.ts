import { MANIFEST_FILE } from '../model/workspace.ts';
import type { CheckAbilities } from './abilities.ts';
import { createCheckCache, readManifest, type CheckCache, type ParsedAs } from './checkCache.ts';
import { toFolder, toPathIn } from './fileKind.ts';

/**
 * Paths whose texts a check needs, given the texts known so far: `cairn.yaml`, the YAML files that its patterns name, and the entry files that
 * those name. Load what is new and call again until nothing is: at most three rounds. Only paths of `allPaths` are answered, in their order.
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
    const entry = text === undefined ? undefined : toEntryFile(path, cache.parse(path, kind, text));
    if (entry !== undefined) wanted.add(entry);
  }
  return paths.filter((path) => wanted.has(path));
}

function toEntryFile(path: string, parsedAs: ParsedAs): string | undefined {
  if (parsedAs.kind === 'module') return toFile(path, parsedAs.parsed.value?.entry.file);
  const source = parsedAs.kind === 'dataset' ? parsedAs.parsed.value?.source : undefined;
  return source?.kind === 'python' ? toFile(path, source.entry.file) : undefined;
}

function toFile(path: string, file: string | undefined): string | undefined {
  return file === undefined ? undefined : toPathIn(toFolder(path), file);
}
