import { ERRORS, type CairnError, type ErrorCode } from '../protocol/errors.ts';
import { toLineJson } from '../protocol/lineJson.ts';
import { toPlainText, type Paint, type TextStream } from './terminal.ts';

/** An expected failure as three lines for people (what with its code, why, what next), or as a document for machines; both on stderr. */
export function reportFailure(error: CairnError, json: boolean, stderr: TextStream, paint: Paint): void {
  if (json) {
    stderr.write(`${toLineJson({ v: 1, error: { code: error.code, message: error.message, next: error.next } })}\n`);
    return;
  }
  const lines = [
    `${paint('red', error.code)}: ${toOneLine(error.message)}`,
    `  why:  ${toOneLine(toWhy(error))}`,
    `  next: ${toOneLine(error.next)}`,
  ];
  stderr.write(`${lines.join('\n')}\n`);
}

export function toExitCode(error: CairnError): number {
  return ERRORS[error.code].exit;
}

function toWhy(error: CairnError): string {
  return error.cause instanceof Error && error.cause.message !== error.message ? error.cause.message : WHY[error.code];
}

function toOneLine(text: string): string {
  return toPlainText(text.replace(/\s*\n\s*/g, ' '));
}

/** What a code means, for a message that came without its cause. */
const WHY: { readonly [code in ErrorCode]: string } = {
  'agent-unreachable': 'No agent answers for this state folder.',
  'agent-start-failed': 'The agent ended before it answered.',
  'agent-already-running': 'One state folder has one agent.',
  'protocol-unsupported': 'Command and agent are of versions that do not understand each other.',
  unauthenticated: 'The agent lets in only who can read its key.',
  denied: 'The policy of this agent does not allow it.',
  usage: 'The command was not written as it takes it.',
  'invalid-request': 'What was asked for is not as it has to be.',
  'no-workspace': 'A workspace is a folder with a cairn.yaml, or one inside it.',
  'unknown-workflow': 'No workflow of that name is defined here, or was pushed.',
  'unknown-module': 'Nothing of that name is defined here, or was pushed.',
  'unknown-tag': 'The module has no tag of that name.',
  'unknown-step': 'There is no step of that name.',
  'unknown-run': 'This agent has no run of that id.',
  'unknown-blob': 'The bytes are not here, or were damaged and set aside.',
  'already-exists': 'Nothing is ever overwritten.',
  'unknown-schedule': 'No pushed workflow of that name declares a schedule.',
  'unknown-dataset': 'No dataset of that name is defined here, or has arrived.',
  'unknown-environment': 'The workspace defines no environment of that name.',
  'secret-missing': 'No provider gave a value for the secret.',
  'config-invalid': 'An agent that guessed what its owner meant would be worse than none.',
  'check-failed': 'What has errors cannot be run.',
  'build-failed': 'The module could not be packed.',
  conflict: 'Something else came first.',
  'not-supported': 'It is not part of this version.',
  'limit-exceeded': 'A stated limit keeps one client from hurting others.',
  'python-missing': 'No Python on this host fits the environment.',
  'environment-failed': 'The environment could not be made as its lock file says.',
  'store-failed': 'The agent could not write to its disk.',
  'state-newer': 'A newer version has changed the form of the state folder.',
  'state-damaged': 'A file of the state folder is not what was written.',
  cancelled: 'It was asked for.',
  internal: 'Something happened that should not be possible.',
};
