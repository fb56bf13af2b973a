import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyInstance } from 'fastify';
import { isDigest, type Digest } from '../../language/model/names.ts';
import { CairnError } from '../protocol/errors.ts';
import type { Action, Authorize, Principal } from '../protocol/who.ts';
import type { BlobStore } from '../store/store.ts';
import type { Gate } from './gate.ts';
import { LOCAL_SCOPE } from './handlers.ts';

export interface BlobRoutesOptions {
  readonly blobs: BlobStore;
  readonly authorize: Authorize;
  readonly who: Principal;
  /** for uploads that are under way; emptied at the start */
  readonly folder: string;
}

/** bytes of one upload at most */
const LARGEST_BLOB = 16 * 1024 ** 3;

/** `PUT` and `GET /blobs/sha256:<hex>`: bytes of any size beside the socket, authenticated like the upgrade. */
export function registerBlobRoutes(app: FastifyInstance, gate: Gate, options: BlobRoutesOptions): void {
  rmSync(options.folder, { recursive: true, force: true });
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.addHook('onRequest', async (request, reply) => {
    const refusal = gate.authenticate(request.raw);
    if (refusal !== undefined)
      await reply
        .code(401)
        .header('connection', 'close')
        .send({ v: 1, error: { code: 'unauthenticated', message: refusal.reason, next: '' } });
  });
  app.put<{ Params: { digest: string } }>('/blobs/:digest', { bodyLimit: LARGEST_BLOB }, async (request, reply) => {
    const digest = parseDigest(request.params.digest);
    assertMay(options, 'write', digest);
    await receive(request.body instanceof Object ? (request.body as Readable) : undefined, digest, options);
    return reply.code(201).send({ v: 1, digest });
  });
  app.get<{ Params: { digest: string } }>('/blobs/:digest', async (request, reply) => {
    const digest = parseDigest(request.params.digest);
    assertMay(options, 'read', digest);
    const path = await options.blobs.toPath(digest);
    return reply
      .header('content-type', 'application/octet-stream')
      .header('content-length', options.blobs.size(digest) ?? 0)
      .send(createReadStream(path));
  });
}

/** Ids are digests and nothing else, so no text of a client ever becomes part of a path. */
function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new CairnError('invalid-request', 'A blob is named sha256:<64 lower-case hex digits>.');
  return text;
}

function assertMay(options: BlobRoutesOptions, action: Action, digest: Digest): void {
  const decision = options.authorize(options.who, action, { kind: 'blob', id: digest }, LOCAL_SCOPE);
  if (decision.kind === 'deny') throw new CairnError('denied', decision.reason);
}

/** Stores a body under the digest that it was announced with; anything else is refused and leaves nothing behind. */
async function receive(body: Readable | undefined, digest: Digest, options: BlobRoutesOptions): Promise<void> {
  const path = join(options.folder, randomUUID());
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done(bytes > LARGEST_BLOB ? new CairnError('limit-exceeded', `A blob has at most ${String(LARGEST_BLOB)} bytes.`) : null, chunk);
    },
  });
  try {
    const source = body ?? [];
    await pipeline(source, measure, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    if (`sha256:${hash.digest('hex')}` !== digest)
      throw new CairnError('invalid-request', 'The bytes that arrived have another digest.', { next: 'Send the blob again.' });
    await options.blobs.adopt(path, digest);
  } finally {
    await rm(path, { force: true });
  }
}
