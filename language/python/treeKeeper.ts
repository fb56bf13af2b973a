import type { Edit } from '@vscode/tree-sitter-wasm';

/** Trees kept at most. They live in the memory of the wasm runtime, which no collector sees: what is not kept is deleted. */
const MOST_TREES = 2;
/** Code units. A small text is read anew as fast as its tree is found. */
const SMALLEST_KEPT = 4096;

/** What of a tree the keeper needs. */
interface KeptTree {
  edit(edit: Edit): void;
  delete(): void;
}

export interface TreeKeeper<T extends KeptTree> {
  /** The tree of a text, good until the next call; `undefined` where the parser gives none. */
  read(source: string): T | undefined;
}

/**
 * Parses texts one after another. A long text that differs in one stretch from one read lately is parsed from that one's tree: only the stretch
 * is looked at again, and the tree is the same as one read anew.
 */
export function createTreeKeeper<T extends KeptTree>(parse: (source: string, former: T | undefined) => T | undefined): TreeKeeper<T> {
  const kept: { readonly source: string; readonly tree: T }[] = [];
  let passing: T | undefined;
  const keep = (source: string, tree: T): T => {
    kept.unshift({ source, tree });
    for (const { tree: old } of kept.splice(MOST_TREES)) old.delete();
    return tree;
  };
  return {
    read(source) {
      passing?.delete();
      passing = undefined;
      const same = kept.findIndex((one) => one.source === source);
      if (same !== -1) return kept[same]?.tree;
      if (source.length < SMALLEST_KEPT) return (passing = parse(source, undefined));
      const near = kept.findIndex((one) => isNear(one.source, source));
      const former = near === -1 ? undefined : kept.splice(near, 1)[0];
      former?.tree.edit(toEdit(former.source, source));
      const tree = parse(source, former?.tree);
      former?.tree.delete();
      return tree === undefined ? undefined : keep(source, tree);
    },
  };
}

interface Difference {
  readonly start: number;
  readonly formerEnd: number;
  readonly end: number;
}

/** Two versions of one text: most of it is the same. */
function isNear(former: string, source: string): boolean {
  const { start, end } = toDifference(former, source);
  return end - start < source.length / 2;
}

function toDifference(former: string, source: string): Difference {
  const most = Math.min(former.length, source.length);
  let start = 0;
  while (start < most && former.charCodeAt(start) === source.charCodeAt(start)) start += 1;
  let tail = 0;
  while (tail < most - start && former.charCodeAt(former.length - 1 - tail) === source.charCodeAt(source.length - 1 - tail)) tail += 1;
  return { start, formerEnd: former.length - tail, end: source.length - tail };
}

function toEdit(former: string, source: string): Edit {
  const { start, formerEnd, end } = toDifference(former, source);
  return {
    startIndex: start,
    oldEndIndex: formerEnd,
    newEndIndex: end,
    startPosition: toPoint(source, start),
    oldEndPosition: toPoint(former, formerEnd),
    newEndPosition: toPoint(source, end),
  };
}

function toPoint(text: string, offset: number): { row: number; column: number } {
  let row = 0;
  let line = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    row += 1;
    line = at + 1;
  }
  return { row, column: offset - line };
}
