import type { FastifyInstance } from 'fastify';
import { CairnError } from '../protocol/errors.ts';
import { findJsonProblem } from './strictJson.ts';

/** What a body says, by the same rules as a frame of the socket. Throws `invalid-request`. */
export function parseJsonBody(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (thrown) {
    throw new CairnError('invalid-request', 'The body is not UTF-8.', { cause: thrown });
  }
  const problem = findJsonProblem(text);
  if (problem !== undefined) throw new CairnError('invalid-request', `The body was refused: ${problem}.`);
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new CairnError('invalid-request', 'The body is not JSON.', { cause: thrown });
  }
}

/** Bodies of this scope are `application/json` and arrive as bytes; any other kind is refused with 415. */
export function takeJsonBytes(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}
