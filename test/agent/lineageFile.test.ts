import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newKey } from '../../rde-agent/client/newKey.ts';
import { listProcessesOf, TestAgent } from '../support/agent.ts';
import { moduleFiles, SmallWorkspace } from '../support/smallWorkspace.ts';
import { waitFor } from '../support/waitFor.ts';

const FILES = {
  ...moduleFiles('told/make', { code: 'def run(kind: str):\n    return {"out": kind}\n', params: '{ kind: string }' }),
  ...moduleFiles('told/join', { code: 'def run(values):\n    return {"out": values}\n', inputs: '{ values: { list: json } }' }),
  ...moduleFiles('told/fail', { code: 'def run(value):\n    raise ValueError("no")\n', inputs: '{ value: json }' }),
  'workflows/told.workflow.yaml':
    'workflow: told/flow\nsteps:\n  make: { module: told/make, foreach: { kind: [a, b, c] }, params: { kind: "${foreach.kind}" } }\n' +
    '  join: { module: told/join, in: { values: "make[*].out" } }\n  fail: { module: told/fail, in: { value: join.out } }\noutputs: { joined: join.out }\n',
};

/** `undefined` = the whole life without a kill */
const POINTS = [
  undefined,
  'before-commit:run.submitted',
  'before-commit:task.succeeded',
  'after-commit:task.succeeded',
  'before-commit:run.finished',
  'before-lineage',
  'after-lineage',
] as const;

describe('F7: kill -9 between a row, its lineage and the file that is told of it', function () {
  this.timeout(60_000);
  for (const point of POINTS) {
    it(`tells everything once and in order: ${point ?? 'no kill'}`, async () => {
      const workspace = new SmallWorkspace(FILES);
      const stateFolder = realpathSync(mkdtempSync(join(tmpdir(), 'cairn-told-')));
      const file = join(stateFolder, 'openlineage.jsonl');
      try {
        await live(stateFolder, workspace.root, point);
        const told = readFileSync(file, 'utf8');
        assertWhole(told);
        // What is written over several lives is what one life writes from the whole log.
        renameSync(file, `${file}.first`);
        const last = await TestAgent.start({ stateFolder });
        await last.end('SIGTERM');
        assert.equal(readFileSync(file, 'utf8'), told);
        assert.deepEqual(listProcessesOf(stateFolder), []);
      } finally {
        workspace.dispose();
        rmSync(stateFolder, { recursive: true, force: true, maxRetries: 3 });
      }
    });
  }
});

/** Submits a run to an agent that kills itself at a point, and lets another one end it. */
async function live(stateFolder: string, root: string, point: string | undefined): Promise<void> {
  const key = newKey();
  const agent = await TestAgent.start({ stateFolder, env: point === undefined ? {} : { CAIRN_FAULT: point } });
  const submitting = agent.connect({}).request('run.submit', { root, workflow: 'told/flow', params: {}, key });
  submitting.catch(() => undefined); // the agent may be gone before it answers
  if (point !== undefined)
    await waitFor(`the agent kills itself at ${point}`, () => listProcessesOf(stateFolder).every((line) => !line.includes('agent.mjs')));
  else await submitting;
  await agent.dispose().catch(() => undefined);
  const next = await TestAgent.start({ stateFolder });
  const client = next.connect();
  const { run } = await client.request('run.submit', { root, workflow: 'told/flow', params: {}, key });
  await waitFor('the run ends', async () => (await client.request('run.show', { run })).state === 'failed');
  await next.dispose();
}

function assertWhole(text: string): void {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly eventType: string; readonly run: { readonly runId: string } });
  for (const [id, events] of Map.groupBy(lines, (line) => line.run.runId)) {
    const [first, last, ...more] = events.map((event) => event.eventType);
    assert.deepEqual([first, more], ['START', []], id);
    assert.ok(['COMPLETE', 'FAIL', 'ABORT'].includes(last ?? ''), `${id} ends`);
  }
  assert.ok(lines.length >= 12);
}
