import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareOrSkip } from './dataEnvironment.ts';
import { findStep, Home, Studio, toOutcomes, toReasons } from './studio.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/flights', import.meta.url));
/** By the last part of its name: the example has others too. */
const WORKFLOW = 'train-delay-model';
const FEATURES = 'modules/flights/features/features.py';
const MODELS = 'modules/flights/train/estimators.py';
const ABOVE = ['raw', 'clean'];
const BELOW = ['features', 'train[ridge]', 'train[forest]', 'train[boosting]', 'best', 'check'];

function toEach(names: readonly string[], outcome: string): { readonly [step: string]: string } {
  return Object.fromEntries(names.map((name) => [name, outcome]));
}

describe('acceptance: the example', function () {
  this.timeout(300_000);
  let home: Home;
  let studio: Studio;
  before(async function () {
    home = new Home();
    studio = new Studio(home);
    cpSync(EXAMPLE, studio.root, { recursive: true });
    edit(MODELS, 'n_estimators=40', 'n_estimators=2');
    edit(MODELS, 'max_iter=100', 'max_iter=5');
    await prepareOrSkip(this, studio);
  });
  after(async () => {
    studio.dispose();
    await home.dispose();
  });

  function edit(path: string, from: string, to: string): void {
    const text = readFileSync(join(studio.root, path), 'utf8');
    assert.ok(text.includes(from), `${from} in ${path}`);
    studio.write({ [path]: text.replace(from, to) });
  }

  it('checks clean', async () => {
    const { code, out } = await studio.cairn(['check', '--json']);
    assert.deepEqual([code, JSON.parse(out)], [0, { v: 1, diagnostics: [] }]);
  });

  it('takes all 336,776 real rows through every data step', async () => {
    const run = await studio.run(WORKFLOW);
    assert.equal(run.state, 'succeeded', JSON.stringify(run.steps.map((step) => step.error)));
    assert.deepEqual(toOutcomes(run), toEach([...ABOVE, ...BELOW], 'executed'));
    const rows = ['raw', 'clean', 'features'].map((step) => Object.values(findStep(run, step).outputs)[0]?.rows);
    assert.deepEqual(rows, [336_776, 336_776, 336_776]);
    const { metrics } = findStep(run, 'check');
    assert.ok((metrics['mae'] ?? Infinity) <= 0.95 * (metrics['baseline_mae'] ?? 0), JSON.stringify(metrics));
    for (const step of run.steps) assert.match(step.worker?.mode ?? '', /^(?:forked|cold)$/, step.step);
  });

  it('reuses all of it the second time, with reasons and the time saved', async () => {
    const run = await studio.run(WORKFLOW);
    assert.deepEqual(toOutcomes(run), toEach([...ABOVE, ...BELOW], 'reused'));
    for (const step of run.steps) assert.deepEqual([toReasons(run, step.step), step.worker], [['hit'], null]);
    assert.ok(run.saved > 0);
  });

  it('runs exactly the affected steps after the edit of one constant, and none after it is reverted', async () => {
    edit(FEATURES, 'WINDOW_DAYS = 28', 'WINDOW_DAYS = 14');
    const plan = await studio.plan(WORKFLOW);
    assert.deepEqual(
      plan.steps.map(({ step, decision }) => [step, decision]),
      [...ABOVE.map((step) => [step, 'hit']), ['features', 'miss'], ...BELOW.slice(1).map((step) => [step, 'conditional'])],
    );
    const run = await studio.run(WORKFLOW);
    assert.equal(run.state, 'succeeded');
    assert.deepEqual(toOutcomes(run), { ...toEach(ABOVE, 'reused'), ...toEach(BELOW, 'executed') });
    const [reason] = findStep(run, 'features').reasons;
    assert.deepEqual([reason?.kind, reason?.file], ['code', FEATURES]);
    assert.deepEqual(toReasons(run, 'train[ridge]'), ['input:features']);
    assert.equal(findStep(run, 'train[ridge]').reasons[0]?.upstream, 'features');
    edit(FEATURES, 'WINDOW_DAYS = 14', 'WINDOW_DAYS = 28');
    assert.deepEqual(toOutcomes(await studio.run(WORKFLOW)), toEach([...ABOVE, ...BELOW], 'reused'));
  });

  it('runs nothing below a change that comes out equal', async () => {
    edit(FEATURES, 'WINDOW_DAYS = 28', 'WINDOW_DAYS = 4 * 7');
    const run = await studio.run(WORKFLOW);
    assert.deepEqual(toOutcomes(run), { ...toEach([...ABOVE, ...BELOW], 'reused'), features: 'executed' });
  });

  it('runs nothing after comments, docstrings and functions that do not run, in every module that is code', async () => {
    edit(FEATURES, '"""What is known', '"""All that is known');
    edit(FEATURES, 'def build(', 'def unused(frame):\n    return frame\n\n\n# A comment.\ndef build(');
    edit(MODELS, 'SEED = 0', 'SEED = 0  # any');
    edit(MODELS, 'def create_ridge():\n', 'def create_ridge():\n    """Of degree two."""\n');
    for (const file of ['clean/clean.py', 'train/train.py', 'evaluate/evaluate.py', 'select/select_best.py']) {
      const path = `modules/flights/${file}`;
      studio.write({ [path]: `${readFileSync(join(studio.root, path), 'utf8')}\n\ndef unused():\n    return 1\n` });
    }
    const plan = await studio.plan(WORKFLOW);
    assert.deepEqual(
      plan.steps.filter(({ decision }) => decision !== 'hit').map(({ step, reasons }) => [step, reasons]),
      [],
    );
    assert.deepEqual(toOutcomes(await studio.run(WORKFLOW)), toEach([...ABOVE, ...BELOW], 'reused'));
  });

  it('trains only the model whose function was edited', async () => {
    edit(MODELS, 'n_estimators=2,', 'n_estimators=3,');
    const run = await studio.run(WORKFLOW);
    assert.equal(run.state, 'succeeded');
    const trained = run.steps.filter(({ step, decision }) => step.startsWith('train[') && decision === 'executed');
    assert.deepEqual(
      trained.map(({ step, reasons }) => [step, reasons.map(({ kind, symbol, file }) => [kind, symbol, file])]),
      [['train[forest]', [['code', 'create_forest', MODELS]]]],
    );
  });
});
