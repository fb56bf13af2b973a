import type { Digest } from '../../language/model/names.ts';
import type { CatalogEvent } from '../protocol/catalogEvents.ts';
import type { Recorded } from '../protocol/runEvents.ts';
import type { TagMove } from '../protocol/tagDocuments.ts';
import type { StoreEvent } from '../store/store.ts';

type Moved = Extract<CatalogEvent, { type: 'tag.moved' }>;

/** What a tag can name: code, with what it was pushed with. */
export interface Version {
  readonly artifact: Digest;
  readonly libraries?: { readonly [name: string]: Digest };
  readonly release?: Digest;
}

/** A move of a tag with the version that it moved to. */
export interface PastMove {
  readonly tag: string;
  readonly move: TagMove;
  readonly version: Version;
}

/** Every move of the tags of a module, oldest first. */
export function toMoves(recorded: readonly Recorded<StoreEvent>[]): readonly PastMove[] {
  return recorded.flatMap(({ event, seq, at, by }) => (event.type === 'tag.moved' ? [toMove(event, { seq, at, by })] : []));
}

function toMove(event: Moved, { seq, at, by }: { readonly seq: number; readonly at: string; readonly by: string }): PastMove {
  const { tag, from, to, how = 'push', commit, reviewer } = event;
  const who = { ...(commit === undefined ? {} : { commit }), ...(reviewer === undefined ? {} : { reviewer }) };
  return { tag, move: { generation: seq, from, to, at, by, how, ...who }, version: toVersion(event) };
}

function toVersion({ to, libraries, release }: Moved): Version {
  return { artifact: to, ...(libraries === undefined ? {} : { libraries }), ...(release === undefined ? {} : { release }) };
}

/**
 * What a tag named before, as people mean it: a rollback takes the last version away, so that a second one goes further back and never to the version
 * that was just left. `undefined` = there is nothing before.
 */
export function findBefore(moves: readonly PastMove[], tag: string): Version | undefined {
  const stack: Version[] = [];
  for (const { move, version } of moves.filter((past) => past.tag === tag)) {
    if (move.how === 'rollback') cutTo(stack, version);
    else if (stack.at(-1)?.artifact === version.artifact) stack[stack.length - 1] = version;
    else stack.push(version);
  }
  return stack.at(-2);
}

function cutTo(stack: Version[], version: Version): void {
  const at = stack.findLastIndex(({ artifact }) => artifact === version.artifact);
  if (at === -1) stack.push(version);
  else stack.length = at + 1;
}
