import { createHash } from 'node:crypto';
import { toCanonicalJson } from '../../language/model/json.ts';
import { CairnError } from '../protocol/errors.ts';
import { isOperationName, OPERATIONS, type CheckedParamsOf, type OperationName, type ResultOf } from '../protocol/operations.ts';
import type { Principal } from '../protocol/who.ts';
import type { z } from 'zod';

/** One function per operation of the registry. Each is given checked parameters; expected failures are CairnErrors. */
export type Handlers = {
  readonly [N in OperationName]: (params: CheckedParamsOf<N>, who: Principal, signal: AbortSignal) => Promise<ResultOf<N>> | ResultOf<N>;
};

/** Carries out any operation by name with unchecked parameters. Rejects with `invalid-request` that names the path of what is wrong. */
export type Dispatch = (method: string, params: unknown, who: Principal, signal: AbortSignal) => Promise<unknown>;

export function createDispatch(handlers: Handlers): Dispatch {
  const answered = createAnswered();
  return async (method, params, who, signal) => {
    if (!isOperationName(method))
      throw new CairnError('not-supported', `The agent knows no operation ${JSON.stringify(method.slice(0, 80))}.`);
    const operation = OPERATIONS[method];
    const checked = operation.params.safeParse(params ?? {});
    if (!checked.success) throw toInvalidRequest(method, checked.error);
    const run = (): Promise<unknown> => call(handlers, method, checked.data, who, signal);
    const key: unknown = operation.mutates ? Reflect.get(checked.data, 'key') : undefined;
    return typeof key === 'string' ? answered.once(`${who.id} ${method} ${key}`, checked.data, run) : run();
  };
}

/** The table of handlers is typed per operation; here the name is only known at run time, and the parameters were checked by its schema. */
async function call(handlers: Handlers, method: OperationName, params: unknown, who: Principal, signal: AbortSignal): Promise<unknown> {
  const handler = handlers[method] as (params: unknown, who: Principal, signal: AbortSignal) => unknown;
  return await handler(params, who, signal);
}

function toInvalidRequest(method: string, error: z.ZodError): CairnError {
  const [issue] = error.issues;
  const unknownKeys = issue?.code === 'unrecognized_keys' ? issue.keys : [];
  const path = [...(issue?.path ?? []), ...unknownKeys.slice(0, 1)].map(String).join('.');
  const where = path === '' ? 'the parameters' : `"${path.slice(0, 200)}"`;
  return new CairnError('invalid-request', `${method}: ${where}: ${issue?.message ?? 'not valid'}`);
}

/** Requests with one key that are under way or were answered by this process; the run role keeps those of ever. */
function createAnswered(): { once(key: string, body: unknown, run: () => Promise<unknown>): Promise<unknown> } {
  const kept = new Map<string, { readonly body: string; readonly answer: Promise<unknown> }>();
  return {
    once(key, body, run) {
      const digest = createHash('sha256').update(toCanonicalJson(body)).digest('hex');
      const earlier = kept.get(key);
      if (earlier !== undefined && earlier.body !== digest)
        throw new CairnError('conflict', 'This key was used for another request.', { next: 'Use a new key for a new request.' });
      if (earlier !== undefined) return earlier.answer;
      const answer = run();
      kept.set(key, { body: digest, answer });
      answer.catch(() => kept.delete(key)); // a failure is no answer: the same key may try again
      for (const oldest of kept.keys()) {
        if (kept.size <= KEPT_ANSWERS) break;
        kept.delete(oldest);
      }
      return answer;
    },
  };
}

const KEPT_ANSWERS = 1024;
