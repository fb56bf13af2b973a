import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';
import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import { newKey } from '../../rde-agent/client/newKey.ts';
import { TestAgent } from '../support/agent.ts';
import { moduleFiles, SmallWorkspace } from '../support/smallWorkspace.ts';
import { waitFor } from '../support/waitFor.ts';
import { findBarriers } from '../support/workbench/accessibility.ts';
import { PortalPage } from '../support/workbench/portalPage.ts';

/** A38: what a file or a task could say in the hope of running in the portal. */
const hostile = '<img src=x onerror="window.pwned=1"><svg onload="window.pwned=1"><a href="javascript:window.pwned=1">click</a>';

const files = {
  'workflows/greet.workflow.yaml': `workflow: small/greet
description: ${JSON.stringify(hostile)}
params:
  who: { type: string, default: world, description: ${JSON.stringify(hostile)} }
  times: { type: int, default: 2, min: 1, max: 5 }
steps:
  say: { module: small/say, params: { who: "\${params.who}", times: "\${params.times}" } }
  count: { module: small/count, in: { text: say.out } }
schedule: { cron: "0 3 1 1 *", timezone: UTC }
`,
  'workflows/wait.workflow.yaml': 'workflow: small/wait\nsteps:\n  long: { module: small/long }\n',
  ...moduleFiles('small/say', {
    params: '{ who: { type: string }, times: { type: int } }',
    code: 'def run(who, times):\n    print(who)\n    return {"out": who * times}\n',
  }),
  ...moduleFiles('small/count', { inputs: '{ text: json }', code: 'def run(text):\n    return {"out": len(text)}\n' }),
  ...moduleFiles('small/long', { code: 'import time\n\ndef run():\n    time.sleep(600)\n    return {"out": 1}\n' }),
};

describe('the portal in a browser', () => {
  let agent: TestAgent;
  let client: AgentClient;
  let workspace: SmallWorkspace;
  let portal: PortalPage;
  let context: BrowserContext;
  let page: Page;
  let base = '';

  before(async function () {
    this.timeout(180_000);
    workspace = new SmallWorkspace(files);
    agent = await TestAgent.start();
    client = agent.connect();
    await client.request('workspace.push', { root: workspace.root, key: newKey() });
    await client.request('schedule.change', { workflow: 'small/greet', change: 'start', key: newKey() });
    portal = await PortalPage.open(agent, client);
    ({ context, page, base } = portal);
  });

  afterEach(async function () {
    if (this.currentTest?.isFailed()) await shoot('portal-failed');
  });

  after(async () => {
    await portal?.[Symbol.asyncDispose]();
    await agent?.dispose();
    workspace?.dispose();
  });

  const shoot = (name: string): Promise<void> => portal.shoot(name);

  it('signs in with the code, which is typed, and good once', async () => {
    const { url, code } = await client.request('portal.open', {});
    await page.goto(`${url}schedules`);
    await page.getByLabel('Code').fill('AAAA-AAAA');
    await page.keyboard.press('Enter');
    await page.getByText('This code is wrong, was used, or is too old.').waitFor();
    await shoot('portal-sign-in');
    assert.deepEqual(await findBarriers(page.mainFrame()), []);
    await page.getByLabel('Code').fill(code);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Schedules' }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/schedules', 'where one wanted to go');
    assert.deepEqual(await page.evaluate('document.cookie'), '', 'no script can read the cookie');
    const other = await context.browser()?.newContext();
    if (other !== undefined) {
      const stranger = await other.newPage();
      await stranger.goto(url);
      await stranger.getByLabel('Code').fill(code);
      await stranger.getByRole('button', { name: 'Sign in' }).click();
      await stranger.getByText('This code is wrong, was used, or is too old.').waitFor();
      await other.close();
    }
  });

  it('starts a pushed workflow with a parameter, and shows its run', async () => {
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    await page.getByRole('heading', { name: 'Nothing has run yet' }).waitFor();
    await shoot('portal-empty');
    await page.getByRole('link', { name: 'Start a workflow' }).click();
    await page.getByRole('button', { name: 'Start small/greet' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('times').fill('9');
    await dialog.getByText('It must be at most 5, not 9.').waitFor();
    await shoot('portal-start');
    assert.deepEqual(await findBarriers(page.mainFrame()), []);
    await dialog.getByLabel('times').fill('3');
    await dialog.getByLabel('who').fill(hostile);
    await dialog.getByLabel('As it was pushed').check();
    await dialog.getByLabel('who').fill(hostile);
    await dialog.getByLabel('times').fill('3');
    await dialog.getByRole('button', { name: 'Start', exact: true }).click();
    await page.waitForURL(/\/runs\/[0-9a-f-]{36}$/);
    await page.getByText('succeeded').first().waitFor();
    const [newest] = (await client.request('run.list', { limit: 1 })).runs;
    assert.equal(newest?.workflow, 'small/greet');
    assert.equal(newest?.origin?.kind, 'trigger');
    assert.ok(page.url().endsWith(newest?.run ?? '-'));
    await page.reload();
    await page.getByText('succeeded').first().waitFor();
    assert.ok(page.url().endsWith(newest?.run ?? '-'), 'a reload stays');
    await shoot('portal-run');
    assert.deepEqual(await findBarriers(page.mainFrame()), []);
  });

  it('clones it with another value, and reruns it from a step', async () => {
    await page.getByRole('button', { name: 'Clone…' }).click();
    const clone = page.getByRole('dialog');
    assert.equal(await clone.getByLabel('who').inputValue(), hostile);
    await clone.getByLabel('who').fill('moon');
    const before = page.url();
    await clone.getByRole('button', { name: 'Clone', exact: true }).click();
    await page.waitForURL((url) => url.href !== before);
    await page.getByText('succeeded').first().waitFor();
    const cloned = page.url();
    await page.getByRole('button', { name: 'Run again' }).click();
    await page.getByRole('dialog').getByLabel('From step').selectOption('count');
    await page.getByRole('dialog').getByRole('button', { name: 'Rerun', exact: true }).click();
    await page.waitForURL((url) => url.href !== cloned);
    await page.getByText('succeeded').first().waitFor();
    const { runs } = await client.request('run.list', { limit: 2 });
    assert.deepEqual(
      runs.map(({ origin }) => origin?.kind),
      ['rerun', 'clone'],
    );
  });

  it('forks a run from a step with what is saved now, once it was said what runs', async () => {
    const { runs } = await client.request('run.list', { limit: 2 });
    await page.goto(`${base}/runs/${runs[1]?.run ?? ''}`);
    await page.getByRole('tab', { name: 'Table' }).click();
    await page.getByRole('row', { name: /count/ }).click();
    await page.getByRole('button', { name: /^Fork/ }).first().click();
    const fork = page.getByRole('dialog', { name: 'Fork small/greet from count' });
    await fork.getByRole('listitem').getByText('count').waitFor();
    await shoot('portal-fork');
    const before = page.url();
    await fork.getByRole('button', { name: 'Fork', exact: true }).click();
    await page.waitForURL((url) => url.href !== before);
    await page.getByText('succeeded').first().waitFor();
    assert.equal((await client.request('run.list', { limit: 1 })).runs[0]?.origin?.kind, 'fork');
  });

  it('shows an output, and compares two runs', async () => {
    const { runs } = await client.request('run.list', { limit: 4 });
    const [, , clone, first] = runs.map(({ run }) => run);
    await page.goto(`${base}/runs/${clone ?? ''}/outputs/say/out`);
    await page.getByText('moonmoonmoon').waitFor();
    await shoot('portal-output');
    assert.deepEqual(await findBarriers(page.mainFrame()), []);
    await page.goto(`${base}/runs/${first ?? ''}/compare/${clone ?? ''}`);
    await page.getByRole('tab', { name: 'Parameters (1)' }).click();
    await page.getByText('moon').first().waitFor();
    await shoot('portal-compare');
    assert.deepEqual(await findBarriers(page.mainFrame()), []);
    await page.getByRole('tab', { name: 'Graph' }).click();
    await page.locator('.panel-compare [id="step-say"]').getByText('parameter', { exact: true }).waitFor();
    await shoot('portal-compare-graph');
    assert.deepEqual(await findBarriers(page.mainFrame()), []);
  });

  it('draws the graph of a workflow of an open workspace, with its newest run', async () => {
    await page.getByRole('link', { name: 'Workflows', exact: true }).first().click();
    await page.getByRole('link', { name: 'small/greet' }).click();
    await page.locator('.panel-workflowGraph').getByText('count').first().waitFor();
    await shoot('portal-graph');
    assert.deepEqual(await findBarriers(page.mainFrame()), []);
  });

  it('cancels a run once that was confirmed', async () => {
    const { run } = await client.request('run.trigger', { workflow: 'small/wait', key: newKey() });
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel small/wait' }).click();
    await shoot('portal-cancel');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    assert.notEqual((await client.request('run.show', { run })).state, 'cancelled');
    await page.getByRole('button', { name: 'Cancel small/wait' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel run' }).click();
    await page.getByRole('row', { name: /cancelled.*small\/wait/ }).waitFor();
    assert.equal((await client.request('run.show', { run })).state, 'cancelled');
    await shoot('portal-runs');
    assert.deepEqual(await findBarriers(page.mainFrame()), []);
  });

  it('pauses and resumes a schedule, and shows at once what somebody else does with it', async () => {
    const state = async (): Promise<string | undefined> => (await client.request('schedule.list', {})).schedules[0]?.state;
    await page.getByRole('link', { name: 'Schedules', exact: true }).click();
    await page.getByRole('button', { name: 'Pause the schedule of small/greet' }).click();
    await page.getByRole('button', { name: 'Resume the schedule of small/greet' }).waitFor();
    assert.equal(await state(), 'paused');
    await shoot('portal-schedules');
    assert.deepEqual(await findBarriers(page.mainFrame()), []);
    await client.request('schedule.change', { workflow: 'small/greet', change: 'resume', key: newKey() });
    await page.getByRole('button', { name: 'Pause the schedule of small/greet' }).waitFor();
    await page.getByRole('button', { name: 'Pause the schedule of small/greet' }).click();
    await page.getByRole('button', { name: 'Resume the schedule of small/greet' }).click();
    await page.getByRole('button', { name: 'Pause the schedule of small/greet' }).waitFor();
    assert.equal(await state(), 'active');
  });

  it('looks as the system does: light, dark, forced colours, and on a narrow screen', async () => {
    for (const [name, media] of [
      ['light', { colorScheme: 'light' }],
      ['dark', { colorScheme: 'dark' }],
      ['forced', { colorScheme: 'dark', forcedColors: 'active' }],
    ] as const) {
      await page.emulateMedia(media);
      for (const place of ['runs', 'workflows', 'schedules', 'clusters', 'ledger']) {
        await page.goto(`${base}/${place}`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.getByText('Connected').waitFor();
        assert.deepEqual(await findBarriers(page.mainFrame()), [], `${name} ${place}`);
        await shoot(`portal-${place}-${name}`);
      }
    }
    await page.emulateMedia({ colorScheme: null, forcedColors: null });
    await page.setViewportSize({ width: 420, height: 800 });
    await page.goto(`${base}/runs`);
    await page.getByText('Connected').waitFor();
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'), 'nothing sticks out');
    await shoot('portal-narrow');
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('says that the connection is lost, keeps what it shows, and comes back by itself', async () => {
    await page.goto(`${base}/runs`);
    await page.getByRole('row', { name: /small\/wait/ }).waitFor();
    await context.setOffline(true);
    await client.request('portal.signOut', {});
    await page.getByText('No connection').waitFor();
    await page.getByRole('row', { name: /small\/wait/ }).waitFor();
    await shoot('portal-offline');
    await context.setOffline(false);
    await page.getByLabel('Code').waitFor();
    await portal.signIn();
    await page.getByRole('row', { name: /small\/wait/ }).waitFor();
  });

  it('A10: a page of another address reaches nothing, though the browser sends it the cookie along', async () => {
    const stranger = await serve('<!doctype html><title>other</title><body></body>');
    try {
      const { port } = stranger.address() as AddressInfo;
      const other = await context.newPage();
      await other.goto(`http://127.0.0.1:${String(port)}/`);
      const reached = await other.evaluate<{ readonly socket: string; readonly read: string; readonly write: string }>(toAttack(base));
      assert.deepEqual(reached, { socket: 'refused', read: 'refused', write: 'refused' });
      await other.setContent(`<iframe src="${base}/runs"></iframe>`);
      await waitFor('the frame was refused', () => other.frames().some((frame) => frame.url().startsWith('chrome-error:')));
      await other.close();
      assert.match(agent.log, /"reason":"origin"/);
    } finally {
      stranger.close();
    }
  });

  it('A38: nothing of what others wrote has run, and no policy was broken', async () => {
    const { runs } = await client.request('run.list', { workflow: 'small/greet' });
    await page.goto(`${base}/runs/${runs.at(-1)?.run ?? ''}`);
    await page.getByRole('tab', { name: 'Logs' }).click();
    await page.getByText('onerror').first().waitFor();
    assert.equal(await page.evaluate('window.pwned'), undefined);
    assert.deepEqual(portal.problems, []);
  });

  it('has asked for nothing that it is told', () => {
    assert.ok(portal.asked.includes('session.subscribe'));
    assert.deepEqual(
      portal.asked.filter((method) => ['schedule.list', 'cluster.list', 'agent.status'].includes(method)),
      [],
    );
  });

  it('signs out', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Code').waitFor();
    await page.reload();
    await page.getByLabel('Code').waitFor();
  });
});

function serve(html: string): Promise<Server> {
  const server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(html));
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** What a page of another port of the same host tries, which counts as the same site. */
function toAttack(base: string): string {
  const socket = `new Promise((resolve) => {
    const socket = new WebSocket(${JSON.stringify(base.replace('http', 'ws'))}, 'cairn.v1');
    socket.onopen = () => resolve('reached');
    socket.onerror = () => resolve('refused');
  })`;
  const ask = (init: string): string =>
    `fetch(${JSON.stringify(`${base}/v1/runs`)}, ${init}).then((answer) => answer.ok ? 'reached' : 'refused', () => 'refused')`;
  const write = `{ method: 'POST', credentials: 'include', headers: { 'content-type': 'application/json' }, body: '{}' }`;
  return `(async () => ({ socket: await ${socket}, read: await ${ask("{ credentials: 'include' }")}, write: await ${ask(write)} }))()`;
}
