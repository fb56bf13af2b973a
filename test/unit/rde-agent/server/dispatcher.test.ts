import assert from 'node:assert/strict';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { OPERATIONS } from '../../../../rde-agent/protocol/operations.ts';
import { createDispatch, type Dispatch } from '../../../../rde-agent/server/dispatcher.ts';
import { createHandlers } from '../../../../rde-agent/server/handlers.ts';
import { createFakeRoles } from '../../../support/fakeRoles.ts';

const who = { id: 'local:test' };
const never = new AbortController().signal;

function create(asked: string[] = [], stop: () => void = () => undefined): Dispatch {
  const status = { v: 1, pid: 1, port: 1, version: '', protocol: 1, roles: [], workers: 0, state: '', rss: 0, started: '' } as const;
  return createDispatch(
    createHandlers({
      ...createFakeRoles(() => undefined),
      authorize: (principal, action, resource) => (asked.push(`${principal.id} ${action} ${resource.kind}`), { kind: 'allow' }),
      status: () => ({ ...status, roles: [] }),
      portal: { open: () => ({ v: 1, url: '', code: '', expires: '' }), signOut: () => 0 },
      doctor: () => Promise.resolve({ v: 1, checks: [] }),
      stop,
    }),
  );
}

async function refuses(dispatch: Dispatch, method: string, params: unknown, code: string, message: RegExp): Promise<void> {
  await assert.rejects(
    dispatch(method, params, who, never),
    (thrown: unknown) => thrown instanceof CairnError && thrown.code === code && message.test(thrown.message),
  );
}

describe('server/dispatcher', () => {
  it('refuses unknown operations, also those that every object has', async () => {
    for (const method of ['run.fly', '', 'constructor', '__proto__', 'toString'])
      await refuses(create(), method, {}, 'not-supported', /knows no operation/);
  });

  it('names the path of what is wrong', async () => {
    await refuses(create(), 'run.show', {}, 'invalid-request', /"run"/);
    await refuses(create(), 'run.submit', { root: '/x', workflow: 'w', key: 'k' }, 'invalid-request', /"key"/);
    await refuses(create(), 'workspace.check', { root: '/x', overlays: { a: 1 } }, 'invalid-request', /"overlays\.a"/);
    await refuses(create(), 'run.show', { run: 'x', extra: 1 }, 'invalid-request', /"extra"/);
    await refuses(create(), 'run.list', { limit: 1e308 }, 'invalid-request', /"limit"/);
    await refuses(create(), 'run.show', 'text', 'invalid-request', /the parameters/);
  });

  it('answers a repeat of a key with the first result, and another body with a conflict (F31)', async () => {
    const dispatch = create();
    const params = { root: '/x', workflow: 'w', key: 'same-key-1' };
    const answers = await Promise.all(Array.from({ length: 100 }, () => dispatch('run.submit', params, who, never)));
    assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
    await refuses(dispatch, 'run.submit', { ...params, workflow: 'v' }, 'conflict', /another request/);
  });

  it('asks for each operation of the host once, and leaves runs to the run role', async () => {
    for (const [name, { action }] of Object.entries(OPERATIONS)) {
      const asked: string[] = [];
      const all = { root: '/x', name: 'a/b', run: 'r', step: 's', workflow: 'w', since: '2026-01-01', key: 'key-key-1' };
      const { shape } = OPERATIONS[name as keyof typeof OPERATIONS].params;
      const params = Object.fromEntries(Object.entries(all).filter(([field]) => field in shape));
      await create(asked)(name, params, who, never).catch((thrown: unknown) => assert.ok(thrown instanceof CairnError, name));
      const own =
        /^(?:agent|portal|environment|dataset|ci|workspace)\./.test(name) &&
        !['workspace.plan', 'workspace.push', 'dataset.preview'].includes(name);
      const resource = /^(?:agent|portal)\.|^workspace\.list$/.test(name) ? 'agent' : 'workspace';
      assert.deepEqual(asked, own ? [`local:test ${action} ${resource}`] : [], name);
    }
  });
});
