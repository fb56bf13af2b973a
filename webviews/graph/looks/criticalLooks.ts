import { t } from '../../protocol/words.ts';
import { formatSeconds } from '../../shared/formatValues.ts';
import type { CriticalPath } from '../criticalPath.ts';
import { isSameLook, type NodeLook } from '../graphModel.ts';

/** The same looks with the critical path marked, and on all other steps by how much they may be late. */
export function withCriticalPath(
  looks: ReadonlyMap<string, NodeLook>,
  { times, path }: CriticalPath,
  before: ReadonlyMap<string, NodeLook>,
): ReadonlyMap<string, NodeLook> {
  const marked = new Set(path);
  return new Map(
    [...looks].map(([id, look]) => {
      const slack = times.get(id)?.slack ?? 0;
      const badge = marked.has(id) ? t('critical') : slack > 0 ? t('slack {0}', formatSeconds(slack)) : look.badge;
      const next = { ...look, badge, isMarked: marked.has(id) };
      const old = before.get(id);
      return [id, old !== undefined && isSameLook(old, next) ? old : next];
    }),
  );
}
