import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { RunDocument, RunsDocument } from '../../rde-agent/protocol/documents.ts';
import { root } from '../../tools/setup/paths.mjs';
import { writeStudio } from '../support/studioWorkspace.ts';
import { waitFor } from '../support/waitFor.ts';
import { cleanUpAfter } from '../support/workbench/cleanUp.ts';
import { shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';
import { startWorkbench, type Workbench } from '../support/workbench/workbench.ts';

const visible = { timeout: 30_000 };

/** Programs that somebody could put into a folder in the hope that they are run. */
const PROGRAMS = ['agent', 'python', 'python3', 'node', 'docker', 'uv', 'git', 'conda'];

/** A56: a folder whose settings and files name its own programs. */
describe('a folder that is not trusted', function () {
  this.timeout(90_000);
  let shipped: ShippedExtension;
  let workbench: Workbench;
  let page: Page;
  let evil: string;
  let marks: string;

  before(async function () {
    this.timeout(180_000);
    shipped = await shipExtension();
    evil = path.join(shipped.folder, 'bin');
    marks = path.join(shipped.folder, '..', 'marks');
    mkdirSync(marks);
    writeStudio(shipped.folder, { '.vscode/settings.json': JSON.stringify(toSettings(), null, 2) });
    for (const folder of ['bin', '.venv/bin', 'node_modules/.bin']) writePrograms(path.join(shipped.folder, folder));
    const { folder, vsix, environment } = shipped;
    const settings = { 'security.workspace.trust.startupPrompt': 'never', 'files.autoSave': 'off' };
    workbench = await startWorkbench({ folder, vsix, environment, settings, untrusted: true });
    page = workbench.page;
  });

  cleanUpAfter('untrusted', () => ({ workbench, shipped }));

  function toSettings(): { readonly [setting: string]: unknown } {
    return {
      'cairn.agent.command': [path.join(evil, 'agent')],
      'cairn.python.path': path.join(evil, 'python'),
      'cairn.docker.path': path.join(evil, 'docker'),
      'python.defaultInterpreterPath': path.join(evil, 'python'),
      'python.pythonPath': path.join(evil, 'python'),
      'git.path': path.join(evil, 'git'),
    };
  }

  function writePrograms(folder: string): void {
    mkdirSync(folder, { recursive: true });
    for (const name of PROGRAMS) {
      writeFileSync(path.join(folder, name), `#!/bin/sh\ntouch ${path.join(marks, name)}\nexit 1\n`);
      chmodSync(path.join(folder, name), 0o755);
    }
  }

  const wasRun = (): readonly string[] => readdirSync(marks);
  const hasAgent = (): boolean => existsSync(path.join(shipped.environment['CAIRN_HOME'] ?? '', 'agent.json'));

  it('has one view, which says why there is nothing and what to do', async () => {
    await page.locator('.activitybar').getByRole('tab', { name: 'Cairn' }).click(visible);
    await page.getByText('Trust the folder to use it.').waitFor(visible);
    assert.equal(await page.getByRole('button', { name: 'Manage Workspace Trust' }).count(), 1);
    assert.equal(await page.locator('.sidebar .pane-header', { hasText: 'Runs' }).count(), 0);
    await workbench.screenshot('untrusted');
  });

  it('can be read: its files open', async () => {
    await workbench.openFile('nightly.workflow.yaml');
    await page.locator('.view-line', { hasText: 'studio/double' }).first().waitFor(visible);
    await workbench.openFile('modules/studio/double/main.py');
    await workbench.openFile('people.dataset.yaml');
  });

  it('is offered no command that would run anything', async () => {
    const { contributes } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      contributes: { commands: readonly { command: string; enablement?: string }[] };
    };
    const always = contributes.commands.filter(({ enablement }) => enablement === undefined).map(({ command }) => command);
    // What needs neither the folder nor the agent.
    assert.deepEqual(
      always.filter((command) => !['cairn.openAgentLog', 'cairn.openExample'].includes(command)),
      [],
    );
    await page.keyboard.press('F1');
    await page.locator('.quick-input-widget input[type=text]').first().fill('>Cairn: Run');
    await page.locator('.quick-input-list .monaco-list-row').first().waitFor(visible);
    assert.equal(await page.locator('.quick-input-list').getByText('Cairn: Run', { exact: true }).count(), 0);
    await page.keyboard.press('Escape');
  });

  it('has started nothing: no program of the folder, no agent', () => {
    assert.deepEqual(wasRun(), []);
    assert.equal(hasAgent(), false);
  });

  it('works once it is trusted, and its settings still name no program', async () => {
    await workbench.palette('Workspaces: Manage Workspace Trust');
    await page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true }).first().click(visible);
    await page.keyboard.press('Escape');
    await page.getByRole('treeitem', { name: /studio\/double/ }).waitFor(visible);
    await workbench.palette('Cairn: Run');
    await workbench.webview('.task-row');
    const { runs } = RunsDocument.parse(await shipped.cairn('runs'));
    await waitFor('the run', async () => RunDocument.parse(await shipped.cairn('show', runs[0]?.run ?? '')).state === 'succeeded', 60);
    assert.equal(hasAgent(), true);
    assert.deepEqual(
      wasRun().filter((name) => name !== 'git'),
      [],
    );
  });
});
