import type { RunDocument, RunStepDocument } from '../protocol/documents.ts';
import { toCount, toDuration, toMetric } from './numbers.ts';
import { toReasonText } from './reasonText.ts';
import { toTable } from './table.ts';
import { toPlainText, type Paint, type Style } from './terminal.ts';

type State = RunStepDocument['state'];

const STYLES: { readonly [state in State]: Style } = {
  queued: 'dim',
  running: 'cyan',
  succeeded: 'green',
  failed: 'red',
  cancelled: 'yellow',
  skipped: 'dim',
};
/** An icon beside the word, never colour alone. */
const ICONS: { readonly [state in State]: string } = {
  queued: '·',
  running: '▸',
  succeeded: '✓',
  failed: '✗',
  cancelled: '■',
  skipped: '–',
};

export function paintState(paint: Paint, state: State): string {
  return paint(STYLES[state], state);
}

/** A finished run for people: all steps, then what it came to. */
export function toRunText(paint: Paint, document: RunDocument): string {
  const origin = toOriginText(document.origin);
  const head = `${paint('bold', document.workflow)}  ${document.run}${origin === '' ? '' : `  ${origin}`}\n`;
  return (
    head +
    toTable(
      document.steps.map((step) => toStepCells(paint, step)),
      [3],
    ) +
    toErrors(paint, document) +
    toDoubts(paint, document) +
    toSummary(paint, document)
  );
}

/** Where a run came from, for people: `fork of 01a1…`; empty for a person's submit. */
export function toOriginText(origin: RunDocument['origin']): string {
  if (origin === undefined) return '';
  if (origin.kind === 'schedule' || origin.kind === 'trigger') return origin.via ?? origin.kind;
  return `${origin.kind === 'nested' ? 'part' : origin.kind} of ${origin.run ?? ''}`;
}

/** One step as cells: icon and path, what became of it, how it started, how long, why, metrics. */
export function toStepCells(paint: Paint, step: RunStepDocument): string[] {
  const state = `${paint(STYLES[step.state], ICONS[step.state])} ${toPlainText(step.step)}`;
  const reused = step.decision === 'reused';
  const done = reused ? paint('green', 'reused') : step.elements === 0 ? 'no elements' : 'executed';
  const outcome = step.state === 'succeeded' ? done : paintState(paint, step.state);
  const mode = step.worker === null ? '' : `${step.worker.mode} ${String(step.worker.pid)}`;
  const time = reused || step.seconds === 0 ? '' : toDuration(step.seconds);
  return [state, outcome, mode, time, toReasonText(step.reasons), toMetrics(step.metrics)];
}

/** What a run came to: `succeeded in 2.4 s: 3 reused, 5 executed, 41.5 s saved`. */
export function toSummary(paint: Paint, document: RunDocument): string {
  const count = (test: (step: RunStepDocument) => boolean): number => document.steps.filter(test).length;
  const reused = count((step) => step.decision === 'reused');
  const executed = count((step) => step.decision === 'executed');
  const others = (['failed', 'cancelled', 'skipped'] as const).flatMap((state) => {
    const steps = count((step) => step.state === state);
    return steps === 0 ? [] : [`${String(steps)} ${state}`];
  });
  const parts = [
    `${String(reused)} reused`,
    `${String(executed)} executed`,
    ...others,
    ...(document.saved > 0 ? [`${toDuration(document.saved)} saved`] : []),
  ];
  return `${paintState(paint, document.state)} in ${toDuration(document.seconds)}: ${toCount(document.steps.length, 'step')}, ${parts.join(', ')}\n`;
}

/** Each failed step with where in the user's code it failed. */
export function toErrors(paint: Paint, document: RunDocument): string {
  return document.steps
    .flatMap(({ step, error, attempts }) => {
      if (error === null) return [];
      const tries = attempts > 1 ? ` (after ${String(attempts)} attempts)` : '';
      const message = toPlainText(error.message.replace(/\s*\n\s*/g, ' '));
      const place = error.file === undefined ? '' : `\n  at ${error.file}${error.line === undefined ? '' : `:${String(error.line)}`}`;
      const traceback = error.traceback === undefined ? '' : `\n${indent(error.traceback)}`;
      return [`${paint('red', `${step}: ${error.code}`)}: ${message}${tries}${place}${traceback}\n`];
    })
    .join('');
}

/** Each result that an audit has contradicted. */
function toDoubts(paint: Paint, { steps }: RunDocument): string {
  return steps.flatMap(({ step, distrusted }) => (distrusted === undefined ? [] : [toDoubt(paint, step, distrusted)])).join('');
}

/** `step: its result is in doubt: …` */
export function toDoubt(paint: Paint, step: string, { message }: NonNullable<RunStepDocument['distrusted']>): string {
  return `${paint('yellow', `! ${toPlainText(step)}: its result is in doubt`)}: ${toPlainText(message)}\n`;
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${toPlainText(line)}`)
    .join('\n');
}

function toMetrics(metrics: { readonly [name: string]: number }): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${toPlainText(name)} ${toMetric(value)}`)
    .join(', ');
}
