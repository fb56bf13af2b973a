import { request as httpRequest } from 'node:http';
import { CairnError } from '../protocol/errors.ts';

/** milliseconds until it has answered */
const CONNECT_LIMIT = 10_000;

/** A nonce of the agent on a port. Rejects with `agent-unreachable`. */
export function fetchNonce(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void =>
      reject(new CairnError('agent-unreachable', `Nothing answers as an agent on port ${String(port)}.`, { cause }));
    const request = httpRequest({ host: '127.0.0.1', port, path: '/nonce', agent: false, timeout: CONNECT_LIMIT }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => void chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        const nonce = readNonce(Buffer.concat(chunks).toString('utf8'));
        if (nonce === undefined) fail(`status ${String(response.statusCode)}`);
        else resolve(nonce);
      });
    });
    request.on('timeout', () => request.destroy(new Error('timed out')));
    request.on('error', fail);
    request.end();
  });
}

function readNonce(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const nonce: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'nonce') : undefined;
    return typeof nonce === 'string' && /^[0-9]+-[\w-]{16,128}$/.test(nonce) ? nonce : undefined;
  } catch {
    return undefined; // whatever listens there is no agent
  }
}
