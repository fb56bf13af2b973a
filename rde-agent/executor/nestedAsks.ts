import { isForced } from '../engine/decide.ts';
import { splitPath, type StandingResults } from '../engine/standing.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { ReplayOf } from '../protocol/runEvents.ts';
import type { Submitted } from './activeRunOptions.ts';

/** What a fork or a replay asks of the run inside of one of its tasks. `run` = the id of that run. */
export function toInnerAsks(
  task: TaskNode,
  run: string,
  submitted: Submitted,
  standing: StandingResults | undefined,
): Pick<Submitted, 'fork' | 'replay'> {
  const { fork, replay } = submitted;
  if (replay !== undefined) return { replay: toInnerReplay(task, run, replay) };
  if (fork === undefined || isForced(task, submitted)) return {};
  return { fork: { run: standing?.nested(task.id) ?? null, from: toInnerPath(task, fork.from) } };
}

/** What of a path is inside of the task; `null` = nothing. */
function toInnerPath({ id, step }: TaskNode, path: string | null): string | null {
  if (path === null) return null;
  const [first, rest] = splitPath(path);
  return first === id || first === step.id ? rest : null;
}

function toInnerReplay({ id }: TaskNode, run: string, { pinned, runs }: ReplayOf): ReplayOf {
  return { run: Object.hasOwn(runs, id) ? (runs[id] ?? run) : run, pinned: within(pinned, id), runs: within(runs, id) };
}

function within<T>(byPath: { readonly [path: string]: T }, id: string): { readonly [path: string]: T } {
  const prefix = `${id}/`;
  return Object.fromEntries(
    Object.entries(byPath).flatMap(([path, value]) => (path.startsWith(prefix) ? [[path.slice(prefix.length), value]] : [])),
  );
}
