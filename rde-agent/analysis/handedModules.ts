import type { CodeTree } from './codeTree.ts';
import type { ParsedSkeleton } from './skeleton.ts';
import { ranUnits, type Loaded } from './widening.ts';

/** names that a name may stand for, followed through the files that import and export it again */
const FARTHEST = 8;

/**
 * Files whose module object is used other than as `module.attribute` by what ran: whoever gets it may look anything up in it. Libraries are
 * no concern: their files are not compared.
 */
export function listHanded(tree: CodeTree, loaded: readonly Loaded[]): ReadonlyMap<string, string> {
  const skeletons = new Map(loaded.map(({ file, skeleton }) => [file, skeleton]));
  const handed = new Map<string, string>();
  for (const { file, skeleton, ran } of loaded) {
    const refs = new Set(ranUnits(skeleton, ran).flatMap(({ refs }) => refs));
    for (const place of refs) {
      const target = toFile(toAbsolute(file, skeleton.words[place] ?? ''), tree, skeletons, FARTHEST);
      if (target !== undefined && !handed.has(target)) handed.set(target, `${target} as an object in ${file}`);
    }
  }
  return handed;
}

/** `..a.b` in `p/q/r.py` is `p.a.b`. */
function toAbsolute(file: string, path: string): string {
  const level = path.length - path.replace(/^\.+/, '').length;
  if (level === 0) return path;
  const folders = file.split('/').slice(0, -1);
  const base = folders.slice(0, Math.max(0, folders.length - (level - 1)));
  return [...base, ...(path.length === level ? [] : [path.slice(level)])].join('.');
}

/** The file of the module that a dotted name is, where it is one. */
function toFile(path: string, tree: CodeTree, skeletons: ReadonlyMap<string, ParsedSkeleton>, steps: number): string | undefined {
  const direct = tree.toModule(path);
  if (direct !== undefined || steps === 0) return direct;
  // The longest beginning that is a module may have imported the next name as another module.
  const parts = path.split('.');
  for (let count = parts.length - 1; count > 0; count -= 1) {
    const file = tree.toModule(parts.slice(0, count).join('.'));
    if (file === undefined) continue;
    for (const [name, target] of skeletons.get(file)?.imports ?? []) {
      if (name !== parts[count]) continue;
      const found = toFile([toAbsolute(file, target), ...parts.slice(count + 1)].join('.'), tree, skeletons, steps - 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return undefined;
}
