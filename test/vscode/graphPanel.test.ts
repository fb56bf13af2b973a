import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Frame, Page } from 'playwright-core';
import { moduleFiles } from '../support/smallWorkspace.ts';
import { writeFiles } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';
import { findBarriers, THEMES } from '../support/workbench/accessibility.ts';
import { cleanUpAfter } from '../support/workbench/cleanUp.ts';
import { openShipped, shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';
import type { Workbench } from '../support/workbench/workbench.ts';

const visible = { timeout: 30_000 };
/** steps of the large workflow, and how many stand side by side */
const LARGE = 2000;
const WIDE = 54;

function toLargeWorkflow(): string {
  const steps = Array.from({ length: LARGE }, (_, index) => {
    const above = index - WIDE;
    const needs = above < 0 ? '' : `, in: { value: step${above}.out }`;
    return `  step${index}: { module: demo/${above < 0 ? 'load' : 'double'}${needs} }\n`;
  });
  return `workflow: demo/large\nsteps:\n${steps.join('')}`;
}

const files = {
  'cairn.yaml': 'workspace: demo\nmodules: [modules/**]\nworkflows: [workflows/**]\n',
  'workflows/outer.workflow.yaml':
    'workflow: demo/outer\nsteps:\n  load: { module: demo/load }\n  twice: { module: demo/double, in: { value: load.out } }\n  check: { workflow: demo/inner, in: { rows: twice.out } }\n  last: { module: demo/double, in: { value: check.score } }\noutputs: { score: check.score }\n',
  'workflows/inner.workflow.yaml':
    'workflow: demo/inner\ninputs: { rows: json }\nsteps:\n  fit: { module: demo/double, in: { value: inputs.rows } }\n  score: { module: demo/check, in: { value: fit.out } }\noutputs: { score: score.out }\n',
  'workflows/large.workflow.yaml': toLargeWorkflow(),
  ...moduleFiles('demo/load', { code: 'def run():\n    return {"out": [1, 2, 3]}\n' }),
  ...moduleFiles('demo/double', { inputs: '{ value: json }', code: 'def run(value):\n    return {"out": [value, 2]}\n' }),
  ...moduleFiles('demo/check', {
    inputs: '{ value: json }',
    code: 'def run(value):\n    raise ValueError("<b>not</b> good enough")\n',
  }),
};

describe('the graph of a workflow', function () {
  this.timeout(120_000);
  let shipped: ShippedExtension;
  let workbench: Workbench;
  let page: Page;
  let graph: Frame;

  before(async function () {
    this.timeout(180_000);
    shipped = await shipExtension();
    writeFiles(shipped.folder, files);
    // The save dialog of the page, where the test can type a name: a browser's own cannot be reached.
    const settings = { 'files.simpleDialog.enable': true };
    workbench = await openShipped(shipped, { settings });
    page = workbench.page;
  });

  cleanUpAfter('graph', () => ({ workbench, shipped }));

  const selected = (): Promise<string | null> => graph.locator('.frame [aria-selected="true"]').getAttribute('id');
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };

  /** Its page is made anew whenever another tab has covered it. */
  const toGraph = async (): Promise<void> => {
    await page.locator('.tab', { hasText: 'outer · graph' }).click(visible);
    graph = await workbench.webview('.frame');
    await graph.locator('[id="step-load"]').waitFor(visible);
  };

  it('shows what is nested in place, as far as it can be seen at once', async () => {
    await workbench.openFile('outer.workflow.yaml');
    await workbench.palette('Cairn: Show Graph');
    graph = await workbench.webview('.frame');
    for (const step of ['load', 'twice', 'check/fit', 'check/score', 'last']) await graph.locator(`[id="step-${step}"]`).waitFor(visible);
  });

  it('collapses and expands by the keyboard, and the step stays where it is', async () => {
    await graph.locator('.frame').focus();
    await press('ArrowDown', 'ArrowDown', 'ArrowDown');
    assert.equal(await selected(), 'step-check');
    const head = await graph.locator('[id="step-check"] .group-head').boundingBox();
    await press('Space');
    await graph.locator('[id="step-check/fit"]').waitFor({ state: 'detached', timeout: 30_000 });
    const box = await graph.locator('[id="step-check"]').boundingBox();
    assert.ok(Math.abs((box?.x ?? 0) - (head?.x ?? 0)) < 3 && Math.abs((box?.y ?? 0) - (head?.y ?? 0)) < 3, 'it has moved on the screen');
    await press('Space');
    await graph.locator('[id="step-check/fit"]').waitFor(visible);
  });

  it('shows what a run would do, then the run with the runs inside it', async () => {
    await graph.getByRole('button', { name: 'Plan' }).click();
    await graph.locator('[id="step-load"]').getByText('would run').waitFor(visible);
    await graph.getByRole('button', { name: 'Run', exact: true }).click();
    await graph.locator('[id="step-check/score"]').getByText('failed').waitFor(visible);
    await graph.locator('header').getByText('0 of 5 tasks reused').waitFor(visible);
    await graph.getByRole('radio', { name: 'Cache' }).click();
    await graph.locator('[id="step-load"]').getByText('nothing reused').waitFor(visible);
    await graph.getByRole('radio', { name: 'State' }).click();
  });

  it('leads to what failed, its reason and its line, by the keyboard alone', async () => {
    await graph.locator('.frame').focus();
    await press('e');
    assert.equal(await selected(), 'step-check/score');
    await graph.locator('aside').getByText('<b>not</b> good enough').waitFor(visible);
    await press('Enter');
    await page.locator('.tab.active', { hasText: 'main.py' }).waitFor(visible);
    await page.locator('.view-line', { hasText: 'raise ValueError' }).waitFor(visible);
    await page.locator('.statusbar-item', { hasText: 'Ln 2, Col 1' }).waitFor(visible);
    await graph.locator('.frame').focus();
    await press('Alt+Enter');
    await page.locator('.tab.active', { hasText: '.log' }).waitFor(visible);
  });

  it('finds steps by their names, and focuses on what is upstream', async () => {
    await toGraph();
    await graph.locator('.frame').focus();
    await press('/');
    await page.keyboard.type('fit');
    await graph.getByText('1', { exact: true }).waitFor(visible);
    await press('Enter');
    assert.equal(await selected(), 'step-check/fit');
    assert.match((await graph.locator('[id="step-last"]').getAttribute('class')) ?? '', /faint/);
    await press('Escape');
    await graph.locator('[id="step-last"]:not(.faint)').waitFor(visible);
    await press('[');
    await graph.locator('[id="step-last"].faint').waitFor(visible);
    assert.equal(await graph.locator('[id="step-load"].faint').count(), 0);
    await press('Escape');
  });

  it('says why the steps ran, and leads to each', async () => {
    await graph.getByRole('button', { name: /why the other \d+ ran/ }).click();
    const list = graph.getByRole('dialog', { name: 'Why these ran' });
    assert.match(await list.innerText(), /load/);
    await list.getByRole('button', { name: 'twice' }).click();
    assert.equal(await selected(), 'step-twice');
    await press('Escape');
  });

  it('holds all steps in a tree, with their states', async () => {
    await graph.locator('[role=tree]').focus();
    await press('End');
    const last = graph.locator('[role=treeitem][aria-selected="true"]');
    await last.filter({ hasText: 'last' }).waitFor(visible);
    await press('Home');
    await last.filter({ hasText: 'load' }).waitFor(visible);
    assert.match((await graph.locator('[id="row-check/score"]').innerText()) ?? '', /failed/);
    assert.equal(await graph.locator('[id="row-check/score"]').getAttribute('aria-level'), '2');
    await workbench.screenshot('graph-tree');
  });

  for (const [format, ending, start] of [
    ['SVG', 'svg', '<svg'],
    ['PNG', 'png', '\u{fffd}PNG'],
    ['Mermaid', 'mmd', 'flowchart'],
    ['JSON', 'json', '{'],
  ] as const) {
    it(`is saved as ${format}`, async () => {
      const target = path.join(shipped.folder, `picture.${ending}`);
      await graph.getByRole('button', { name: 'Export', exact: true }).click();
      await graph.getByRole('button', { name: `Export ${format}` }).click();
      await answerDialog(page, target);
      const text = await waitFor(`the ${format}`, () => Promise.resolve(readSaved(target)), 30);
      assert.ok(text.startsWith(start), text.slice(0, 40));
      assert.ok(format === 'PNG' || text.includes('score'));
    });
  }

  for (const [theme, name] of THEMES) {
    it(`can be read by everyone in ${theme}`, async () => {
      await workbench.palette('Preferences: Color Theme');
      await workbench.pick(theme);
      await toGraph();
      await graph.locator('.frame').focus();
      await press('f');
      assert.deepEqual(await findBarriers(graph), [], theme);
      await workbench.screenshot(`graph-nested-${name}`);
    });
  }

  it('looks as it was left when it comes back into sight', async () => {
    await toGraph();
    await graph.locator('.frame').focus();
    await press('f');
    await graph.locator('[id="step-check"] .group-head').dblclick();
    await graph.locator('[id="step-check/fit"]').waitFor({ state: 'detached', timeout: 30_000 });
    await workbench.openFile('outer.workflow.yaml');
    await workbench.palette('Cairn: Show Graph');
    graph = await workbench.webview('[id="step-check"]');
    assert.equal(await graph.locator('[id="step-check/fit"]').count(), 0);
  });

  it('opens a workflow of two thousand steps where it can be read', async () => {
    await workbench.openFile('large.workflow.yaml');
    await workbench.palette('Cairn: Show Graph');
    await page.locator('.tab.active', { hasText: 'large · graph' }).waitFor(visible);
    graph = await workbench.webview('[id="step-step0"]');
    const marks = "['graph-model', 'graph-painted'].map((name) => performance.getEntriesByName(name)[0].startTime)";
    const [model = 0, painted = 0] = await graph.evaluate<readonly number[]>(marks);
    console.log(
      `      2,000 steps: ${Math.round(painted - model)} ms from the data to the first picture, ${Math.round(painted)} from opening`,
    );
    assert.ok((await graph.locator('.node').count()) < 400, 'only what is near is an element');
    await workbench.screenshot('graph-large');
    await graph.locator('.frame').focus();
    await press('/');
    await page.keyboard.type('step1999');
    await press('Enter');
    await graph.locator('[id="step-step1999"][aria-selected="true"]').waitFor(visible);
    await press('Escape', 'f');
    await workbench.screenshot('graph-large-far');
    assert.deepEqual(workbench.pageErrors, []);
  });
});

/** The dialog proposes a name by itself: it is there when it has. */
async function answerDialog(page: Page, target: string): Promise<void> {
  const field = page.locator('.quick-input-widget input[type=text]').first();
  const ending = path.extname(target);
  await waitFor('the save dialog', async () => (await field.isVisible()) && (await field.inputValue()).endsWith(ending), 30);
  await field.fill(target);
  await page.locator('.quick-input-widget').getByRole('button', { name: 'OK' }).click(visible);
}

function readSaved(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8') || undefined;
  } catch {
    return undefined; // not there yet
  }
}
