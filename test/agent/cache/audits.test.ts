import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditDocument } from '../../../rde-agent/protocol/cacheDocuments.ts';
import { FaultBench } from '../../support/faultBench.ts';
import { moduleFiles, type Files } from '../../support/smallWorkspace.ts';
import { waitFor } from '../../support/waitFor.ts';

const PLANTED = `import random
def run(n):
    return {"out": [n, random.random()]}
`;
/** The order of a set of texts depends on PYTHONHASHSEED, which a fork shares with its parent. */
const HASHED = `def run(n):
    return {"out": list({"a" * k for k in range(1, 40)})}
`;
const SOUND = `def run(n):
    return {"out": [n, sorted({"a" * k for k in range(1, 40)})]}
`;

function files(): Files {
  const params = '{ n: { type: int, default: 1 } }';
  return {
    ...moduleFiles('audit/planted', { code: PLANTED, params }),
    ...moduleFiles('audit/hashed', { code: HASHED, params }),
    ...moduleFiles('audit/sound', { code: SOUND, params }),
    'workflows/audit.workflow.yaml': `workflow: audit/flow
steps:
  planted: { module: audit/planted }
  hashed: { module: audit/hashed }
  sound: { module: audit/sound }
outputs: { result: sound.out }
`,
  };
}

describe('audits of reused results', function () {
  this.timeout(180_000);
  let bench: FaultBench;
  beforeEach(async () => {
    bench = await FaultBench.start(files());
  });
  afterEach(() => bench.dispose());

  const audits = (): Promise<AuditDocument> => bench.client.request('cache.audits', {});
  const decisions = async (): Promise<{ readonly [step: string]: string }> => {
    const { steps } = await bench.run('audit/flow');
    return Object.fromEntries(steps.map(({ step, decision, reasons }) => [step, `${decision ?? ''} ${reasons[0]?.kind ?? ''}`]));
  };

  /** Who has reused a result that is in doubt is told so by the run itself, though it ended before. */
  async function isTold(run: string): Promise<void> {
    const steps = await waitFor('the run tells of it', async () => {
      const shown = await bench.client.request('run.show', { run });
      return shown.steps.some(({ distrusted }) => distrusted !== undefined) && shown.steps;
    });
    const planted = steps.find(({ step }) => step === 'planted');
    assert.deepEqual([planted?.decision, planted?.state, planted?.distrusted?.port], ['reused', 'succeeded', 'out']);
    assert.match(planted?.distrusted?.message ?? '', /executed again, and output out came out different.*not pure/);
    assert.equal(steps.find(({ step }) => step === 'sound')?.distrusted, undefined);
    const told = await bench.client.request('run.why', { run, step: 'planted' });
    assert.deepEqual([told.decision, told.distrusted], ['reused', planted?.distrusted]);
  }

  it('flags planted nondeterministic modules within 50 hits, without being asked, and reuses them no more', async () => {
    assert.equal((await bench.run('audit/flow')).state, 'succeeded');
    let runs = 0;
    const flagged = new Set<string>();
    while (flagged.size < 2 && runs < 50) {
      runs += 1;
      await bench.run('audit/flow');
      for (const { module } of (await audits()).demoted) flagged.add(module);
    }
    // The last check may still be under way.
    await waitFor('both are flagged', async () => (await audits()).demoted.length >= 2);
    const { demoted, checked } = await audits();
    assert.deepEqual(demoted.map(({ module, to }) => `${module} ${to}`).sort(), ['audit/hashed unstable', 'audit/planted unstable']);
    assert.ok(runs <= 50);
    assert.ok(
      checked.every(({ module, result }) => result === (module === 'audit/sound' ? 'equal' : 'differs')),
      JSON.stringify(checked),
    );
    await isTold(checked.find(({ module, result }) => module === 'audit/planted' && result === 'differs')?.run ?? '');
    const after = await decisions();
    assert.deepEqual(after, { planted: 'executed determinism', hashed: 'executed determinism', sound: 'reused hit' });
    const plan = await bench.client.request('workspace.plan', { root: bench.workspace.root, workflow: 'audit/flow' });
    assert.deepEqual(
      plan.steps.map(({ step, decision, reasons }) => `${step} ${decision} ${reasons[0]?.kind ?? ''}`),
      ['planted miss determinism', 'hashed miss determinism', 'sound hit hit'],
    );
    const { run } = (await bench.client.request('run.list', { limit: 1 })).runs[0] ?? { run: '' };
    const why = await bench.client.request('run.why', { run, step: 'planted' });
    assert.match(why.reasons[0]?.message ?? '', /audit got another out.*not pure.*stochastic/);
    const { cache } = await bench.client.request('agent.status', {});
    assert.equal(cache?.demoted, 2);
    assert.match(bench.agent.log, /An audit got another result/);
  });

  it('checks when it is asked, keeps what it has shown over a restart, and trusts again what was edited or is trusted', async () => {
    await bench.run('audit/flow');
    const { checked, demoted } = await bench.client.request('cache.audit', { modules: ['audit/planted', 'audit/sound'] });
    assert.deepEqual(checked.map(({ module, result }) => `${module} ${result}`).sort(), ['audit/planted differs', 'audit/sound equal']);
    assert.deepEqual(
      demoted.map(({ module, port }) => `${module} ${port}`),
      ['audit/planted out'],
    );
    await bench.agent.end('SIGTERM');
    await bench.restart();
    assert.equal((await decisions())['planted'], 'executed determinism');
    bench.workspace.write({ 'modules/audit/planted/main.py': PLANTED.replace('random.random()', 'n * 2') });
    assert.match((await decisions())['planted'] ?? '', /^executed (?!determinism)/);
    assert.equal((await decisions())['planted'], 'reused hit');
    bench.workspace.write({ 'modules/audit/planted/main.py': PLANTED });
    assert.equal((await decisions())['planted'], 'executed determinism');
    const trusted = await bench.client.request('cache.trust', { module: 'audit/planted' });
    assert.deepEqual(trusted.demoted, []);
    const unknown = bench.client.request('cache.trust', { module: 'audit/nothing' });
    await assert.rejects(unknown, /Nothing is known of a module audit\/nothing/);
    assert.equal((await decisions())['planted']?.startsWith('executed'), true);
    assert.equal((await decisions())['planted'], 'reused hit');
  });

  it('leaves runs, outputs and folders alone: an audit publishes nothing', async () => {
    const first = await bench.run('audit/flow');
    const events = await waitFor('all are on disk', () => bench.count('task.succeeded') === 3 && 3);
    await bench.client.request('cache.audit', { all: true, modules: ['audit/sound'] });
    assert.equal(bench.count('task.succeeded'), events);
    assert.deepEqual(
      (await bench.show(first.run)).steps.map(({ attempts }) => attempts),
      [1, 1, 1],
    );
    assert.equal((await decisions())['sound'], 'reused hit');
  });

  it('names what it does not know, and checks nothing where agent.yaml says so', async () => {
    await assert.rejects(bench.client.request('cache.audit', { modules: ['audit/none'] }), { code: 'invalid-request' });
    await bench.agent.end('SIGTERM');
    writeFileSync(join(bench.agent.stateFolder, 'agent.yaml'), 'audit: { share: 0, excused: 0 }\n');
    await bench.restart();
    for (let runs = 0; runs < 30; runs++) await bench.run('audit/flow');
    const { checked, waiting } = await audits();
    assert.deepEqual([checked.length, waiting], [0, 0]);
    assert.doesNotMatch(readFileSync(join(bench.agent.stateFolder, 'agent.yaml'), 'utf8'), /planted/);
  });
});
