import { CairnError, type ErrorCode } from '../protocol/errors.ts';

/** Codes of errors that Node and drivers attach; their words are kept, a text of ours that could hold a secret is not made of them. */
interface Coded {
  readonly code?: unknown;
}

/** A failure of a source as a CairnError: `where` names it without anything secret, `cause` is not shown. */
export function toSourceFailure(where: string, thrown: unknown, next: string): CairnError {
  if (thrown instanceof CairnError) return thrown;
  return failSource(where, describe(thrown), next, thrown);
}

export function failSource(where: string, why: string, next: string, cause?: unknown, code: ErrorCode = 'store-failed'): CairnError {
  return new CairnError(code, `${where}: ${why}`, { next, ...(cause === undefined ? {} : { cause }) });
}

function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'it failed';
  const code: unknown = (thrown as Coded).code;
  const known = typeof code === 'string' ? WORDS.get(code) : undefined;
  if (known !== undefined) return known;
  return typeof code === 'string' ? `${thrown.message} (${code})` : thrown.message;
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nobody answers there (connection refused)'],
  ['ENOTFOUND', 'its host name is not known'],
  ['EAI_AGAIN', 'its host name could not be looked up'],
  ['ECONNRESET', 'the connection was closed by the other side'],
  ['ETIMEDOUT', 'it did not answer in time'],
  ['EHOSTUNREACH', 'there is no route to it'],
  ['ENETUNREACH', 'there is no route to it'],
  ['ABORT_ERR', 'it was stopped'],
  ['ENOSPC', 'the disk of the agent is full'],
]);
