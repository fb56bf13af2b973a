import { DEFAULT_CATCH_UP_LIMIT, type Schedule } from '../model/schedule.ts';
import { DEFAULT_RETRY, type RetryPolicy, type Timeouts } from '../model/workflow.ts';
import type { StepForm, WorkflowForm } from '../model/workflowForm.ts';
import { t } from '../model/words.ts';
import { toSuggestion } from './findings.ts';
import type { FormReading } from './formReading.ts';
import { readDuration, readGrammar } from './grammarReading.ts';
import { isTimeZone, parseCron, toCronFields } from './schedule.ts';
import type { ValuePath } from './sourceMap.ts';

export function readRetry(reading: FormReading, path: ValuePath, { retry }: StepForm): RetryPolicy {
  return {
    attempts: retry?.attempts ?? DEFAULT_RETRY.attempts,
    backoff: readDuration(reading, [...path, 'retry', 'backoff'], retry?.backoff, 'none') ?? DEFAULT_RETRY.backoff,
    on: retry?.on ?? DEFAULT_RETRY.on,
  };
}

/** One duration is that of an attempt. */
export function readTimeouts(reading: FormReading, path: ValuePath, { timeout }: StepForm): Timeouts {
  const at = [...path, 'timeout'];
  if (timeout === undefined || typeof timeout === 'string') {
    const run = readDuration(reading, at, timeout);
    return run === undefined ? {} : { run };
  }
  const read: { -readonly [Key in keyof Timeouts]: Timeouts[Key] } = {};
  for (const key of ['queue', 'run', 'idle'] as const) {
    const seconds = readDuration(reading, [...at, key], timeout[key]);
    if (seconds !== undefined) read[key] = seconds;
  }
  if (read.idle !== undefined && read.run !== undefined && read.idle >= read.run) {
    const message = t('`idle` is not shorter than `run`: an attempt is stopped before it could be silent for so long.');
    reading.yaml.findings.add('timeout-without-effect', reading.yaml.source.valueRange([...at, 'idle']), message, { severity: 'warning' });
  }
  return read;
}

/** `undefined` where it would not fire at the times that were meant. */
export function readSchedule(reading: FormReading, { schedule }: WorkflowForm): Schedule | undefined {
  if (schedule === undefined) return undefined;
  const cron = readGrammar(reading, ['schedule', 'cron'], parseCron(schedule.cron), {
    code: 'invalid-schedule',
    repair: toCronFields(schedule.cron),
  });
  const timezone = schedule.timezone ?? 'UTC';
  const isKnown = isTimeZone(timezone);
  if (!isKnown) reportTimeZone(reading, timezone);
  if (schedule.catchUpLimit !== undefined && schedule.catchUp !== 'all') {
    const message = t('`catchUpLimit` is only for `catchUp: all`: otherwise at most one run is made up for.');
    reading.yaml.findings.add('invalid-schedule', reading.yaml.source.keyRange(['schedule', 'catchUpLimit']), message, {
      severity: 'warning',
    });
  }
  if (cron === undefined || !isKnown) return undefined;
  return {
    cron: cron.value,
    timezone,
    catchUp: schedule.catchUp ?? 'none',
    catchUpLimit: schedule.catchUpLimit ?? DEFAULT_CATCH_UP_LIMIT,
    overlap: schedule.overlap ?? 'skip',
    params: schedule.params ?? {},
  };
}

function reportTimeZone(reading: FormReading, name: string): void {
  const { findings, source } = reading.yaml;
  const range = source.valueRange(['schedule', 'timezone']);
  const { hint, options } = toSuggestion({ file: source.file, range }, name, Intl.supportedValuesOf('timeZone'));
  findings.add(
    'unknown-timezone',
    range,
    t`There is no time zone \`${name}\`${hint || t(': zones are named like `Europe/Berlin`.')}`,
    options,
  );
}
