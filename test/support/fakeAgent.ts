import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../language/model/names.ts';
import { CairnError } from '../../rde-agent/protocol/errors.ts';
import type { RoleContext, Roles } from '../../rde-agent/server/agent.ts';
import { runAgentProcess } from '../../rde-agent/server/agentProcess.ts';
import type { BlobStore } from '../../rde-agent/store/store.ts';
import { createFakeRoles } from './fakeRoles.ts';

/** The real agent process around roles that do nothing: `node fakeAgent.ts --state DIR`. */
await runAgentProcess(process.argv.slice(2), (context) => Promise.resolve(compose(context)));

function compose(context: RoleContext): Roles {
  const aborted = (): void => writeFileSync(join(context.stateFolder, 'aborted'), '');
  return {
    ...createFakeRoles(aborted),
    blobs: createFolderBlobs(context.stateFolder),
    authorize: () => ({ kind: 'allow' }),
    webhookSecret: () => Promise.resolve(undefined),
    scheduled: () => 0,
    workers: () => 0,
    doctor: () => Promise.resolve({ v: 1, checks: [] }),
    stop: () => Promise.resolve(),
  };
}

function createFolderBlobs(folder: string): BlobStore {
  const sizes = new Map<Digest, number>();
  const toPath = (digest: Digest): string => join(folder, digest.replace(':', '-'));
  return {
    has: (digest) => sizes.has(digest),
    size: (digest) => sizes.get(digest),
    check: (digest) => (sizes.has(digest) ? 'sound' : 'missing'),
    verify: (digest) => Promise.resolve(sizes.has(digest)),
    isSetAside: () => false,
    read: (digest) => Promise.resolve(sizes.has(digest) ? readFileSync(toPath(digest)) : undefined),
    put: (bytes) => {
      const digest: Digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      writeFileSync(toPath(digest), bytes);
      sizes.set(digest, bytes.length);
      return Promise.resolve(digest);
    },
    adopt: (path, digest) => {
      sizes.set(digest, readFileSync(path).length);
      renameSync(path, toPath(digest));
      return Promise.resolve();
    },
    toPath: (digest) =>
      sizes.has(digest) ? Promise.resolve(toPath(digest)) : Promise.reject(new CairnError('unknown-blob', `There is no blob ${digest}.`)),
    touch: () => undefined,
  };
}
