import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { THEMES } from '../support/workbench/accessibility.ts';
import { cleanUpAfter } from '../support/workbench/cleanUp.ts';
import { openShipped, shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';
import type { Workbench } from '../support/workbench/workbench.ts';

const visible = { timeout: 60_000 };
const STEPS = ['open', 'run', 'why', 'plan', 'share'];

describe('the walkthrough', function () {
  this.timeout(120_000);
  let shipped: ShippedExtension;
  let workbench: Workbench;
  let page: Page;

  before(async function () {
    this.timeout(180_000);
    shipped = await shipExtension();
    writeFileSync(path.join(shipped.folder, 'notes.md'), 'A note.\n');
    workbench = await openShipped(shipped);
    page = workbench.page;
  });

  cleanUpAfter('walkthrough', () => ({ workbench, shipped }));

  function step(id: string): Locator {
    return page.locator(`[data-step-id$="#${id}"]`);
  }

  it('has five steps with a picture each, before any workspace is there', async () => {
    await workbench.palette('Welcome: Open Walkthrough...');
    await workbench.pick('Get Started with Cairn');
    await step('open').first().waitFor(visible);
    for (const id of STEPS) assert.equal((await step(id).count()) > 0, true, id);
    await page.getByRole('button', { name: 'Open the Example' }).first().waitFor(visible);
  });

  for (const [theme, name] of THEMES) {
    it(`is drawn in ${theme}`, async () => {
      await workbench.palette('Preferences: Color Theme');
      await workbench.pick(theme);
      await page.locator(`.monaco-workbench.${toThemeClass(theme)}`).waitFor(visible);
      await workbench.screenshot(`walkthrough-${name}`);
    });
  }

  it('copies the example into a folder of the user’s own, and shows it', async () => {
    const opened = page.context().waitForEvent('page', visible);
    await page.getByRole('button', { name: 'Open the Example' }).first().click();
    await workbench.pick('In a new folder');
    const other = await opened;
    const root = path.join(shipped.folder, '../cairn-flights');
    await other.locator('.tab', { hasText: 'train-delay-model.workflow.yaml' }).waitFor(visible);
    await other.locator('.tab', { hasText: 'train-delay-model · graph' }).waitFor(visible);
    for (const file of ['cairn.yaml', 'modules/flights/clean/clean.py', 'environments/python-ml.lock'])
      assert.ok(existsSync(path.join(root, file)), file);
    await other.close();
  });
});

function toThemeClass(theme: string): string {
  if (theme === 'Dark High Contrast') return 'hc-black';
  if (theme === 'Light High Contrast') return 'hc-light';
  return theme.startsWith('Dark') ? 'vs-dark' : 'vs';
}
