import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Context } from 'mocha';
import type { RunDocument } from '../../../rde-agent/protocol/documents.ts';
import { toExampleWorkspace } from '../../support/documentExamples.ts';
import { readFixture } from '../../support/languageWorkspace.ts';
import { prepareOrSkip } from './dataEnvironment.ts';
import { findStep, Home, Studio, toOutcomes } from './studio.ts';

const LOCK = new URL('../../python/requirements.lock', import.meta.url);
const SECRETS = { CAIRN_SECRET_WAREHOUSE_TOKEN: 'none' };
const WORKFLOW = 'flights/train-delay-model';

/** What is shown and the modules that it leaves out, with packages that can be installed. */
function toRunnable(shown: ReadonlyMap<string, string>): { readonly [path: string]: string } {
  const lock = readFileSync(LOCK, 'utf8');
  return Object.fromEntries([...readFixture('documentRest.txt'), ...shown, ['environments/python-ml.lock', lock]]);
}

function assertSucceeded(run: RunDocument): void {
  assert.equal(run.state, 'succeeded', JSON.stringify(run.steps.map(({ step, state, error }) => [step, state, error])));
}

describe('acceptance: every workflow that the documents show runs', function () {
  this.timeout(180_000);
  let home: Home;
  let studio: Studio;
  before(() => (home = new Home()));
  after(() => home.dispose());
  afterEach(() => studio.dispose());

  async function open(context: Context, shown: ReadonlyMap<string, string>): Promise<void> {
    studio = new Studio(home, toRunnable(shown));
    await prepareOrSkip(context, studio, SECRETS);
  }

  it('docs/language.md, with its condition met and not met', async function () {
    await open(this, toExampleWorkspace('docs/language.md'));
    const run = await studio.run(WORKFLOW, '--param', 'deploy=true');
    assertSucceeded(run);
    const made = Object.keys(toOutcomes(run)).filter((step) => /^(train|grid|carrier)\[/.test(step));
    const grid = ['ridge', 'forest'].flatMap((kind) => [3, 5, 9].map((depth) => `grid[${kind},${depth}]`));
    assert.deepEqual(made, ['train[ridge,3]', 'train[forest,9]', ...grid, 'carrier[0]', 'carrier[1]']);
    assert.equal(findStep(run, 'card').state, 'succeeded');
    assert.equal(findStep(run, 'check/score').metrics['auc'], 0.9);

    const again = await studio.run(WORKFLOW);
    assertSucceeded(again);
    assert.equal(findStep(again, 'card').state, 'skipped');
    assert.equal(findStep(again, 'features').decision, 'reused');
    assert.equal(findStep(again, 'train[ridge,3]').decision, 'executed', 'cache: refresh');
  });

  it('the design, with the tag that it names', async function () {
    await open(this, readFixture('design.txt'));
    const pushed = await studio.cairn(['push', '--tag', 'latestAlpha', '--json']);
    assert.equal(pushed.code, 0, pushed.err);
    const run = await studio.run(WORKFLOW);
    assertSucceeded(run);
    assert.deepEqual(new Set(run.steps.map((step) => step.state)), new Set(['succeeded']));
  });
});
