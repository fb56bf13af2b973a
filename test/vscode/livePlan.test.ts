import assert from 'node:assert/strict';
import type { Frame, Page } from 'playwright-core';
import { RunDocument, RunsDocument } from '../../rde-agent/protocol/documents.ts';
import { moduleFiles } from '../support/smallWorkspace.ts';
import { writeFiles } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';
import { findBarriers, THEMES } from '../support/workbench/accessibility.ts';
import { readAfterTexts } from '../support/workbench/afterTexts.ts';
import { cleanUpAfter } from '../support/workbench/cleanUp.ts';
import { openShipped, shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';
import type { Workbench } from '../support/workbench/workbench.ts';

const visible = { timeout: 60_000 };

const workflow = `workflow: demo/flow
description: Three steps and a fan-out.
steps:
  load: { module: demo/load }
  clean: { module: demo/clean, in: { rows: load.out } }
  train:
    module: demo/train
    in: { rows: clean.out }
    foreach: { kind: [ridge, forest] }
    params:
      kind: \${foreach.kind}
  best: { module: demo/best, in: { candidates: 'train[*].out' }, join: all }
`;

/** Two hundred steps of one module. */
const wide = `workflow: demo/wide\nsteps:\n  load: { module: demo/load }\n${Array.from(
  { length: 200 },
  (_, index) => `  clean${String(index)}: { module: demo/clean, in: { rows: load.out } }\n`,
).join('')}`;

/** Sets `repaint` to the milliseconds from the next Ctrl+S to the frame that shows `mark` behind a step. */
function measureRepaint(page: Page, mark: string): Promise<void> {
  return page.evaluate((wanted) => {
    (globalThis as { repaint?: number }).repaint = undefined;
    const onKey = ({ key, ctrlKey }: KeyboardEvent): void => {
      if (key.toLowerCase() !== 's' || !ctrlKey) return;
      window.removeEventListener('keydown', onKey, true);
      const saved = performance.now();
      const look = (): void => {
        const spans = [...document.querySelectorAll('.monaco-editor .view-line span[class*="ced-"]')];
        const isDrawn = spans.some((span) => getComputedStyle(span, '::after').content.includes(wanted));
        if (isDrawn) (globalThis as { repaint?: number }).repaint = performance.now() - saved;
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    };
    window.addEventListener('keydown', onKey, true);
  }, mark);
}

/** The constant that is edited stands on line 3. */
function toHelpers(rate: number): string {
  return `# What cleaning is done with.\n\nRATE = ${rate}\n\n\ndef scale(rows):\n    return [RATE * row for row in rows]\n`;
}

const files = {
  'cairn.yaml': 'workspace: demo\nmodules: [modules/**]\nworkflows: [workflows/**]\n',
  'workflows/flow.workflow.yaml': workflow,
  'workflows/wide.workflow.yaml': wide,
  ...moduleFiles('demo/load', { code: 'import time\n\n\ndef run():\n    time.sleep(0.3)\n    return {"out": list(range(100))}\n' }),
  ...moduleFiles('demo/clean', {
    inputs: '{ rows: json }',
    code: 'from helpers import scale\n\n\ndef run(rows):\n    return {"out": scale(rows)}\n',
  }),
  'modules/demo/clean/helpers.py': toHelpers(2),
  ...moduleFiles('demo/train', {
    inputs: '{ rows: json }',
    params: '{ kind: { type: string } }',
    code: 'def run(rows, kind):\n    return {"out": [kind, sum(rows)]}\n',
  }),
  ...moduleFiles('demo/best', {
    inputs: '{ candidates: { list: json } }',
    code: 'def run(candidates):\n    return {"out": candidates[0]}\n',
  }),
};

describe('the plan of what was saved', function () {
  this.timeout(150_000);
  let shipped: ShippedExtension;
  let workbench: Workbench;
  let page: Page;
  let graph: Frame;

  before(async function () {
    this.timeout(180_000);
    shipped = await shipExtension();
    writeFiles(shipped.folder, files);
    workbench = await openShipped(shipped, { settings: { 'files.autoSave': 'off' } });
    page = workbench.page;
  });

  cleanUpAfter('plan', () => ({ workbench, shipped }));

  /** Waits until what stands behind the steps is this, in order. */
  function drawn(...expected: readonly RegExp[]): Promise<unknown> {
    return waitFor(
      `behind the steps: ${expected.join(' ')}`,
      async () => {
        const texts = await readAfterTexts(page);
        return texts.length === expected.length && expected.every((pattern, index) => pattern.test(texts[index] ?? ''));
      },
      visible.timeout / 1000,
    );
  }

  const active = '.editor-group-container.active .monaco-editor';

  async function retypeAndSave(text: string): Promise<void> {
    await page.locator(`${active} .view-lines`).first().click(visible);
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(text);
    await page.keyboard.press('Control+S');
  }

  async function statusBar(text: RegExp): Promise<void> {
    await page.locator('.statusbar-item').getByText(text).first().waitFor(visible);
  }

  it('stands behind each step as soon as the workflow is opened', async () => {
    await workbench.openFile('flow.workflow.yaml');
    await drawn(/^▶ will run: /, /^▶ will run: /, /^▶ 2 of 2 will run: /, /^▶ will run: /);
    await statusBar(/5 will run/);
  });

  it('says that all is reused once it has run', async () => {
    await workbench.palette('Cairn: Run');
    await drawn(/^↺ reuse · saves \d+ ms$/, /^↺ reuse/, /^↺ reuse/, /^↺ reuse/);
    await statusBar(/all 5 reused, saves/);
    await workbench.webview('.task-row');
  });

  it('names the place of a change when a helper is saved', async () => {
    await workbench.palette('View: Close All Editors');
    await workbench.openFile('flow.workflow.yaml');
    await workbench.openFile('helpers.py');
    await workbench.palette('View: Move Editor into Right Group');
    await page.keyboard.press('Control+B');
    await retypeAndSave(toHelpers(3));
    await drawn(/^↺ reuse/, /^▶ will run: .*helpers\.py:3/, /^◇ perhaps: reused if clean gives/, /^◇ perhaps/);
    await statusBar(/1 of 5 reused, saves \d+ ms · 1 will run/);
    await workbench.screenshot('plan-saved');
  });

  it('leads from the reason to the line', async () => {
    await page
      .locator('.monaco-editor .view-line')
      .filter({ hasText: 'demo/clean' })
      .getByText('clean', { exact: true })
      .first()
      .click(visible);
    await workbench.palette('Show or Focus Hover');
    const hover = page.locator('.monaco-hover:visible').filter({ hasText: 'will run' });
    await hover.first().waitFor(visible);
    await workbench.screenshot('plan-hover');
    await hover
      .getByRole('link', { name: 'helpers.py:3' })
      .or(hover.locator('a', { hasText: 'helpers.py:3' }))
      .first()
      .click(visible);
    await page.locator('.tab.active', { hasText: 'helpers.py' }).first().waitFor(visible);
    await page.locator('.statusbar-item', { hasText: 'Ln 3, Col 1' }).waitFor(visible);
  });

  it('stands above the function that will run, and leads to the line from there', async () => {
    await workbench.openFile('clean/main.py');
    const lens = page.locator(`${active} .codelens-decoration a`).filter({ hasText: /flow: will run: .*helpers\.py:3/ });
    await lens.first().waitFor(visible);
    await page
      .locator(`${active} .codelens-decoration a`)
      .filter({ hasText: /last run: executed in/ })
      .first()
      .waitFor(visible);
    await workbench.screenshot('plan-lens');
    await lens.first().click(visible);
    await page.locator('.statusbar-item', { hasText: 'Ln 3, Col 1' }).waitFor(visible);
  });

  it('stands at the steps of the tree', async () => {
    await page.locator('.activitybar').getByRole('tab', { name: 'Cairn' }).click(visible);
    const row = page.getByRole('treeitem', { name: /^demo\/flow, 4 steps/ });
    await row.first().waitFor(visible);
    await row.first().locator('.monaco-tl-twistie').click(visible);
    await page.getByRole('treeitem', { name: /^clean, will run/ }).waitFor(visible);
    await page.getByRole('treeitem', { name: /^load, reuse/ }).waitFor(visible);
    await workbench.screenshot('plan-tree');
  });

  it('is drawn on the graph, over the run that it is not of any more', async () => {
    await workbench.palette('Cairn: Show Graph');
    await workbench.pick('demo/flow');
    graph = await workbench.webview('.frame');
    await graph.locator('#step-clean').getByText('would run').waitFor(visible);
    await graph.locator('#step-load').getByText('would be reused').waitFor(visible);
    await graph.locator('#step-clean').click(visible);
    await graph.locator('aside').getByRole('button', { name: 'helpers.py:3' }).click(visible);
    await page.locator('.tab.active', { hasText: 'helpers.py' }).first().waitFor(visible);
    await page.locator('.statusbar-item', { hasText: 'Ln 3, Col 1' }).waitFor(visible);
  });

  for (const [theme, name] of THEMES) {
    it(`can be read on the graph by everyone in ${theme}`, async () => {
      await workbench.palette('Preferences: Color Theme');
      await workbench.pick(theme);
      await graph.locator('aside').getByRole('button', { name: 'helpers.py:3' }).waitFor(visible);
      assert.deepEqual(await findBarriers(graph), []);
      await workbench.screenshot(`plan-${name}`);
    });
  }

  it('is gone when it was run, and the run says why it ran', async () => {
    await workbench.palette('Cairn: Run');
    await workbench.pick('demo/flow');
    await drawn(/^↺ reuse/, /^↺ reuse/, /^↺ reuse/, /^↺ reuse/);
    await workbench.palette('Cairn: Show Run');
    await workbench.pick('demo/flow');
    const run = await workbench.webview('.task-row');
    await run.locator('.task-row', { hasText: /^clean/ }).click(visible);
    await run.locator('.detail').getByRole('button', { name: 'helpers.py:3' }).first().waitFor(visible);
    assert.deepEqual(await findBarriers(run), []);
    await workbench.screenshot('plan-run-why');
  });

  it('is shown of a fork before it runs', async () => {
    await workbench.palette('View: Close All Editors');
    await workbench.openFile('helpers.py');
    await retypeAndSave(toHelpers(4));
    await statusBar(/1 of 5 reused/);
    await workbench.palette('Cairn: Fork from Here…');
    await workbench.pick('demo/flow');
    await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'clean, train' }).waitFor(visible);
    await workbench.screenshot('plan-fork');
    await workbench.pick('Fork', 'Fork of flow');
    await statusBar(/all 5 reused/);
    const { runs } = RunsDocument.parse(await shipped.cairn('runs'));
    const { origin, steps } = RunDocument.parse(await shipped.cairn('show', runs[0]?.run ?? 'none'));
    assert.deepEqual([origin?.kind, origin?.run], ['fork', runs[1]?.run]);
    assert.deepEqual(
      steps.map((step) => step.decision),
      ['reused', 'executed', 'executed', 'executed', 'executed'],
    );
  });

  it('is told of two runs afterwards, by what made them differ', async () => {
    await workbench.palette('Cairn: Compare Runs…');
    await workbench.pick('demo/flow');
    await workbench.pick('demo/flow');
    const compare = await workbench.webview('main.compare');
    await compare.getByRole('row', { name: /^clean code/ }).click(visible);
    await compare
      .getByText(/RATE in helpers\.py:3 changed: 3 → 4/)
      .first()
      .waitFor(visible);
  });

  it('is drawn at two hundred steps a moment after the save', async () => {
    await workbench.palette('View: Close All Editors');
    await workbench.openFile('wide.workflow.yaml');
    await workbench.openFile('helpers.py');
    await workbench.palette('View: Move Editor into Right Group');
    await waitFor('the plan', async () => (await readAfterTexts(page)).some((text) => text.startsWith('↺')), 60);
    const took: number[] = [];
    for (const rate of [5, 6, 7, 8, 9]) {
      await measureRepaint(page, `→ ${String(rate)}`);
      await retypeAndSave(toHelpers(rate));
      took.push(await waitFor('the paint', () => page.evaluate(() => (globalThis as { repaint?: number }).repaint), 60));
      await statusBar(/1 of 201 reused, .*200 will run/);
    }
    process.stdout.write(`  plan of 200 steps drawn ${took.map((one) => one.toFixed(0)).join(', ')} ms after the key that saves\n`);
    await workbench.screenshot('plan-wide');
  });

  it('has thrown nothing', () => assert.deepEqual(workbench.pageErrors, []));
});
