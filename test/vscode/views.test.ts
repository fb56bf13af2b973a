import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { writeStudio } from '../support/studioWorkspace.ts';
import { shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';
import { startWorkbench, type Workbench } from '../support/workbench/workbench.ts';

const visible = { timeout: 30_000 };

describe('the views', function () {
  this.timeout(90_000);
  let shipped: ShippedExtension;
  let workbench: Workbench;
  let page: Page;

  before(async function () {
    this.timeout(180_000);
    shipped = await shipExtension();
    writeStudio(shipped.folder);
    const { folder, vsix, environment } = shipped;
    workbench = await startWorkbench({ folder, vsix, environment, hideRepository: process.getuid?.() === 0 });
    page = workbench.page;
  });

  afterEach(async function () {
    if (this.currentTest?.isFailed()) await workbench.screenshot('views-failed');
  });

  after(async () => {
    await workbench?.[Symbol.asyncDispose]();
    await shipped?.[Symbol.asyncDispose]();
  });

  const pane = (name: string): Locator => page.locator('.pane', { has: page.locator(`.pane-header[aria-label^="${name} "]`) });
  const row = (view: string, text: string): Locator => pane(view).locator('.monaco-list-row', { hasText: text }).first();

  /** Opens a view as the palette does, and everything else in the container is folded by its header. */
  async function open(view: string): Promise<void> {
    await workbench.palette(`Cairn: Focus on ${view} View`);
    await pane(view).locator('.pane-body').waitFor(visible);
  }

  async function fold(view: string): Promise<void> {
    const header = pane(view).locator('.pane-header');
    if ((await header.getAttribute('aria-expanded')) === 'true') await header.click();
  }

  it('show modules by namespace', async () => {
    await open('Modules');
    await row('Modules', 'double').waitFor(visible);
    await row('Modules', 'shared').waitFor(visible);
    await workbench.screenshot('views-modules');
  });

  it('show environments with the state of their locks', async () => {
    await fold('Modules');
    await open('Environments');
    await row('Environments', 'plain').waitFor(visible);
    await workbench.screenshot('views-environments');
  });

  it('show datasets with columns, labels and versions', async () => {
    await open('Datasets');
    await row('Datasets', 'studio/people').click();
    await row('Datasets', 'Columns').click();
    await row('Datasets', 'restricted').waitFor(visible);
    await workbench.screenshot('views-datasets');
  });

  it('show schedules with their next times once they are pushed', async () => {
    await open('Schedules');
    await pane('Schedules').getByText('No pushed workflow has a schedule.').waitFor(visible);
    await workbench.palette('Cairn: Push');
    await row('Schedules', 'studio/nightly').waitFor(visible);
    await workbench.screenshot('views-schedules');
    assert.ok(writeFileSync !== undefined && path.sep !== '');
  });
});
