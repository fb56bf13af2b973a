import assert from 'node:assert/strict';
import { makeRun, makeTask } from '../support/runViews.ts';
import { waitFor } from '../support/waitFor.ts';
import { findBarriers } from '../support/workbench/accessibility.ts';
import { startPanelPage, type OwnPanelPage } from '../support/workbench/panelPage.ts';

const start = Date.parse('2026-01-01T00:00:00.000Z');
const at = (seconds: number): string => new Date(start + 1000 * seconds).toISOString();
const executed = { decision: 'executed', state: 'succeeded' } as const;
const gone = { code: 'worker-lost', message: 'The process was killed.' } as const;
const wrong = { code: 'user-error', message: 'ValueError: no rows', file: 'main.py', line: 7 } as const;

const again = makeTask('fetch', {
  ...executed,
  started: at(9),
  finished: at(12),
  seconds: 3,
  attempts: 3,
  earlier: [
    { attempt: 1, started: at(1), finished: at(3), end: 'failed', error: wrong },
    { attempt: 2, started: at(5), finished: at(6), end: 'lost', error: null },
  ],
});
const run = makeRun(
  [
    makeTask('load', {
      ...executed,
      started: at(0),
      finished: at(1),
      seconds: 1,
      distrusted: { port: 'out', before: 'sha256:1', after: 'sha256:2', message: 'an audit got another out' },
    }),
    again,
    makeTask('each[a]', { ...executed, started: at(2), finished: at(4), seconds: 2 }),
    makeTask('each[b]', {
      ...executed,
      started: at(6),
      finished: at(8),
      seconds: 2,
      attempts: 2,
      earlier: [{ attempt: 1, started: at(2), finished: at(5), end: 'failed', error: gone }],
    }),
    makeTask('check', { state: 'failed', decision: 'executed', started: at(12), finished: at(12.05), seconds: 0.05, error: wrong }),
  ],
  { state: 'failed', submitted: at(0), finished: at(13), seconds: 13, by: 'local:ada' },
);

describe('the page of a run', function () {
  this.timeout(120_000);
  let panel: OwnPanelPage;

  before(async () => {
    panel = await startPanelPage('run', { run, workflow: null, link: { state: 'live', since: '', message: '' } });
    await tab('Timeline').click();
    await row(/^fetch/).waitFor();
  });

  after(() => panel?.[Symbol.asyncDispose]());

  const tab = (name: string) => panel.page.getByRole('tab', { name, exact: true });
  const row = (name: RegExp) => panel.page.getByRole('row', { name });
  const lastSent = async () => (await panel.sent()).at(-1);

  it('draws every attempt of a task as a bar of its own, and says why it ended', async () => {
    const bars = row(/^fetch/).locator('.bar');
    assert.deepEqual(await bars.evaluateAll((all) => all.map((bar) => /bar-\w+/.exec(bar.className)?.[0])), [
      'bar-waited',
      'bar-retried',
      'bar-waited',
      'bar-retried',
      'bar-waited',
      'bar-ran',
    ]);
    assert.equal(
      await row(/^fetch/)
        .locator('.sr-only')
        .innerText(),
      'waited 1.0 s, attempt 1 failed after 2.0 s, attempt 2 was lost after 1.0 s, succeeded 3.0 s, from 9.0 s on',
    );
    await panel.page.locator('.legend').getByText('tried again').waitFor();
    await row(/^fetch/).click();
    const detail = panel.page.getByRole('complementary', { name: 'Details of fetch' });
    await detail.getByText('· tried again after 2.0 s').waitFor();
    await detail.getByText('lost with the agent after 1.0 s').waitFor();
    await panel.screenshot('run-attempts');
    assert.deepEqual(await findBarriers(panel.page.mainFrame()), []);
    await detail.getByRole('button', { name: 'main.py:7' }).click();
    await waitFor('the line is asked for', async () => (await lastSent())?.type === 'openError');
    assert.deepEqual(await lastSent(), { type: 'openError', step: 'fetch', attempt: 1 });
  });

  for (const [view, role] of [
    ['Timeline', 'treegrid'],
    ['Table', 'grid'],
    ['Graph', 'listbox'],
  ] as const) {
    it(`opens the line that failed by Enter in the ${view.toLowerCase()}, of any other step its code`, async () => {
      await tab(view).click();
      const list = panel.page.getByRole(role);
      await list.waitFor();
      for (const [key, sent] of [
        ['End', { type: 'openError', step: 'check' }],
        ['Home', { type: 'openCode', step: 'load' }],
      ] as const) {
        if (view === 'Graph') await panel.page.locator(`[id="step-${sent.step}"]`).click();
        await list.focus();
        if (view !== 'Graph') await panel.page.keyboard.press(key);
        await panel.page.keyboard.press('Enter');
        await waitFor(`${sent.type} is asked for`, async () => (await lastSent())?.type === sent.type);
        assert.deepEqual(await lastSent(), sent);
      }
    });
  }

  it('says what an audit has found out about a result', async () => {
    await tab('Table').click();
    await row(/^load/).click();
    const detail = panel.page.getByRole('complementary', { name: 'Details of load' });
    await detail.getByRole('region', { name: 'Its result is in doubt' }).getByText('an audit got another out').waitFor();
    await panel.screenshot('run-in-doubt');
    assert.deepEqual(await findBarriers(panel.page.mainFrame()), []);
  });

  it('does the same in the tree of all steps', async () => {
    await tab('Graph').click();
    await panel.page.locator('.frame').focus();
    await panel.page.keyboard.press('t');
    const tree = panel.page.getByRole('tree', { name: 'All steps' });
    await tree.focus();
    await panel.page.keyboard.press('End');
    await panel.page.keyboard.press('Enter');
    await waitFor('the line is asked for', async () => (await lastSent())?.type === 'openError');
    assert.deepEqual(panel.errors, []);
  });
});
