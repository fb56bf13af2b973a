import assert from 'node:assert/strict';
import type { Frame, Page } from 'playwright-core';
import { moduleFiles } from '../support/smallWorkspace.ts';
import { writeFiles } from '../support/tempFolder.ts';
import { findBarriers, THEMES } from '../support/workbench/accessibility.ts';
import { cleanUpAfter } from '../support/workbench/cleanUp.ts';
import { openShipped, shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';
import type { Workbench } from '../support/workbench/workbench.ts';

const visible = { timeout: 30_000 };
/** A38: what a file or a task could say in the hope of running in a panel. */
const hostile = '<img src=x onerror="window.pwned=1"><svg onload="window.pwned=1"><a href="javascript:window.pwned=1">click</a>';

const workflow = `workflow: demo/pictures
description: ${JSON.stringify(hostile)}
steps:
  load: { module: demo/load }
  clean: { module: demo/clean, in: { rows: load.out } }
  train:
    module: demo/train
    in: { rows: clean.out }
    foreach: { kind: [ridge, forest, boosting] }
    params:
      kind: \${foreach.kind}
  best: { module: demo/best, in: { candidates: 'train[*].out' }, join: all }
  check: { module: demo/check, in: { best: best.out, rows: clean.out } }
`;

const files = {
  'cairn.yaml': 'workspace: demo\nmodules: [modules/**]\nworkflows: [workflows/**]\n',
  'workflows/pictures.workflow.yaml': workflow,
  ...moduleFiles('demo/load', {
    code: 'def run():\n    print("\\033[31mread\\033[0m a thousand rows")\n    return {"out": list(range(1000))}\n',
  }),
  ...moduleFiles('demo/clean', { inputs: '{ rows: json }', code: 'def run(rows):\n    return {"out": rows}\n' }),
  ...moduleFiles('demo/train', {
    inputs: '{ rows: json }',
    params: '{ kind: { type: string } }',
    code: 'from cairn import log_metric\n\ndef run(rows, kind):\n    log_metric("error", 11.3 + len(kind) / 10)\n    return {"out": kind}\n',
  }),
  ...moduleFiles('demo/best', {
    inputs: '{ candidates: { list: json } }',
    code: 'def run(candidates):\n    return {"out": candidates[0]}\n',
  }),
  ...moduleFiles('demo/check', {
    inputs: '{ best: json, rows: json }',
    code: `def run(best, rows):\n    raise ValueError(${JSON.stringify(hostile)})\n`,
  }),
};

describe('the panels', () => {
  let shipped: ShippedExtension;
  let workbench: Workbench;
  let page: Page;
  let graph: Frame;
  let run: Frame;
  const refused: string[] = [];

  before(async function () {
    this.timeout(180_000);
    shipped = await shipExtension();
    writeFiles(shipped.folder, files);
    workbench = await openShipped(shipped);
    page = workbench.page;
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy') && message.location().url.includes('webviews')) refused.push(message.text());
    });
  });

  cleanUpAfter('panels', () => ({ workbench, shipped }));

  async function isTouched(frame: Frame): Promise<boolean> {
    return frame.evaluate<boolean>('window.pwned !== undefined || document.querySelectorAll("img, a, svg[onload]").length > 0');
  }

  it('draw the workflow as it is written', async () => {
    await workbench.openFile('pictures.workflow.yaml');
    await workbench.palette('Cairn: Show Graph');
    graph = await workbench.webview('.frame');
    for (const step of ['load', 'clean', 'train', 'best', 'check']) await graph.locator(`#step-${step}`).waitFor(visible);
  });

  it('show what a run would do before it runs', async () => {
    await graph.getByRole('button', { name: 'Plan' }).click();
    await graph.getByText('Plan: 0 of 7 tasks would be reused').waitFor(visible);
    assert.equal(await graph.locator('#step-load').getByText('would run').count(), 1);
  });

  it('show the run as it happens on the graph', async () => {
    await graph.getByRole('button', { name: 'Run', exact: true }).click();
    await graph.locator('#step-check').getByText('failed').waitFor(visible);
    await graph.locator('#step-train').getByText('3/3').waitFor(visible);
    assert.equal(await graph.locator('#step-train').getByText('executed').count(), 1);
  });

  it('are walked by the keyboard alone', async () => {
    await graph.locator('.frame').focus();
    const selected = (): Promise<string | null> => graph.locator('.node[aria-selected="true"]').getAttribute('id');
    await page.keyboard.press('ArrowDown');
    assert.equal(await selected(), 'step-load');
    for (const step of ['clean', 'train', 'best', 'check']) {
      await page.keyboard.press('ArrowDown');
      assert.equal(await selected(), `step-${step}`);
    }
    await graph.locator('aside').getByText('ValueError').first().waitFor(visible);
    const before = await graph.locator('.plane').getAttribute('style');
    await page.keyboard.press('+');
    assert.notEqual(await graph.locator('.plane').getAttribute('style'), before);
    await page.keyboard.press('f');
    await page.keyboard.press('Enter');
    await page.locator('.tab.active', { hasText: 'main.py' }).waitFor(visible);
  });

  it('tell of a run in a table, with its error and the place of it', async () => {
    await graph.getByRole('button', { name: 'Details' }).click();
    run = await workbench.webview('.task-row');
    await run.locator('.task-row', { hasText: /^check/ }).click();
    await run.locator('.error-text').getByRole('button', { name: 'main.py:2' }).click();
    await page.locator('.tab.active', { hasText: 'main.py' }).waitFor(visible);
    assert.equal(await run.locator('.task-row').count(), 7);
    assert.equal(await run.getByText(/^error/).count(), 3);
  });

  it('show the log of a step as text', async () => {
    await workbench.palette('Cairn: Show Log');
    await workbench.pick('All steps');
    await page.locator('.tab.active', { hasText: 'all steps.log' }).waitFor(visible);
    await page.locator('.view-line', { hasText: '[load] read a thousand rows' }).waitFor(visible);
  });

  for (const [theme, name] of THEMES) {
    it(`can be read by everyone in ${theme}`, async () => {
      await workbench.palette('Preferences: Color Theme');
      await workbench.pick(theme);
      for (const [tab, selector] of [
        ['graph', '.frame'],
        ['failed', '.task-row'],
      ] as const) {
        await page.locator('.tab', { hasText: `pictures · ${tab}` }).click(visible);
        const frame = await workbench.webview(selector);
        await frame.locator(selector).first().waitFor(visible);
        assert.deepEqual(await findBarriers(frame), [], `${tab} in ${theme}`);
        await workbench.screenshot(`${tab === 'graph' ? 'graph' : 'run'}-${name}`);
      }
    });
  }

  it('run nothing of what files and tasks say, and break no rule of their content policy', async () => {
    const frames = [await workbench.webview('.task-row')];
    for (const frame of frames) assert.equal(await isTouched(frame), false);
    assert.equal(await frames[0]?.locator('.error-text').getByText('onerror').first().isVisible(), true);
    assert.deepEqual(refused, []);
    assert.deepEqual(workbench.pageErrors, []);
  });
});
