import type { Edit } from './edits.ts';
import type { Verdict } from './judge.ts';
import type { Execution } from './oracleRuntime.ts';

/** One edit, judged by the rules and by execution. */
export interface Trial {
  readonly program: string;
  readonly function: string;
  readonly python: string;
  readonly edit: Pick<Edit, 'kind' | 'file' | 'label' | 'reached'> & Partial<Edit>;
  readonly before: Execution;
  readonly verdict: Verdict;
  readonly after: Execution;
}

export function isChanged({ before, after }: Trial): boolean {
  return before.result !== after.result;
}

export function isReused({ verdict }: Trial): boolean {
  return verdict.kind === 'same';
}

/** The worst possible defect. */
export function isStale(trial: Trial): boolean {
  return isReused(trial) && isChanged(trial);
}

/** How a reason says it. Names that are looked up are no such excuse. */
const TEXT_COUNTS = /\(((?:its text counts|docstrings count): .*)\)$/;

/** Why the text of a whole file counts, where it does: the execution looked at line numbers, frames or docstrings. */
export function toExcuse({ before, verdict }: Trial): string | undefined {
  if (verdict.kind === 'same') return undefined;
  if (before.trace === undefined) return before.untraced ?? 'no trace';
  const excuses = verdict.reasons.map(({ kind, message }) => (kind === 'code' ? TEXT_COUNTS.exec(message)?.[1] : undefined));
  return excuses.every((excuse) => excuse !== undefined) ? [...new Set(excuses)].join('; ') : undefined;
}

export function describeTrial(trial: Trial): string {
  const { program, function: name, python, edit, before, after, verdict } = trial;
  const said =
    verdict.kind === 'same' ? (verdict.excused ? 'reuse (excused)' : 'reuse') : verdict.reasons.map(({ message }) => message).join('; ');
  const splices = edit.splices?.map((one) => `at ${String(one.at)}: ${JSON.stringify(one.old)} -> ${JSON.stringify(one.new)}`) ?? [];
  return [
    `${program} ${name} on ${python}: ${edit.kind} in ${edit.file} (${edit.label}${edit.reached ? '' : ', did not run'})`,
    ...splices.slice(0, 4).map((text) => shorten(text)),
    `before: ${shorten(before.result)}`,
    `after:  ${shorten(after.result)}`,
    `said:   ${shorten(said)}`,
  ].join('\n    ');
}

function shorten(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
