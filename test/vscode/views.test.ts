import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { RunsDocument } from '../../rde-agent/protocol/documents.ts';
import { SLOW, writeStudio } from '../support/studioWorkspace.ts';
import { waitFor } from '../support/waitFor.ts';
import { cleanUpAfter } from '../support/workbench/cleanUp.ts';
import { openShipped, shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';
import type { Workbench } from '../support/workbench/workbench.ts';

const visible = { timeout: 30_000 };
const flow = 'studio/nightly';
const VIEWS = ['Modules', 'Workflows', 'Runs', 'Clusters', 'Environments', 'Datasets', 'Schedules'];

describe('the views', function () {
  this.timeout(90_000);
  let shipped: ShippedExtension;
  let workbench: Workbench;
  let page: Page;

  before(async function () {
    this.timeout(180_000);
    shipped = await shipExtension();
    writeStudio(shipped.folder, SLOW);
    workbench = await openShipped(shipped);
    page = workbench.page;
  });

  cleanUpAfter('views', () => ({ workbench, shipped }));

  const pane = (name: string): Locator => page.locator('.pane', { has: page.locator(`.pane-header[aria-label^="${name} "]`) });
  const row = (view: string, text: string): Locator => pane(view).locator('.monaco-list-row', { hasText: text }).first();

  /** Opens a view as the palette does, with all others folded. */
  async function open(view: string): Promise<void> {
    await workbench.palette(`Cairn: Focus on ${view} View`);
    await pane(view).locator('.pane-header[aria-expanded=true]').waitFor(visible);
    for (const other of VIEWS.filter((name) => name !== view)) {
      const header = pane(other).locator('.pane-header[aria-expanded=true]');
      if ((await header.count()) > 0) await header.click({ position: { x: 8, y: 8 } });
    }
  }

  /** By the arrow before it: a click on the row opens its file. */
  async function unfold(view: string, text: string): Promise<void> {
    await row(view, text).locator('.monaco-tl-twistie').click(visible);
    await pane(view).locator('.monaco-list-row[aria-expanded=true]', { hasText: text }).waitFor(visible);
  }

  it('show modules by namespace', async () => {
    await open('Modules');
    await row('Modules', 'double').waitFor(visible);
    await row('Modules', 'shared').waitFor(visible);
  });

  it('show workflows with their steps', async () => {
    await open('Workflows');
    await unfold('Workflows', flow);
    await row('Workflows', 'total').waitFor(visible);
  });

  it('show environments with the state of their locks', async () => {
    await open('Environments');
    await row('Environments', 'plain').waitFor(visible);
    await workbench.screenshot('views-environments');
  });

  it('show datasets with columns and labels', async () => {
    await open('Datasets');
    await row('Datasets', 'studio/people').waitFor(visible);
    await unfold('Datasets', 'studio/people');
    await unfold('Datasets', 'Columns');
    await row('Datasets', 'restricted').waitFor(visible);
    await workbench.screenshot('views-datasets');
  });

  it('take nothing that a file says for markup', async () => {
    await open('Modules');
    await row('Modules', 'double').hover();
    const hover = page.locator('.monaco-hover', { hasText: 'onerror' });
    await hover.waitFor(visible);
    assert.equal(await hover.locator('img, a, .codicon-flame').count(), 0);
    assert.ok((await hover.textContent())?.includes('**bold**'));
    assert.equal(await page.evaluate('globalThis.pwned'), undefined);
    await page.keyboard.press('Escape');
  });

  it('show schedules with their next times once they are pushed', async () => {
    await open('Schedules');
    await pane('Schedules').getByText('No pushed workflow has a schedule.').waitFor(visible);
    await pane('Schedules').getByRole('button', { name: 'Push' }).click(visible);
    await row('Schedules', flow).waitFor(visible);
    await unfold('Schedules', flow);
    await waitFor('five times', async () => (await pane('Schedules').locator('.monaco-list-row').count()) === 6, 30);
    await row('Schedules', flow).hover();
    await row('Schedules', flow).getByRole('button', { name: 'Start Schedule' }).click(visible);
    await row('Schedules', flow)
      .getByText(/^active/)
      .waitFor(visible);
    await workbench.screenshot('views-schedules');
    await shipped.cairn('schedule', 'pause', flow);
    await row('Schedules', flow)
      .getByText(/^paused/)
      .waitFor(visible);
  });

  it('show runs as they go, and who holds a place meanwhile', async () => {
    await open('Runs');
    await pane('Runs').getByText('Nothing has run yet.').waitFor(visible);
    await shipped.cairn('run', 'studio/slow', '--detach');
    await row('Runs', 'slow').getByText('running').waitFor(visible);
    await open('Clusters');
    await row('Clusters', 'wait').waitFor(visible);
    await row('Clusters', '1 of').waitFor(visible);
    await workbench.screenshot('views-clusters');
    await workbench.palette('Cairn: Cancel');
    await row('Clusters', '0 of').waitFor(visible);
  });

  it('compare two runs that are marked', async () => {
    for (const factor of [2, 3]) await shipped.cairn('run', flow, '--detach', '--param', `factor=${factor}`);
    await waitFor(
      'both',
      async () => {
        const { runs } = RunsDocument.parse(await shipped.cairn('runs'));
        return runs.filter(({ state }) => state === 'succeeded').length === 2;
      },
      60,
    );
    await open('Runs');
    await pane('Runs').locator('.monaco-list-row', { hasText: 'nightly' }).nth(1).waitFor(visible);
    for (const index of [0, 1]) {
      await pane('Runs')
        .locator('.monaco-list-row', { hasText: 'nightly' })
        .nth(index)
        .click({ modifiers: ['ControlOrMeta'] });
    }
    await waitFor('two marked rows', async () => (await pane('Runs').locator('.monaco-list-row.selected').count()) === 2, 10);
    await workbench.screenshot('views-runs');
    await workbench.palette('Cairn: Compare Runs…');
    await page.locator('.tab.active', { hasText: 'compared' }).waitFor(visible);
  });
});
