import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { findLeftovers } from '../../tools/test/leftovers.mjs';
import { moduleFiles } from '../support/smallWorkspace.ts';
import { writeFiles } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';
import { cleanUpAfter } from '../support/workbench/cleanUp.ts';
import { openShipped, shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';
import type { Workbench } from '../support/workbench/workbench.ts';

const visible = { timeout: 30_000 };
const good = 'workflow: demo/flow\nsteps:\n  load: { module: demo/load }\noutputs: { out: load.out }\n';
const broken = good.replace('module: demo/load', 'module: demo/lode');

describe('tasks', function () {
  this.timeout(120_000);
  let shipped: ShippedExtension;
  let workbench: Workbench;
  let page: Page;

  before(async function () {
    this.timeout(180_000);
    shipped = await shipExtension();
    writeFiles(shipped.folder, {
      'inner/cairn.yaml': 'workspace: demo\nmodules: [modules/**]\nworkflows: [workflows/**]\n',
      'inner/workflows/flow.workflow.yaml': good,
      ...Object.fromEntries(
        Object.entries(moduleFiles('demo/load', { code: 'def run():\n    return {"out": 1}\n' })).map(([file, text]) => [
          `inner/${file}`,
          text,
        ]),
      ),
    });
    workbench = await openShipped(shipped);
    page = workbench.page;
  });

  cleanUpAfter('tasks', () => ({ workbench, shipped }));

  function problems(): Promise<readonly string[]> {
    return page.locator('.markers-panel .monaco-list-row').allInnerTexts();
  }

  it('are offered for every workspace of the folder, and start nothing by that', async () => {
    // The list is made once, of the tasks of the extensions that are active by then.
    await page.locator('.statusbar-item', { hasText: 'Cairn' }).first().waitFor(visible);
    await workbench.palette('Tasks: Run Task');
    await workbench.pick('cairn');
    for (const name of ['build', 'build (watch)', 'check', 'test'])
      await page
        .locator('.quick-input-list .monaco-list-row', { hasText: `cairn: ${name} - inner` })
        .first()
        .waitFor(visible);
    await assert.rejects(shipped.cairn('agent', 'status'));
  });

  it('watch in the background, and mark what breaks at its exact range until it is mended', async () => {
    await workbench.pick('cairn: build (watch) - inner');
    await workbench.palette('View: Toggle Problems');
    await page.locator('.markers-panel').waitFor(visible);
    const file = path.join(shipped.folder, 'inner/workflows/flow.workflow.yaml');
    writeFileSync(file, broken);
    const row = await waitFor('the problem', async () => (await problems()).find((text) => text.includes('demo/lode')), 30);
    assert.match(row, /\[Ln 3, Col 19\]/);
    writeFileSync(file, good);
    await waitFor('no problem', async () => (await problems()).length === 0, 30);
  });

  it('list nothing twice when the language server has found it, too', async () => {
    await workbench.openFile('flow.workflow.yaml');
    const file = path.join(shipped.folder, 'inner/workflows/flow.workflow.yaml');
    writeFileSync(file, broken);
    await page.locator('.squiggly-error').first().waitFor(visible);
    await waitFor('the problem', async () => (await problems()).some((text) => text.includes('demo/lode')), 30);
    assert.equal((await problems()).filter((text) => text.includes('demo/lode')).length, 1);
    writeFileSync(file, good);
    await waitFor('no problem', async () => (await problems()).length === 0, 30);
  });

  it('end when they are told to, with their process', async () => {
    const watches = (): readonly string[] =>
      findLeftovers('--watch').flatMap(({ command }) => (command.includes(path.join(shipped.folder, 'inner')) ? [command] : []));
    assert.equal(watches().length, 1);
    await workbench.palette('Tasks: Terminate Task');
    await workbench.pick('build (watch)');
    await waitFor('the end of the watch', () => watches().length === 0, 20);
  });
});
