import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Frame, Page } from 'playwright-core';
import { AgentStatusDocument, RunDocument, RunsDocument } from '../../rde-agent/protocol/documents.ts';
import { cleanUpAfter } from '../support/workbench/cleanUp.ts';
import { openShipped, shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';
import { isStored } from '../support/workbench/storedState.ts';
import { waitFor } from '../support/waitFor.ts';
import type { Workbench } from '../support/workbench/workbench.ts';

const visible = { timeout: 30_000 };

/** Typed: the editor keeps the indentation of the line before by itself. Slow enough to be seen running. */
function toCode(factor: number): string {
  const body = [
    '    time.sleep(5)',
    'print("scaling", len(records), "records")',
    `return {"total": ${factor} * sum(row["square"] for row in records)}`,
  ];
  return ['import time', '', 'def scaled(records):', ...body].join('\n');
}

/** Replaces the text of the open editor as a person would. */
async function retype(page: Page, text: string): Promise<void> {
  // In whichever group it is: a panel may have been clicked into.
  await page.locator('.editor-group-container .monaco-editor .view-lines').first().click(visible);
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(text);
}

async function clickTitle(page: Page, name: string): Promise<void> {
  await page.locator('.editor-group-container.active .editor-actions').getByRole('button', { name, exact: true }).click(visible);
}

describe('the VSIX alone, from an empty folder to a reused run', function () {
  this.timeout(90_000);
  let shipped: ShippedExtension;
  let workbench: Workbench;
  let page: Page;
  let panel: Frame;

  before(async function () {
    this.timeout(180_000);
    shipped = await shipExtension();
    writeFileSync(path.join(shipped.folder, 'notes.md'), 'A folder with a note.\n');
    workbench = await openShipped(shipped, { hideRepository: process.getuid?.() === 0 });
    page = workbench.page;
  });

  cleanUpAfter('journey', () => ({ workbench, shipped }));

  async function show(run: string): Promise<RunDocument> {
    return RunDocument.parse(await shipped.cairn('show', run));
  }

  async function newestRun(): Promise<RunDocument> {
    const { runs } = RunsDocument.parse(await shipped.cairn('runs'));
    return show(runs[0]?.run ?? 'none');
  }

  function text(words: string): Promise<void> {
    return panel.getByText(words, { exact: true }).first().waitFor(visible);
  }

  it('makes the folder a workspace from the welcome view', async () => {
    await page.locator('.activitybar').getByRole('tab', { name: 'Cairn' }).click(visible);
    await page.getByRole('button', { name: 'Initialize Workspace' }).click(visible);
    await workbench.pick('Create 5 files');
    await page.getByRole('treeitem', { name: /demo\/squares/ }).waitFor(visible);
  });

  it('scaffolds a module by the palette, showing it before', async () => {
    await workbench.palette('Cairn: New Module');
    await workbench.answer('demo/scaled', 'name');
    await workbench.pick('data', 'kind');
    await workbench.answer('records: json', 'inputs');
    await workbench.answer('total: json', 'outputs');
    await workbench.pick('Create', '(5/5)');
    await page.locator('.tab.active', { hasText: 'scaled.py' }).waitFor(visible);
    await page.getByRole('treeitem', { name: /demo\/scaled/ }).waitFor(visible);
  });

  it('scaffolds a workflow of the two modules', async () => {
    await workbench.palette('Cairn: New Workflow');
    await workbench.answer('demo/journey', 'name');
    await workbench.pick('demo/squares', 'step 1');
    await workbench.pick('demo/scaled', 'step 2');
    await workbench.pick('Done', 'step 3');
    await workbench.pick('Create 1 file', '(3/3)');
    await page.locator('.tab.active', { hasText: 'journey.workflow.yaml' }).waitFor(visible);
  });

  it('builds and pushes what was typed', async () => {
    await workbench.openFile('scaled.py');
    await retype(page, toCode(1));
    await workbench.palette('Cairn: Build');
    await workbench.notified('Built');
    await clickTitle(page, 'Push');
    await workbench.notified('Pushed');
  });

  it('runs with one click and is watched until it has succeeded', async () => {
    await clickTitle(page, 'Run');
    panel = await workbench.webview('.task-row');
    await panel.locator('.task-row', { hasText: 'scaled' }).getByText('running').waitFor(visible);
    await panel.locator('header').getByText('succeeded').waitFor(visible);
    await text('0 of 2 tasks reused');
    const run = await newestRun();
    assert.equal(run.state, 'succeeded');
    assert.deepEqual(
      run.steps.map((step) => [step.step, step.decision]),
      [
        ['squares', 'executed'],
        ['scaled', 'executed'],
      ],
    );
  });

  it('reuses all of it the second time, and says so', async () => {
    const first = await newestRun();
    await workbench.palette('Cairn: Run');
    await panel.getByText(/2 of 2 tasks reused/).waitFor(visible);
    assert.equal(await panel.locator('.task-row').getByText('reused').count(), 2);
    const second = await newestRun();
    assert.notEqual(second.run, first.run);
    assert.deepEqual(
      second.steps.map((step) => step.decision),
      ['reused', 'reused'],
    );
    const reason = second.steps[1]?.reasons[0]?.message ?? '';
    await panel.locator('.task-row', { hasText: 'scaled' }).click(visible);
    assert.ok((await panel.locator('.detail .why').first().getAttribute('title'))?.includes(reason), reason);
  });

  it('runs exactly what a changed constant touches', async () => {
    await retype(page, toCode(2));
    await clickTitle(page, 'Run');
    await panel.getByText(/1 of 2 tasks reused/).waitFor(visible);
    await panel.locator('header').getByText('succeeded').waitFor(visible);
    const run = await newestRun();
    assert.deepEqual(
      run.steps.map((step) => [step.step, step.decision]),
      [
        ['squares', 'reused'],
        ['scaled', 'executed'],
      ],
    );
    assert.equal(run.steps[1]?.reasons[0]?.kind, 'code');
  });

  it('shows the same run in the same place after the window was loaded again', async () => {
    const { run } = await newestRun();
    await waitFor('the editor has stored its panels', () => isStored(page, run), 60);
    await page.reload();
    panel = await workbench.webview('.task-row');
    await panel.getByText(/1 of 2 tasks reused/).waitFor(visible);
  });

  it('starts the agent again when it has died, and keeps what it showed', async () => {
    const { pid } = AgentStatusDocument.parse(await shipped.cairn('agent', 'status'));
    process.kill(pid, 'SIGKILL');
    await waitFor(
      'another agent',
      async () => {
        const status = AgentStatusDocument.safeParse(await shipped.cairn('agent', 'status').catch(() => undefined));
        return status.success && status.data.pid !== pid;
      },
      30,
    );
    await panel.locator('.offline').waitFor({ state: 'detached', timeout: 30_000 });
    assert.equal(await panel.locator('.task-row').count(), 2);
  });
});
