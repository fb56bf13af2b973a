import assert from 'node:assert/strict';
import type { Frame, Page } from 'playwright-core';
import { RunsDocument } from '../../rde-agent/protocol/documents.ts';
import { moduleFiles } from '../support/smallWorkspace.ts';
import { writeFiles } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';
import { cleanUpAfter } from '../support/workbench/cleanUp.ts';
import { openShipped, shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';
import type { Workbench } from '../support/workbench/workbench.ts';

const visible = { timeout: 40_000 };

const files = {
  'cairn.yaml': 'workspace: demo\nmodules: [modules/**]\nworkflows: [workflows/**]\n',
  'workflows/outer.workflow.yaml':
    'workflow: demo/outer\nsteps:\n  load: { module: demo/load }\n  each:\n    module: demo/double\n    in: { value: load.out }\n    foreach: { item: load.out }\n    params: { item: "${foreach.item}" }\n  check: { workflow: demo/inner, in: { rows: load.out } }\noutputs: { score: check.score }\n',
  'workflows/inner.workflow.yaml':
    'workflow: demo/inner\ninputs: { rows: json }\nsteps:\n  score: { module: demo/double, in: { value: inputs.rows }, params: { item: 1 } }\noutputs: { score: score.out }\n',
  ...moduleFiles('demo/load', { code: 'def run():\n    return {"out": [1, 2, 3]}\n' }),
  ...moduleFiles('demo/double', {
    inputs: '{ value: json }',
    params: '{ item: json }',
    code: 'def run(value, item):\n    print("seen", item)\n    return {"out": [item, len(value)]}\n',
  }),
};

describe('a run with a run inside it', function () {
  this.timeout(90_000);
  let shipped: ShippedExtension;
  let workbench: Workbench;
  let page: Page;
  let panel: Frame;

  before(async function () {
    this.timeout(180_000);
    shipped = await shipExtension();
    writeFiles(shipped.folder, files);
    workbench = await openShipped(shipped);
    page = workbench.page;
    await workbench.openFile('outer.workflow.yaml');
    // The agent answers, and the commands know the file.
    await page.locator('.codelens-decoration', { hasText: 'will run' }).first().waitFor(visible);
  });

  cleanUpAfter('nested', () => ({ workbench, shipped }));

  async function runsOf(workflow: string): Promise<RunsDocument['runs']> {
    const { runs } = RunsDocument.parse(await shipped.cairn('runs'));
    return runs.filter((run) => run.workflow === workflow);
  }

  it('lists its tasks, the elements that were found while it ran, and those of the run inside', async () => {
    await workbench.palette('Cairn: Run');
    panel = await workbench.webview('.task-row');
    await panel.locator('header').getByText('succeeded').waitFor(visible);
    await panel.locator('.task-row', { hasText: 'check/score' }).waitFor(visible);
    assert.equal(await panel.locator('.task-row', { hasText: /each\[/ }).count(), 3);
    await workbench.screenshot('run-nested');
  });

  it('shows the log of an inner task', async () => {
    await panel.locator('.task-row', { hasText: 'check/score' }).click(visible);
    await panel.getByRole('button', { name: 'Log of check/score' }).click(visible);
    await panel.locator('.log-text', { hasText: 'seen 1' }).first().waitFor(visible);
  });

  it('is run again from the palette', async () => {
    const before = (await runsOf('demo/outer')).length;
    await workbench.palette('Cairn: Run Again');
    await waitFor('another run', async () => (await runsOf('demo/outer')).length === before + 1, 30);
  });
});
