import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { FLIGHTS } from '../support/editorWorkspace.ts';
import { writeFiles } from '../support/tempFolder.ts';
import { cleanUpAfter } from '../support/workbench/cleanUp.ts';
import { openShipped, shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';
import type { Workbench } from '../support/workbench/workbench.ts';

const visible = { timeout: 30_000 };
const FLOW = 'workflows/train.workflow.yaml';

describe('writing a workflow', function () {
  this.timeout(60_000);
  let shipped: ShippedExtension;
  let workbench: Workbench;
  let page: Page;

  before(async function () {
    this.timeout(180_000);
    shipped = await shipExtension();
    writeFiles(shipped.folder, FLIGHTS);
    workbench = await openShipped(shipped, {
      settings: { 'files.autoSave': 'off' },
      hideRepository: process.getuid?.() === 0,
    });
    page = workbench.page;
    await workbench.openFile('train.workflow.yaml');
  });

  cleanUpAfter('editor', () => ({ workbench, shipped }));

  const editor = () => page.locator('.editor-group-container.active .monaco-editor').first();

  /** Puts the cursor on a line and column, both from 1, as a person does with Ctrl+G. */
  async function goTo(line: number, column: number): Promise<void> {
    await page.keyboard.press('Control+G');
    await workbench.answer(`:${line}:${column}`);
    await page.locator('.statusbar-item', { hasText: `Ln ${line}, Col ${column}` }).waitFor(visible);
  }

  it('shows what can be done above it, and when it fires next', async () => {
    for (const title of ['Run', 'Plan', 'Graph'])
      await editor().locator('.codelens-decoration a', { hasText: title }).first().waitFor(visible);
    await editor()
      .getByText(/next: \w{3} \d{4}-\d\d-\d\d 03:00/)
      .first()
      .waitFor(visible);
    await workbench.screenshot('editor-lenses');
  });

  it('colours what the small grammar says', async () => {
    await goTo(9, 34);
    await workbench.palette('Developer: Inspect Editor Tokens and Scopes');
    const scopes = page.locator('.token-inspect-widget');
    await scopes
      .getByText(/variable\.parameter\.cairn/)
      .first()
      .waitFor(visible);
    await scopes
      .getByText(/source\.cairn\.workflow/)
      .first()
      .waitFor(visible);
    await page.keyboard.press('Escape');
  });

  it('marks a wrong name while it is typed', async () => {
    await goTo(7, 26);
    await page.keyboard.type('x');
    await editor().locator('.squiggly-error').first().waitFor(visible);
    await workbench.screenshot('editor-error');
    await page.keyboard.press('Backspace');
    await editor().locator('.squiggly-error').first().waitFor({ state: 'detached', timeout: 30_000 });
  });

  it('completes references', async () => {
    await goTo(12, 27);
    await page.keyboard.press('Control+Space');
    await page.locator('.suggest-widget .monaco-list-row', { hasText: 'clean.clean' }).first().waitFor(visible);
    await workbench.screenshot('editor-completion');
    await page.keyboard.press('Escape');
  });

  it('shows the contract of a module', async () => {
    await goTo(7, 20);
    await workbench.palette('Show or Focus Hover');
    await page
      .locator('.monaco-hover')
      .getByText(/param limit: int = 7/)
      .first()
      .waitFor(visible);
    await workbench.screenshot('editor-hover');
    await page.keyboard.press('Escape');
  });

  it('renames a step everywhere', async () => {
    await goTo(10, 4);
    await page.keyboard.press('F2');
    const box = page.locator('.rename-box input');
    await box.waitFor(visible);
    await box.fill('fit');
    await workbench.screenshot('editor-rename');
    await page.keyboard.press('Enter');
    await editor().getByText('fit[*].model').first().waitFor(visible);
    await page.keyboard.press('Control+S');
    await page.locator('.tab.active:not(.dirty)', { hasText: 'train.workflow.yaml' }).waitFor(visible);
    const expected = (FLIGHTS[FLOW] ?? '').replace('  train:   #', '  fit:   #').replace('train[*]', 'fit[*]');
    assert.equal(readFileSync(path.join(shipped.folder, FLOW), 'utf8'), expected);
  });

  it('goes to the function of a step, where its own lenses stand', async () => {
    await goTo(7, 20);
    await page.keyboard.press('F12');
    await page.locator('.peekview-widget').first().waitFor(visible);
    await workbench.screenshot('editor-definition');
    await page.keyboard.press('Escape');
    await workbench.openFile('clean.py');
    await editor().locator('.codelens-decoration a', { hasText: 'used by 1 workflow' }).waitFor(visible);
    await editor().locator('.codelens-decoration a', { hasText: 'Why did it run?' }).waitFor(visible);
    await workbench.screenshot('editor-function');
  });

  it('has thrown nothing', () => {
    assert.deepEqual(workbench.pageErrors, []);
  });
});
