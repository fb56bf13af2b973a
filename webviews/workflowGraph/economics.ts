import type { RunView } from '../../rde-agent/protocol/runView.ts';
import type { TaskView } from '../../rde-agent/protocol/taskView.ts';
import { t } from '../protocol/words.ts';
import { formatSeconds } from '../shared/formatValues.ts';
import { toStateWord } from '../shared/stateWords.ts';
import { toReuseText } from '../shared/stepStatus.ts';

/** What a run reused, and what it did not. */
export interface Economics {
  /** `17 of 21 tasks reused, 42 min saved` */
  readonly text: string;
  /** those that ran, in the order of the run */
  readonly ran: readonly TaskView[];
}

/** Of the tasks that do something themselves: a task that stands for a run inside this one is counted by its tasks. */
export function toEconomics(run: RunView): Economics {
  const around = new Set(run.order.flatMap(toOuter));
  const tasks = run.order.flatMap((id) => (around.has(id) ? [] : (run.tasks[id] ?? [])));
  const reused = tasks.filter((task) => task.decision === 'reused').length;
  const saved = tasks.reduce((sum, task) => sum + task.saved, 0);
  return {
    text: toReuseText(reused, tasks.length, saved > 0 ? formatSeconds(saved) : ''),
    ran: tasks.filter((task) => task.decision === 'executed'),
  };
}

/** `check[a]/score` → `check[a]`; the slash of an element's name is no such thing. */
function toOuter(id: string): readonly string[] {
  let depth = 0;
  let last = -1;
  for (let at = 0; at < id.length; at++) {
    if (id[at] === '[') depth += 1;
    else if (id[at] === ']') depth = Math.max(0, depth - 1);
    else if (id[at] === '/' && depth === 0) last = at;
  }
  return last < 0 ? [] : [id.slice(0, last)];
}

/** One line for those who do not see the graph change. */
export function toSummary(run: RunView): string {
  const tasks = Object.values(run.tasks);
  const count = (state: TaskView['state']): number => tasks.filter((task) => task.state === state).length;
  const done = tasks.filter((task) => task.finished !== null).length;
  const failed = count('failed');
  const counts =
    failed > 0 ? t('{0} of {1} tasks done, {2} failed', done, tasks.length, failed) : t('{0} of {1} tasks done', done, tasks.length);
  return run.finished === null ? counts : t('Run {0}. {1}', toStateWord(run.state), counts);
}
