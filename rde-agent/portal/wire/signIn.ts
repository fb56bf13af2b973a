import { t } from '../../../webviews/protocol/words.ts';
import { CairnError, isErrorCode } from '../../protocol/errors.ts';

const SESSION_PATH = '/portal/session';

/** Resolves where this browser is signed in. Rejects with `unauthenticated` or `agent-unreachable`. */
export async function checkSignedIn(): Promise<void> {
  await ask('GET');
}

/** Trades a code for a cookie, which no script can read. Rejects with what the agent says of the code. */
export async function signIn(code: string): Promise<void> {
  await ask('POST', JSON.stringify({ code }));
}

export async function signOut(): Promise<void> {
  await ask('DELETE');
}

async function ask(method: 'GET' | 'POST' | 'DELETE', body?: string): Promise<void> {
  const response = await fetch(SESSION_PATH, {
    method,
    credentials: 'same-origin',
    ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
  }).catch((cause: unknown) => {
    throw new CairnError('agent-unreachable', t('The agent does not answer.'), { cause });
  });
  if (!response.ok) throw toError(await response.json().catch(() => null), response.status);
}

function toError(body: unknown, status: number): CairnError {
  const error: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'error') : undefined;
  if (typeof error !== 'object' || error === null)
    return new CairnError('agent-unreachable', t('The agent answered with status {0}.', status));
  const [code, message, next] = ['code', 'message', 'next'].map((key): unknown => Reflect.get(error, key));
  const known = typeof code === 'string' && isErrorCode(code) ? code : 'internal';
  return new CairnError(known, String(message), { next: String(next) });
}
