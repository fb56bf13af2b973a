import assert from 'node:assert/strict';
import { makeDiff, makeDiffNode, makeDiffStep } from '../support/diffDocuments.ts';
import { waitFor } from '../support/waitFor.ts';
import { findBarriers } from '../support/workbench/accessibility.ts';
import { startPanelPage, type OwnPanelPage } from '../support/workbench/panelPage.ts';

const link = { state: 'live', since: '', message: '' } as const;
const code = { kind: 'code', message: 'scale changed in modules/clean/main.py:12', file: 'modules/clean/main.py', line: 12 } as const;
const param = { kind: 'param', name: 'depth', message: 'depth 3 → 5' } as const;
const outputs = [{ name: 'out', before: 'x', after: 'y', equal: false }];
const gone = { decision: { before: 'executed', after: null }, seconds: { before: 2, after: null } } as const;
const added = { decision: { before: null, after: 'executed' }, seconds: { before: null, after: 0.4 } } as const;

const diff = makeDiff(
  [
    makeDiffStep('load', { decision: { before: 'executed', after: 'reused' }, seconds: { before: 1.2, after: 0 } }),
    makeDiffStep('clean', { equal: false, reasons: [code], outputs, seconds: { before: 1, after: 2.5 } }),
    makeDiffStep('old', { in: 'before', equal: false, ...gone }),
    makeDiffStep('train[ridge]'),
    makeDiffStep('train[forest]', {
      equal: false,
      reasons: [param, code],
      metrics: [{ name: 'score', before: 0.5, after: 0.7 }],
      outputs,
    }),
    makeDiffStep('check', { workflow: 'demo/inner', equal: false, outputs }),
    makeDiffStep('check/fit', { seconds: { before: 1, after: 3 } }),
    makeDiffStep('check/score', { equal: false, reasons: [code], state: { before: 'succeeded', after: 'failed' } }),
    makeDiffStep('report', { in: 'after', equal: false, ...added }),
  ],
  [
    makeDiffNode('load', [], { kind: 'dataset' }),
    makeDiffNode('clean', ['load']),
    makeDiffNode('old', ['load'], { in: 'before' }),
    makeDiffNode('train', ['clean', 'old']),
    makeDiffNode('check', ['train'], { kind: 'workflow', name: 'demo/inner' }),
    makeDiffNode('check/fit'),
    makeDiffNode('check/score', ['check/fit']),
    makeDiffNode('report', ['check'], { in: 'after' }),
  ],
);

describe('the page of a comparison', function () {
  this.timeout(120_000);
  let panel: OwnPanelPage;

  before(async () => {
    panel = await startPanelPage('compare', { diff, problem: null, link });
    await panel.page.getByRole('tab', { name: 'Graph' }).click();
    await box('load').waitFor();
  });

  after(() => panel?.[Symbol.asyncDispose]());

  const box = (step: string) => panel.page.locator(`[id="step-${step}"]`);
  const chosen = (): Promise<string | null> => panel.page.locator('.frame [aria-selected="true"]').getAttribute('id');
  const lastSent = async () => (await panel.sent()).at(-1);

  it('draws both runs on one graph, each step saying what became of it', async () => {
    for (const [step, ...texts] of [
      ['load', 'same, reused', '1.2 s → reused'],
      ['clean', 'changed', 'code', '1.0 s → 2.5 s'],
      ['old', 'only before', '2.0 s'],
      ['train', 'changed', 'parameter, code', '1/2'],
      ['check/fit', 'same, slower', '1.0 s → 3.0 s'],
      ['check/score', 'succeeded → failed', 'code'],
      ['report', 'only after', '400 ms'],
    ] as const) {
      for (const text of texts) await box(step).getByText(text, { exact: true }).waitFor();
    }
    await panel.screenshot('compare-graph');
    assert.deepEqual(await findBarriers(panel.page.mainFrame()), []);
  });

  it('goes from difference to difference by a key, and into the code by Enter', async () => {
    await panel.page.locator('.frame').focus();
    const found: (string | null)[] = [];
    for (let times = 0; times < 5; times++) {
      await panel.page.keyboard.press('e');
      found.push(await chosen());
    }
    assert.deepEqual(found, ['step-clean', 'step-old', 'step-train', 'step-check/score', 'step-report']);
    await panel.page.keyboard.press('e');
    await panel.page.keyboard.press('Enter');
    await waitFor('the code is asked for', async () => (await lastSent())?.type === 'openCode');
    assert.deepEqual(await lastSent(), { type: 'openCode', step: 'clean' });
    await panel.page.keyboard.press('?');
    await panel.page.getByText('Next step that differs').waitFor();
    assert.equal(await panel.page.getByText('Open the log').count(), 0);
    await panel.page.keyboard.press('Escape');
  });

  it('says the same in the tree of all steps', async () => {
    await panel.page.locator('.frame').focus();
    await panel.page.keyboard.press('t');
    await panel.page.getByRole('treeitem', { name: /score.*succeeded → failed/ }).click();
    assert.equal(await chosen(), 'step-check/score');
    await panel.page.locator('.frame').focus();
    await panel.page.keyboard.press('t');
  });

  it('has one selection with the tables, and the detail beside all of them', async () => {
    await box('train').click();
    await panel.page.getByRole('complementary', { name: 'What differs of train[forest]' }).waitFor();
    await panel.screenshot('compare-graph-detail');
    await panel.page.getByRole('tab', { name: /^Steps/ }).click();
    await panel.page.locator('[role="row"][aria-selected="true"]', { hasText: 'train[forest]' }).waitFor();
    await panel.page.getByRole('tab', { name: /^Metrics/ }).click();
    await panel.page.locator('tr[aria-current="true"]', { hasText: 'train[forest]' }).waitFor();
    await panel.screenshot('compare-metrics-chosen');
    assert.deepEqual(await findBarriers(panel.page.mainFrame()), []);
    await panel.page.getByRole('tab', { name: 'Graph' }).click();
    await panel.page.locator('.frame').focus();
    await panel.page.keyboard.press('f');
    await box('load').click();
    await panel.page.getByRole('tab', { name: /^Steps/ }).click();
    await panel.page.locator('[role="row"][aria-selected="true"]', { hasText: 'load' }).waitFor();
    await panel.page.getByRole('tab', { name: 'Graph' }).click();
  });

  it('keeps what a person looks at', async () => {
    const kept = await waitFor('the selection', async () => {
      const state = JSON.stringify(await panel.kept());
      return state.includes('"selected":"load"') && state.includes('"tab":"graph"') && state;
    });
    assert.match(kept, /"after":"019ae5a0-0002/);
    assert.deepEqual(panel.errors, []);
  });
});
