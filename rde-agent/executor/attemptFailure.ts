import { toLibraryImport } from '../../language/model/library.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import { CairnError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import { toWorkspacePath, type PinnedStep } from '../protocol/pinned.ts';
import type { TaskError } from '../protocol/runEvents.ts';
import type { AttemptResult, StopReason } from './attemptOptions.ts';
import { OutputProblem } from './outputs.ts';

type Failed = Extract<AttemptResult, { kind: 'failed' }>;

/** What the end of a stopped attempt means. */
export function toStopped(reason: StopReason, { id, step }: TaskNode, seconds: number): AttemptResult {
  const toTimeout = (code: TaskError['code'], message: string): Failed => {
    return { kind: 'failed', failure: 'resource', error: { code, message }, seconds };
  };
  switch (reason) {
    case 'timeout':
      return toTimeout('timeout', `${id} took longer than its timeout of ${step.timeout ?? 0} s and was stopped`);
    case 'idle-timeout':
      return toTimeout('idle-timeout', `${id} said nothing for ${step.idleTimeout ?? 0} s (output, progress or metric) and was stopped`);
    case 'cancelled':
    case 'stopping':
      return { kind: 'stopped' };
  }
}

/** What was thrown on the way of an attempt. */
export function toFailure(error: unknown, seconds: number, logger: Logger): Failed {
  if (error instanceof OutputProblem) return { kind: 'failed', failure: error.failure, error: error.problem, seconds };
  if (!(error instanceof CairnError)) logger.error('An attempt failed in a way that nobody expected', { error });
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'failed', failure: 'infrastructure', error: { code: toTaskCode(error), message }, seconds };
}

/** What was thrown while a dataset was asked for or fetched. */
export function toSourceFailure(error: unknown, node: TaskNode, seconds: number): Failed {
  const message = error instanceof Error ? error.message : String(error);
  const next = error instanceof CairnError ? `. ${error.next}` : '';
  return {
    kind: 'failed',
    failure: 'infrastructure',
    error: { code: 'source-failed', message: `the source of ${node.step.name}: ${message.replace(/\.$/, '')}${next}` },
    seconds,
  };
}

function toTaskCode(error: unknown): TaskError['code'] {
  switch (error instanceof CairnError ? error.code : undefined) {
    case 'python-missing':
    case 'secret-missing':
    case 'environment-failed':
      return 'environment-failed';
    case 'unknown-blob':
      return 'input-unreadable';
    case 'store-failed':
      return 'store-failed';
    default:
      return 'worker-start-failed';
  }
}

/** Workers know files relative to the code's folder, users relative to the workspace. */
export function toPlaced(error: TaskError, step: PinnedStep): TaskError {
  const { file } = error;
  if (file === undefined) return error;
  const library = step.libraries?.find(({ name }) => file.startsWith(`${toLibraryImport(name)}/`));
  if (library === undefined) return { ...error, file: toWorkspacePath(step.folder, file) };
  // Of others: it is in no folder here.
  if (library.folder === '') return error;
  return { ...error, file: toWorkspacePath(library.folder, file.slice(toLibraryImport(library.name).length + 1)) };
}
