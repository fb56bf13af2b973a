import type { DiffDocument, DiffStep } from '../../../rde-agent/protocol/comparisons.ts';
import type { Reason } from '../../../rde-agent/protocol/reason.ts';
import type { TaskState } from '../../../rde-agent/protocol/taskView.ts';
import { toStepPath } from '../../protocol/stepPaths.ts';
import { toLoudest } from '../../shared/stepStatus.ts';
import { toCauseWords, toEffectWords } from '../changes.ts';

export interface Sides<V> {
  readonly before: V;
  readonly after: V;
}

/** What a step, all its tasks together, was and did in two runs. */
export interface StepChange {
  /**
   * The loudest of what there is to say. `before`, `after`: only that run has it; `changed`: something that it was given or gave differs; `reused`:
   * it is the same, and one of the runs reused it; `slower`, `faster`: it is the same, and took notably longer or shorter than before.
   */
  readonly kind: 'before' | 'after' | 'changed' | 'reused' | 'slower' | 'faster' | 'same';
  /** of its tasks that differ, in a word each: what they were given differently, else what came out differently */
  readonly words: readonly string[];
  readonly reasons: readonly Reason[];
  readonly state: Sides<TaskState | null>;
  /** of all tasks that ran; `reused` = none did, and some were reused; `null` = neither */
  readonly took: Sides<number | 'reused' | null>;
  readonly different: number;
  readonly total: number;
}

/** A time that differs by less may be chance: as a factor, and in seconds. */
const NOTABLE_FACTOR = 1.2;
const NOTABLE_SECONDS = 0.05;

/** By the path of each step that has tasks in either run. */
export function toStepChanges({ steps }: DiffDocument): ReadonlyMap<string, StepChange> {
  return new Map([...Map.groupBy(steps, ({ step }) => toStepPath(step))].map(([path, tasks]) => [path, toStepChange(tasks)]));
}

/** The task that a step stands for: the first that differs, else its first; the step itself where it has none. */
export function findTaskOf({ steps }: DiffDocument, path: string): string {
  const tasks = steps.filter(({ step }) => toStepPath(step) === path);
  return (tasks.find(({ equal }) => !equal) ?? tasks[0])?.step ?? path;
}

function toStepChange(tasks: readonly DiffStep[]): StepChange {
  const different = tasks.filter(({ equal }) => !equal);
  const causes = toUnique(different.flatMap(toCauseWords));
  const took = { before: toTook(tasks, 'before'), after: toTook(tasks, 'after') };
  return {
    kind: toKind(tasks, took),
    words: causes.length > 0 ? causes : toUnique(different.flatMap(toEffectWords)),
    reasons: tasks.flatMap(({ reasons }) => reasons),
    state: { before: toLoudestOf(tasks, 'before'), after: toLoudestOf(tasks, 'after') },
    took,
    different: different.length,
    total: tasks.length,
  };
}

function toKind(tasks: readonly DiffStep[], { before, after }: StepChange['took']): StepChange['kind'] {
  for (const side of ['before', 'after'] as const) if (tasks.every((task) => task.in === side)) return side;
  if (tasks.some(({ equal }) => !equal)) return 'changed';
  if (tasks.some(({ decision }) => decision.before !== decision.after && Object.values(decision).includes('reused'))) return 'reused';
  if (typeof before !== 'number' || typeof after !== 'number') return 'same';
  if (Math.abs(after - before) < NOTABLE_SECONDS) return 'same';
  if (after >= before * NOTABLE_FACTOR) return 'slower';
  return before >= after * NOTABLE_FACTOR ? 'faster' : 'same';
}

function toTook(tasks: readonly DiffStep[], side: keyof Sides<unknown>): number | 'reused' | null {
  const executed = tasks.filter(({ decision }) => decision[side] === 'executed');
  if (executed.length > 0) return executed.reduce((sum, { seconds }) => sum + (seconds[side] ?? 0), 0);
  return tasks.some(({ decision }) => decision[side] === 'reused') ? 'reused' : null;
}

function toLoudestOf(tasks: readonly DiffStep[], side: keyof Sides<unknown>): TaskState | null {
  const states = tasks.flatMap(({ state }) => state[side] ?? []);
  return states.length === 0 ? null : toLoudest(states);
}

function toUnique(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}
