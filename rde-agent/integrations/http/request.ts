import { Agent as HttpAgent, type IncomingMessage, request as requestPlain, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as requestSecure } from 'node:https';
import type { SourceContext } from '../source.ts';
import { toLookup } from '../pinnedLookup.ts';

interface Asked {
  readonly method: 'GET' | 'HEAD';
  readonly headers: { readonly [name: string]: string };
  /** seconds without a byte */
  readonly idle: number;
}

/** One request to an address that policy has allowed; no proxy, no redirect, no connection that is used again. Resolves with the head. */
export async function request(url: URL, { method, headers, idle }: Asked, { resolve, signal }: SourceContext): Promise<IncomingMessage> {
  const isSecure = url.protocol === 'https:';
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  const addresses = await resolve(toHost(url), port);
  const agent = isSecure ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false });
  const options: RequestOptions = { method, headers, agent, signal, timeout: idle * 1000, lookup: toLookup(addresses) };
  return new Promise((done, fail) => {
    let answered: IncomingMessage | undefined;
    const asked = (isSecure ? requestSecure : requestPlain)(url, options, (answer) => {
      answered = answer;
      // A listener that stays would be told of an error that the reader of the content is told of anyway.
      answer.once('error', () => undefined);
      done(answer);
    });
    asked.once('timeout', () => (answered ?? asked).destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
    asked.once('error', fail);
    asked.end();
  });
}

function toHost({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
