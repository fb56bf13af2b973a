import { CairnError } from '../protocol/errors.ts';
import type { RunView } from '../protocol/runView.ts';

/** A step inside of a run: in the run that it belongs to, with the way to it from the one that was asked. */
export interface RunPlace {
  readonly run: string;
  /** of the run itself */
  readonly step: string;
  /** `check/`, `outer/check/`; empty for a step of the run that was asked */
  readonly prefix: string;
}

/**
 * Follows a path like `check/score[3]` through nested runs. Throws `unknown-step` where the way ends at something that is no nested run,
 * `invalid-request` where its run has not begun.
 */
export function toPlace(view: RunView, path: string, viewOf: (run: string) => RunView | undefined): RunPlace {
  const parts = toSteps(path);
  let current = view;
  let prefix = '';
  for (const part of parts.slice(0, -1)) {
    const task = current.tasks[part];
    if (task === undefined) throw new CairnError('unknown-step', `Run ${view.run} has no step ${prefix}${part}`);
    const inner = task.run === undefined ? undefined : viewOf(task.run);
    if (inner === undefined) throw toNoWay(current, prefix + part, part);
    current = inner;
    prefix += `${part}/`;
  }
  return { run: current.run, step: parts.at(-1) ?? path, prefix };
}

function toNoWay(view: RunView, path: string, task: string): CairnError {
  const step = view.steps.find((each) => each.id === view.tasks[task]?.step);
  if (step?.kind !== 'workflow') return new CairnError('unknown-step', `${path} is no nested workflow, so there is nothing inside of it`);
  return new CairnError('invalid-request', `${path} has not begun: its run has no steps yet`);
}

/** At the slashes that are not inside of an element's name. */
export function toSteps(path: string): readonly string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const character of path) {
    if (character === '[') depth += 1;
    if (character === ']') depth -= 1;
    if (character === '/' && depth <= 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}
