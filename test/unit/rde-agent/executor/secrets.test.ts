import assert from 'node:assert/strict';
import { createRedactor } from '../../../../rde-agent/executor/taskSecrets.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { toRunStream } from '../../../../rde-agent/protocol/runEvents.ts';
import { ENVIRONMENT, sketchWorkflow } from '../../../support/pinnedWorkflow.ts';
import { succeed } from '../../../support/fakeRuntime.ts';
import { OWNER, RunRoleHarness } from '../../../support/runRole.ts';

const SECRET = 'hunter2-größer';
const SKETCH = { a: {} };

describe('executor: secrets', () => {
  let harness: RunRoleHarness;
  beforeEach(() => {
    harness = new RunRoleHarness();
  });
  afterEach(() => harness.remove());

  async function run(): Promise<string> {
    const definition = { ...sketchWorkflow(SKETCH), environments: [{ ...ENVIRONMENT, secrets: ['TOKEN'] }] };
    const { run } = await harness.role.submit(harness.toRequest(SKETCH, { definition }), OWNER);
    await harness.finished(run);
    return run;
  }

  it('gives a task the values as variables, and keeps them out of logs, errors and the record', async () => {
    await harness.open({ readSecret: () => Promise.resolve(SECRET) });
    harness.runtime.on('a', ({ context, observer }) => {
      const value = Buffer.from(context.variables['TOKEN'] ?? '');
      observer.output('out', Buffer.concat([Buffer.from('it is '), value.subarray(0, 9)]));
      observer.output('out', Buffer.concat([value.subarray(9), Buffer.from(' indeed\n')]));
      observer.progress(1, 2, `using ${SECRET}`);
      return {
        kind: 'failed',
        failure: 'user',
        error: { code: 'user-error', message: `no ${SECRET}`, traceback: `at ${SECRET}` },
        seconds: 0,
      };
    });
    const id = await run();
    assert.equal(harness.runtime.launched[0]?.variables['TOKEN'], SECRET);
    const error = harness.role.show(id, OWNER).steps[0]?.error;
    assert.deepEqual([error?.message, error?.traceback], ['no ***', 'at ***']);
    const logs = await harness.role.logs({ run: id, limit: 10, wait: false }, OWNER, new AbortController().signal);
    assert.deepEqual(
      logs.lines.map((line) => line.text),
      ['it is *** indeed'],
    );
    assert.ok(!JSON.stringify(harness.store.events.read(toRunStream(id))).includes('hunter2'));
  });

  it('fails a task whose secret nobody provides, naming it', async () => {
    await harness.open({ readSecret: (name) => Promise.reject(new CairnError('secret-missing', `There is no value for ${name}`)) });
    harness.runtime.on('a', succeed);
    const error = harness.role.show(await run(), OWNER).steps[0]?.error;
    assert.deepEqual([error?.code, error?.message], ['environment-failed', 'There is no value for TOKEN']);
    assert.equal(harness.runtime.launched.length, 0);
  });

  it('hides a value however it is cut, and short values not at all', () => {
    assert.equal(createRedactor(['short']), undefined);
    const text = `x${SECRET}y${SECRET}${SECRET}z hunter2`;
    const bytes = Buffer.from(text);
    for (let size = 1; size < bytes.length; size += 1) {
      const written: Uint8Array[] = [];
      const stream = createRedactor([SECRET, 'another-secret'])?.stream((chunk) => written.push(chunk));
      for (let at = 0; at < bytes.length; at += size) stream?.write(bytes.subarray(at, at + size));
      stream?.end();
      assert.equal(Buffer.concat(written).toString(), 'x***y******z hunter2', `in chunks of ${String(size)}`);
    }
  });
});
