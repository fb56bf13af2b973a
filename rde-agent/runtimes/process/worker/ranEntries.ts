import { z } from 'zod';
import { TaskFailureMessage, WorkerOutput, type RanEntry, type ShortOutput } from '../../../protocol/runner.ts';

const LongOutput = WorkerOutput.partial({ digest: true, logical: true, exact: true });
const Metrics = z.record(z.string(), z.number());

/**
 * What a kept interpreter said, checked; `undefined` = it said something else. Ten thousand entries come within a moment, so the
 * form that most have is checked by hand.
 */
export function toRanEntries(entries: readonly (readonly unknown[])[]): readonly RanEntry[] | undefined {
  const checked: RanEntry[] = [];
  for (const entry of entries) {
    const one = toRanEntry(entry);
    if (one === undefined) return undefined;
    checked.push(one);
  }
  return checked;
}

function toRanEntry(entry: readonly unknown[]): RanEntry | undefined {
  const [kind, number, ...rest] = entry;
  if (!isWhole(number)) return undefined;
  switch (kind) {
    case 'ok':
      return toOk(number, rest);
    case 'failed':
      return toFailed(number, rest);
    case 'progress':
      return toProgress(number, rest);
    case 'metric':
      return toMetric(number, rest);
    default:
      return undefined;
  }
}

function toOk(number: number, [seconds, isMarked, given, metrics]: readonly unknown[]): RanEntry | undefined {
  const outputs = toOutputs(given);
  if (outputs === undefined || !isNumber(seconds) || typeof isMarked !== 'boolean' || !isMetrics(metrics)) return undefined;
  return ['ok', number, seconds, isMarked, outputs, metrics];
}

function toFailed(number: number, [seconds, isMarked, given]: readonly unknown[]): RanEntry | undefined {
  const failure = TaskFailureMessage.safeParse(given);
  if (!failure.success || !isNumber(seconds) || typeof isMarked !== 'boolean') return undefined;
  return ['failed', number, seconds, isMarked, failure.data];
}

function toProgress(number: number, [done, total, message]: readonly unknown[]): RanEntry | undefined {
  if (!isNumber(done) || !(total === null || isNumber(total)) || typeof message !== 'string') return undefined;
  return ['progress', number, done, total, message];
}

function toMetric(number: number, [name, value, step]: readonly unknown[]): RanEntry | undefined {
  if (typeof name !== 'string' || !isNumber(value) || !(step === null || isWhole(step))) return undefined;
  return ['metric', number, name, value, step];
}

function toOutputs(value: unknown): readonly ShortOutput[] | undefined {
  if (!Array.isArray(value)) return undefined;
  if (value.every(isPlain)) return value;
  const parsed = z.array(LongOutput).safeParse(value);
  return parsed.success ? parsed.data.map(withoutAbsent) : undefined;
}

/** A small value in itself. */
function isPlain(value: unknown): value is ShortOutput {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'type' in value &&
    'format' in value &&
    'data' in value &&
    'bytes' in value &&
    typeof value.name === 'string' &&
    (value.type === 'json' || value.type === 'metrics') &&
    value.format === 'json' &&
    typeof value.data === 'string' &&
    isWhole(value.bytes) &&
    Object.keys(value).length === 5
  );
}

function withoutAbsent(output: z.infer<typeof LongOutput>): ShortOutput {
  return Object.fromEntries(Object.entries(output).filter(([, value]) => value !== undefined)) as ShortOutput;
}

function isMetrics(value: unknown): value is { readonly [name: string]: number } {
  if (typeof value !== 'object' || value === null) return false;
  for (const _name in value) return Metrics.safeParse(value).success;
  return true;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value);
}
