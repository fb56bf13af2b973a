/**
 * Every expected failure, its exit code on the command line (cli.md) and the next step that a person is offered when the
 * place that failed knows no better one. Codes never change meaning.
 */
export const ERRORS = {
  'agent-unreachable': { exit: 3, next: 'Start it with `cairn agent start`, and look at the log with `cairn doctor`.' },
  'agent-start-failed': { exit: 3, next: 'Run `cairn doctor`; the log of the agent names the cause.' },
  'agent-already-running': { exit: 3, next: 'Use the running agent, or stop it with `cairn agent stop`.' },
  'protocol-unsupported': { exit: 3, next: 'Update the older side: `cairn agent stop`, then run the command again.' },
  unauthenticated: { exit: 4, next: 'The key file in the state folder must be readable by you alone and unchanged.' },
  denied: { exit: 4, next: 'Ask the owner of this agent.' },
  usage: { exit: 2, next: 'See `cairn --help`.' },
  'invalid-request': { exit: 2, next: 'Correct the named parameter.' },
  'no-workspace': { exit: 2, next: 'Run `cairn init` in the folder that shall be the workspace.' },
  'unknown-workflow': { exit: 2, next: 'List workflows with `cairn check --json`, or name the file.' },
  'unknown-module': { exit: 2, next: 'Create it with `cairn new module`.' },
  'unknown-tag': { exit: 2, next: 'See the tags with `cairn tags`.' },
  'unknown-step': { exit: 2, next: 'See the steps with `cairn show RUN`.' },
  'unknown-run': { exit: 2, next: 'See the runs with `cairn runs`.' },
  'unknown-blob': { exit: 2, next: 'Push again; what is missing is sent.' },
  'already-exists': { exit: 2, next: 'Choose another name, or remove what is there.' },
  'unknown-schedule': { exit: 2, next: 'See the schedules with `cairn schedule list`; a schedule exists after a push of its workflow.' },
  'unknown-dataset': { exit: 2, next: 'List them with `cairn dataset list`.' },
  'unknown-environment': { exit: 2, next: 'List them with `cairn environment list`.' },
  'secret-missing': { exit: 1, next: 'Give the agent a provider for it under `secrets` in agent.yaml.' },
  'config-invalid': { exit: 3, next: 'Correct agent.yaml in the state folder; the message names the line.' },
  'check-failed': { exit: 1, next: 'Run `cairn check` and mend what it names.' },
  'build-failed': { exit: 1, next: 'Mend what the message names; the last good artifact is kept.' },
  conflict: { exit: 5, next: 'Look at the present state and try again.' },
  'not-supported': { exit: 2, next: 'This version does not do that yet.' },
  'limit-exceeded': { exit: 2, next: 'Send less at once; the message names the limit.' },
  'python-missing': { exit: 1, next: 'Install a Python of the named version; `cairn doctor` lists those found.' },
  'environment-failed': { exit: 1, next: 'Read the output of the installer in the message; check the lock file and the network.' },
  'store-failed': { exit: 1, next: 'Check the disk of the state folder; the agent takes no new runs until it can write.' },
  'state-newer': { exit: 3, next: 'The state folder was written by a newer version: update Cairn, or name another folder in CAIRN_HOME.' },
  'state-damaged': { exit: 3, next: 'Restore the state folder from a backup, or move it away to start empty; the message names the file.' },
  cancelled: { exit: 130, next: 'Nothing to do.' },
  internal: { exit: 1, next: 'This is a bug of Cairn; the log of the agent has the details.' },
} as const satisfies { readonly [code: string]: { readonly exit: number; readonly next: string } };

export type ErrorCode = keyof typeof ERRORS;

export interface CairnErrorOptions {
  readonly next?: string;
  readonly cause?: unknown;
}

/** An expected failure: a code from the table, a sentence that a person can act on, the next step. */
export class CairnError extends Error {
  readonly code: ErrorCode;
  readonly next: string;

  constructor(code: ErrorCode, message: string, options: CairnErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CairnError';
    this.code = code;
    this.next = options.next ?? ERRORS[code].next;
  }
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

/** What a host has run out of is no bug, wherever it was noticed: errors of the operating system by their code. */
const EXHAUSTED: ReadonlyMap<unknown, { readonly code: ErrorCode; readonly next: string }> = new Map(
  Object.entries({
    EMFILE: { code: 'limit-exceeded', next: 'Close clients, or let the agent open more files (`ulimit -n`); then try again.' },
    ENFILE: { code: 'limit-exceeded', next: 'This host has no open file left: end other programs; then try again.' },
    ENOSPC: { code: 'store-failed', next: 'Make room on the disk; then try again.' },
    EDQUOT: { code: 'store-failed', next: 'Make room on the disk; then try again.' },
  } as const),
);

/** Anything thrown as a `CairnError`; what is neither one nor a lack of the host's is a bug and becomes `internal`. */
export function toCairnError(thrown: unknown): CairnError {
  if (thrown instanceof CairnError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const exhausted = EXHAUSTED.get(thrown instanceof Error && 'code' in thrown ? thrown.code : undefined);
  if (exhausted !== undefined) return new CairnError(exhausted.code, message, { next: exhausted.next, cause: thrown });
  return new CairnError('internal', message, { cause: thrown });
}
