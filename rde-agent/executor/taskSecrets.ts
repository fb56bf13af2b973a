import { CairnError } from '../protocol/errors.ts';
import type { ReadSecret } from '../protocol/agentConfig.ts';
import type { TaskError } from '../protocol/runEvents.ts';

/** characters: shorter values are not looked for in what a task says, they would hide ordinary words */
const SHORTEST = 6;
const HIDDEN = '***';

/** Values of an environment's secrets, as variables of a task. Rejects with `secret-missing`. */
export async function readSecrets(
  names: readonly string[],
  read: ReadSecret | undefined,
  signal: AbortSignal,
): Promise<{ readonly [name: string]: string }> {
  const values: { [name: string]: string } = {};
  for (const name of names) {
    if (read === undefined) throw new CairnError('secret-missing', `This agent has no provider for the secret ${name}`);
    values[name] = await read(name, signal);
  }
  return values;
}

/** Takes the values of secrets out of what a task says. */
export interface Redactor {
  text(text: string): string;
  error(error: TaskError): TaskError;
  /** Bytes of one stream, in order. What may be the start of a value is kept back until more comes, or `end`. */
  stream(write: (chunk: Uint8Array) => void): { readonly write: (chunk: Uint8Array) => void; readonly end: () => void };
}

/** `undefined` = nothing to hide. */
export function createRedactor(values: readonly string[]): Redactor | undefined {
  const secrets = [...new Set(values.filter((value) => value.length >= SHORTEST))].sort((a, b) => b.length - a.length);
  if (secrets.length === 0) return undefined;
  const text = (given: string): string => hide(given, secrets);
  const bytes = secrets.map((secret) => Buffer.from(secret, 'utf8').toString('latin1'));
  return {
    text,
    error: (error) => ({
      ...error,
      message: text(error.message),
      ...(error.traceback === undefined ? {} : { traceback: text(error.traceback) }),
    }),
    stream: (write) => createStream(bytes, write),
  };
}

/** Works on bytes (as Latin-1), so that no chunk is cut inside of a character. */
function createStream(secrets: readonly string[], write: (chunk: Uint8Array) => void): ReturnType<Redactor['stream']> {
  let kept = '';
  const send = (text: string): void => {
    if (text !== '') write(Buffer.from(text, 'latin1'));
  };
  return {
    write: (chunk) => {
      const all = hide(kept + Buffer.from(chunk).toString('latin1'), secrets);
      const open = toOpenEnd(all, secrets);
      kept = all.slice(all.length - open);
      send(all.slice(0, all.length - open));
    },
    end: () => {
      send(kept);
      kept = '';
    },
  };
}

function hide(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), text);
}

/** Length of the longest end of a text that a secret starts with. */
function toOpenEnd(text: string, secrets: readonly string[]): number {
  let open = 0;
  for (const secret of secrets) {
    for (let length = Math.min(secret.length - 1, text.length); length > open; length -= 1) {
      if (text.endsWith(secret.slice(0, length))) open = length;
    }
  }
  return open;
}
