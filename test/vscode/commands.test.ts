import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { RunsDocument, type RunSummary } from '../../rde-agent/protocol/documents.ts';
import { root } from '../../tools/setup/paths.mjs';
import { SLOW, writeStudio } from '../support/studioWorkspace.ts';
import { waitFor } from '../support/waitFor.ts';
import { cleanUpAfter } from '../support/workbench/cleanUp.ts';
import { openShipped, shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';
import type { Workbench } from '../support/workbench/workbench.ts';

const visible = { timeout: 30_000 };
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  contributes: { commands: readonly { command: string; title: string }[] };
};
const words = JSON.parse(readFileSync(path.join(root, 'package.nls.json'), 'utf8')) as { readonly [key: string]: string };

const flow = 'studio/nightly';

/** Each command once, by the palette and the keyboard. The order is that of what they need. */
describe('each command', function () {
  this.timeout(120_000);
  let shipped: ShippedExtension;
  let workbench: Workbench;
  let page: Page;
  let runsBefore = 0;

  before(async function () {
    this.timeout(180_000);
    shipped = await shipExtension();
    writeStudio(shipped.folder, SLOW);
    commit('Begin');
    await shipped.cairn('push');
    for (const factor of [2, 3]) await shipped.cairn('run', flow, '--detach', '--param', `factor=${factor}`);
    await waitFor('two runs', async () => (await runs()).filter(({ state }) => state === 'succeeded').length === 2, 60);
    workbench = await openShipped(shipped, { settings: { 'files.autoSave': 'off' } });
    page = workbench.page;
  });

  cleanUpAfter('commands', () => ({ workbench, shipped }));
  afterEach(() => page.keyboard.press('Escape'));

  /** One group and no editor, so that what comes next is not about what was there. */
  async function closeAll(): Promise<void> {
    const tabs = page.locator('.tab');
    // A panel that was asked for can come after it.
    for (let turn = 0; turn < 5 && (turn === 0 || (await tabs.count()) > 0); turn++) {
      await workbench.palette('View: Close All Editors');
      await tabs
        .first()
        .waitFor({ state: 'detached', timeout: 5_000 })
        .catch(() => undefined);
    }
  }

  /** A commit of all that is on disk. */
  function commit(message: string): void {
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@localhost', ...args], { cwd: shipped.folder });
    if (!existsSync(path.join(shipped.folder, '.git'))) git('init', '--quiet', '--initial-branch', 'main');
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', message);
  }

  async function runs(): Promise<readonly RunSummary[]> {
    return RunsDocument.parse(await shipped.cairn('runs')).runs;
  }

  /** Waits until one more run is there than before the command, and has ended. */
  async function startsRun(work: () => Promise<void>): Promise<void> {
    await work();
    await waitFor(
      'a further run that has ended',
      async () => {
        const [newest, ...others] = await runs();
        return others.length >= runsBefore && newest?.state === 'succeeded';
      },
      60,
    );
  }

  const tab = (text: string | RegExp): Promise<void> => page.locator('.tab.active', { hasText: text }).first().waitFor(visible);
  const focused = (view: string): Promise<void> =>
    page.locator(`.pane-header[aria-label^="${view} "][aria-expanded=true]`).waitFor(visible);

  const kept = () => page.getByRole('treeitem', { name: /, succeeded · kept/ });

  /** What follows the command's title in the palette, and what a person sees then. */
  const ROWS: { readonly [command: string]: () => Promise<void> } = {
    'cairn.startAgent': () => page.locator('.statusbar-item', { hasText: 'runs as process' }).waitFor(visible),
    'cairn.openAgentLog': () => tab('agent.log'),
    'cairn.init': () => workbench.notified('already-exists'),
    'cairn.openExample': () => page.locator('.quick-input-title', { hasText: 'Open the Example' }).waitFor(visible),
    'cairn.newModule': async () => {
      await workbench.answer('studio/extra', 'name');
      await workbench.pick('data', 'kind');
      await workbench.answer('rows: json', 'inputs');
      await workbench.answer('kept: json', 'outputs');
      await workbench.pick('Create', '(5/5)');
      await tab('extra.py');
    },
    'cairn.newWorkflow': async () => {
      await workbench.answer('studio/short', 'name');
      await workbench.pick('studio/numbers', 'step 1');
      await workbench.pick('Done', 'step 2');
      await workbench.pick('Create 1 file', '(3/3)');
      await tab('short.workflow.yaml');
    },
    'cairn.build': () => workbench.notified('Built'),
    'cairn.push': () => workbench.notified('Pushed'),
    'cairn.plan': () => tab('short · graph'),
    'cairn.showGraph': async () => {
      await workbench.pick(flow);
      await tab('nightly · graph');
    },
    'cairn.run': async () => {
      await startsRun(() => workbench.pick(flow));
    },
    'cairn.showRun': async () => {
      await workbench.pick(flow);
      await tab('nightly · ');
    },
    'cairn.showLog': async () => {
      await workbench.pick(flow);
      await workbench.pick('All steps');
      await tab('all steps.log');
    },
    'cairn.rerun': () => startsRun(() => workbench.pick(flow)),
    'cairn.rerunFrom': () =>
      startsRun(async () => {
        await workbench.pick(flow);
        await workbench.pick('double');
      }),
    'cairn.clone': () =>
      startsRun(async () => {
        await workbench.pick(flow);
        await workbench.answer('3', 'factor');
      }),
    'cairn.fork': () =>
      startsRun(async () => {
        await workbench.pick(flow);
        await workbench.pick('Fork', 'Fork of');
      }),
    'cairn.showOutput': async () => {
      await workbench.pick(flow);
      await workbench.pick('double');
      await tab('double');
    },
    'cairn.compareRuns': async () => {
      await workbench.pick(flow);
      await workbench.pick(flow);
      await tab('compared');
    },
    'cairn.why': async () => {
      await workbench.pick('Show Run', 'Why was');
      await tab('nightly');
    },
    'cairn.filterRuns': async () => {
      await workbench.pick(flow);
      await page.locator('.pane-header[aria-label^="Runs "]', { hasText: flow }).waitFor(visible);
    },
    'cairn.showMoreRuns': () => focused('Runs'),
    'cairn.pinRun': async () => {
      await workbench.pick(flow);
      await workbench.notified('is kept');
      await kept().waitFor(visible);
    },
    'cairn.unpinRun': async () => {
      await workbench.notified('no longer');
      await kept().waitFor({ ...visible, state: 'detached' });
    },
    'cairn.trigger': () => startsRun(() => workbench.pick(flow)),
    'cairn.showSchedules': () => focused('Schedules'),
    'cairn.startSchedule': async () => {
      await workbench.pick(flow);
      await workbench.notified('is active; next');
    },
    'cairn.pauseSchedule': async () => {
      await workbench.pick(flow);
      await workbench.notified('is paused');
    },
    'cairn.resumeSchedule': async () => {
      await workbench.pick(flow);
      await workbench.notified('is active; next');
    },
    'cairn.stopSchedule': async () => {
      await workbench.pick(flow);
      await workbench.notified('is not started');
    },
    'cairn.lockEnvironments': () => workbench.notified('plain'),
    'cairn.syncEnvironments': () => workbench.notified('plain'),
    'cairn.showTags': async () => {
      await workbench.pick('studio/numbers · latestAlpha');
      await workbench.notified('has stood on nothing else');
    },
    'cairn.moveTag': async () => {
      await workbench.pick('studio/numbers', 'Which module?');
      await workbench.pick('New tag', 'Which tag');
      await workbench.answer('candidate', 'Name');
      await workbench.pick('latestAlpha', 'stand on');
      await workbench.pick('Move the tag', 'Move candidate');
      await workbench.notified('candidate: new');
    },
    'cairn.promote': async () => {
      await page.locator('.quick-input-title', { hasText: 'Which modules' }).waitFor(visible);
      await page.keyboard.type('studio/numbers');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Space');
      await page.keyboard.press('Enter');
      await workbench.answer('ada', 'Who has reviewed');
      await workbench.pick('Promote, reviewed by ada', 'Promote');
      await workbench.notified('latest: new');
    },
    'cairn.rollback': async () => {
      await workbench.pick('studio/numbers · latestAlpha', 'go back');
      await workbench.pick('since', 'Where shall');
      await workbench.pick('Roll back', 'Roll back');
      await workbench.notified('latestAlpha: ');
    },
    'cairn.test': () => workbench.notified('tests passed'),
    'cairn.openPortal': () => workbench.notified('with the code'),
    'cairn.showLedger': () => tab('ledger.md'),
    'cairn.cancel': async () => {
      await waitFor('the cancelled run', async () => (await runs()).some(({ state }) => state === 'cancelled'), 60);
    },
  };

  /** What stands before a row: files and runs that it is about. */
  const BEFORE: { readonly [command: string]: () => Promise<void> } = {
    'cairn.showGraph': closeAll,
    'cairn.run': closeAll,
    'cairn.why': () => workbench.openFile('modules/studio/double/main.py'),
    'cairn.showRun': closeAll,
    'cairn.showLog': closeAll,
    'cairn.rerun': closeAll,
    'cairn.rerunFrom': closeAll,
    'cairn.clone': closeAll,
    'cairn.fork': closeAll,
    'cairn.showOutput': closeAll,
    'cairn.compareRuns': closeAll,
    'cairn.filterRuns': closeAll,
    'cairn.trigger': closeAll,
    'cairn.showSchedules': closeAll,
    'cairn.moveTag': closeAll,
    'cairn.promote': async () => {
      commit('What is promoted');
      await shipped.cairn('push');
      await closeAll();
    },
    'cairn.rollback': async () => {
      writeFileSync(path.join(shipped.folder, 'modules/studio/numbers/main.py'), 'def run():\n    return {"out": [4, 5]}\n');
      await shipped.cairn('push');
    },
    'cairn.cancel': async () => {
      await shipped.cairn('run', 'studio/slow', '--detach');
    },
  };

  for (const [command, row] of Object.entries(ROWS)) {
    it(`${command} works from the keyboard`, async () => {
      const { title = '' } = manifest.contributes.commands.find((one) => one.command === command) ?? {};
      await BEFORE[command]?.();
      runsBefore = (await runs()).length;
      await workbench.palette(`Cairn: ${words[title.slice(1, -1)] ?? title}`);
      await row();
    });
  }

  it('has a row here', () => {
    const declared = manifest.contributes.commands.map(({ command }) => command);
    assert.deepEqual(
      declared.filter((command) => !Object.hasOwn(ROWS, command)),
      [],
    );
  });
});
