import type { CodeBefore, CodeNow } from '../protocol/trace.ts';
import { toCodeTree } from './codeTree.ts';
import { listHanded } from './handedModules.ts';
import { toMentions } from './mentions.ts';
import type { Statement } from './skeleton.ts';
import { ranUnits, type Loaded, type Widened } from './widening.ts';

/** What may differ in the module body of one file though it ran. */
export interface Excuses {
  /** Nobody asked for the name, and that it is bound as it is now has no other effect. */
  isUnseen(name: string, now: Statement | undefined): boolean;
}

/** Modules of the standard library whose names are known to be harmless: a file of the tree may stand in their place. */
const STANDARD = ['abc', 'collections', 'contextlib', 'dataclasses', 'enum', 'functools', 'typing'];
/** Own code that an annotation may run. */
const HOOKS = new Set(['__getattr__', '__getattribute__', '__class_getitem__', '__getitem__', '__or__', '__ror__']);

/** Excuses by file; `undefined` = all that the module body says counts. Only for a trace of which everything is known. */
export function toExcuses(
  before: CodeBefore,
  now: CodeNow,
  loaded: readonly Loaded[],
  { names }: Widened,
): (file: string) => Excuses | undefined {
  const tree = toCodeTree(before.files);
  const isShadowed = STANDARD.some((name) => tree.resolve('', name) !== '' || toCodeTree(now.files).resolve('', name) !== '');
  // Names that came by a star cannot be followed to the modules that they may be.
  const hasStars = loaded.some(({ skeleton, ran }) => ranUnits(skeleton, ran).some(({ stars }) => stars !== undefined));
  if (before.entry === undefined || names.has(null) || isShadowed || hasStars) return () => undefined;
  const handed = listHanded(tree, loaded);
  const mentions = toMentions(before, loaded);
  const hasHooks = loaded.some(({ skeleton, ran }) => ranUnits(skeleton, ran).some(({ name }) => HOOKS.has(name)));
  return (file) => {
    if (names.has(file) || handed.has(file)) return undefined;
    return { isUnseen: (name, next) => !mentions.has(file, name) && (next?.needs === undefined || !hasHooks) };
  };
}
