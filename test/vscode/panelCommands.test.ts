import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { RunDocument, RunsDocument, type RunSummary } from '../../rde-agent/protocol/documents.ts';
import { SLOW, writeStudio } from '../support/studioWorkspace.ts';
import { waitFor } from '../support/waitFor.ts';
import { cleanUpAfter } from '../support/workbench/cleanUp.ts';
import { openShipped, shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';
import { isStored } from '../support/workbench/storedState.ts';
import type { Workbench } from '../support/workbench/workbench.ts';

const visible = { timeout: 30_000 };
const flow = 'studio/nightly';

describe('a command of the palette, with a panel in front', function () {
  this.timeout(120_000);
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

  cleanUpAfter('panel-commands', () => ({ workbench, shipped }));

  const inFront = (text: string): Promise<void> => page.locator('.tab.active', { hasText: text }).first().waitFor(visible);

  async function runs(): Promise<readonly RunSummary[]> {
    return RunsDocument.parse(await shipped.cairn('runs')).runs;
  }

  /** Waits until there are so many runs of the workflow, all ended, and answers the newest. */
  async function ended(count: number): Promise<RunDocument> {
    const newest = await waitFor(
      `${String(count)} runs that have ended`,
      async () => {
        const of = (await runs()).filter(({ workflow }) => workflow === flow);
        return of.length === count && of.every(({ state }) => state === 'succeeded') ? of[0] : undefined;
      },
      60,
    );
    return RunDocument.parse(await shipped.cairn('show', newest.run));
  }

  it('runs and plans the workflow of the graph, without a question', async () => {
    await workbench.openFile('nightly.workflow.yaml');
    await workbench.palette('Cairn: Show Graph');
    const graph = await workbench.webview('#step-double');
    await inFront('nightly · graph');
    await workbench.palette('Cairn: Run');
    await ended(1);
    await graph.locator('#step-total').getByText('executed').waitFor(visible);
    await workbench.palette('Cairn: Plan');
    await graph.getByText('Plan: all 3 tasks would be reused').or(graph.getByText('Plan: 3 of 3 tasks would be reused')).waitFor(visible);
  });

  it('shows the run that is drawn on the graph, and runs that one again', async () => {
    const first = await ended(1);
    await workbench.palette('Cairn: Show Run');
    await inFront('nightly · succeeded');
    await workbench.palette('Cairn: Run Again');
    const again = await ended(2);
    assert.deepEqual([again.origin?.kind, again.origin?.run], ['rerun', first.run]);
  });

  it('asks of a run why only for the step', async () => {
    await inFront('nightly · succeeded');
    await workbench.palette('Cairn: Why Did It Run?');
    await workbench.pick('double');
    await page.locator('.quick-input-title', { hasText: 'Why was double' }).waitFor(visible);
    await workbench.screenshot('panel-commands-why');
    await page.keyboard.press('Escape');
  });

  it('takes the task of an output, and its workflow', async () => {
    await workbench.palette('Cairn: Show Output…');
    await workbench.pick('double');
    await inFront('double · out');
    await workbench.palette('Cairn: Show Log');
    await inFront('double.log');
    await workbench.palette('View: Close Editor');
    await inFront('double · out');
    await workbench.palette('Cairn: Run');
    await ended(3);
  });

  it('asks as without a panel where the run makes no sense: one that has ended is not cancelled', async () => {
    await shipped.cairn('run', 'studio/slow', '--detach');
    await waitFor('it runs', async () => (await runs()).some(({ state }) => state === 'running'), 60);
    await page.locator('.tab', { hasText: 'double · out' }).click(visible);
    await workbench.palette('Cairn: Cancel');
    await waitFor('it is cancelled', async () => (await runs()).some(({ state }) => state === 'cancelled'), 60);
  });

  it('shows the next run in the panel of a run that the window had before it was loaded again', async () => {
    await workbench.palette('View: Close All Editors');
    await workbench.openFile('nightly.workflow.yaml');
    await workbench.palette('Cairn: Run');
    const { run } = await ended(4);
    await workbench.webview('main.run');
    await waitFor('the editor has stored the panel', () => isStored(page, 'cairn.run', run), 60);
    await page.reload();
    await page.locator('.tab', { hasText: 'nightly.workflow.yaml' }).click(visible);
    await workbench.palette('Cairn: Run');
    const { run: next } = await ended(5);
    const panel = await workbench.webview('main.run');
    await waitFor('the next run in it', async () => (await panel.locator('main').innerHTML()).includes(next.slice(0, 8)), 30);
    assert.equal(await page.locator('.tab', { hasText: 'nightly · succeeded' }).count(), 1);
  });
});
