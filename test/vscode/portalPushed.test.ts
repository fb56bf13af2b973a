import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import { newKey } from '../../rde-agent/client/newKey.ts';
import { TestAgent } from '../support/agent.ts';
import { moduleFiles, SmallWorkspace } from '../support/smallWorkspace.ts';
import { waitForRun } from '../support/surfaces.ts';
import { findBarriers } from '../support/workbench/accessibility.ts';
import { PortalPage } from '../support/workbench/portalPage.ts';

const CLEAN = 'def keep(value):\n    return value > 1\n\n\ndef run(numbers):\n    return {"out": [one for one in numbers if keep(one)]}\n';
const FILES = {
  'cairn.yaml': 'workspace: far\nmodules: [modules/**]\nworkflows: [workflows/**]\n',
  'workflows/prices.workflow.yaml': `workflow: far/prices
description: What things cost
params: { most: { type: int } }
steps:
  load: { module: far/load, params: { most: "\${params.most}" } }
  clean: { module: far/clean, in: { numbers: load.out } }
  check: { workflow: far/check, in: { numbers: clean.out } }
  report: { module: far/report, in: { score: check.score, numbers: clean.out } }
`,
  'workflows/check.workflow.yaml': `workflow: far/check
inputs: { numbers: json }
steps:
  fit: { module: far/fit, in: { numbers: inputs.numbers } }
  score: { module: far/fit, in: { numbers: fit.out } }
outputs: { score: score.out }
`,
  ...moduleFiles('far/load', { params: '{ most: { type: int } }', code: 'def run(most):\n    return {"out": list(range(most))}\n' }),
  ...moduleFiles('far/clean', { inputs: '{ numbers: json }', code: CLEAN }),
  ...moduleFiles('far/fit', { inputs: '{ numbers: json }', code: 'def run(numbers):\n    return {"out": numbers}\n' }),
  ...moduleFiles('far/report', { inputs: '{ score: json, numbers: json }', code: 'def run(score, numbers):\n    return {"out": score}\n' }),
};
const ALL = ['load', 'clean', 'check', 'check/fit', 'check/score', 'report'];

describe('the portal with a workflow that is open in no editor', function () {
  this.timeout(180_000);
  let agent: TestAgent;
  let client: AgentClient;
  let workspace: SmallWorkspace;
  let portal: PortalPage;
  let page: Page;

  before(async () => {
    workspace = new SmallWorkspace(FILES);
    agent = await TestAgent.start();
    client = agent.connect();
    await push();
    portal = await PortalPage.open(agent, client);
    ({ page } = portal);
    await page.goto(`${portal.base}/workflows`);
    await portal.signIn();
  });

  afterEach(async function () {
    if (this.currentTest?.isFailed()) await portal.shoot('portal-pushed-failed');
  });

  after(async () => {
    await portal?.[Symbol.asyncDispose]();
    await agent?.dispose();
    workspace?.dispose();
  });

  async function push(): Promise<void> {
    await client.request('workspace.push', { root: workspace.root, key: newKey() });
    await client.request('workspace.close', { root: workspace.root });
  }
  const panel = () => page.locator('.panel-workflowGraph');
  const box = (step: string) => panel().locator(`[id="step-${step}"]`);
  const says = async (texts: { readonly [step: string]: string }): Promise<void> => {
    for (const [step, text] of Object.entries(texts)) await box(step).getByText(text).first().waitFor();
  };

  it('draws it as it was pushed, with what it nests in place', async () => {
    await page.getByRole('link', { name: 'far/prices' }).click();
    for (const step of ALL) await box(step).waitFor();
    assert.deepEqual((await client.request('workspace.list', {})).workspaces, []);
    await page.getByText('Pushed just now').waitFor();
    await panel().getByText('not run yet').waitFor();
    await portal.shoot('portal-pushed');
    assert.deepEqual(await findBarriers(page.mainFrame()), []);
    await box('check').locator('.chevron').click();
    await box('check/fit').waitFor({ state: 'detached' });
    await box('check').locator('.chevron').click();
    await box('check/fit').waitFor();
  });

  it('says why it cannot be planned before it has run: it needs a value', async () => {
    await panel().getByRole('button', { name: 'Plan', exact: true }).click();
    await page.getByText('far/prices needs most, and has not run yet', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'Close this message' }).click();
  });

  it('draws a run of it over it, live', async () => {
    const { run } = await client.request('run.trigger', { workflow: 'far/prices', params: { most: 5 }, key: newKey() });
    await waitForRun(client, run);
    await says({ load: 'succeeded', check: 'succeeded', 'check/score': 'succeeded', report: 'succeeded' });
    await portal.shoot('portal-pushed-run');
    await panel().getByRole('radio', { name: 'Cache' }).click();
    await says({ load: 'nothing reused' });
    await panel().getByRole('radio', { name: 'State' }).click();
  });

  it('plans it on request, and again when something was pushed, with the reason and where that is', async () => {
    const choice = panel().getByRole('radio', { name: 'Plan' });
    await choice.click();
    const back = 'getComputedStyle(document.querySelector("[data-overlay=plan]")).backgroundColor';
    assert.notEqual(await page.evaluate(back), 'rgba(0, 0, 0, 0)', 'what is chosen is seen');
    await panel().getByText('of 6 tasks would be reused').waitFor();
    await says(Object.fromEntries(ALL.map((step) => [step, 'would be reused'])));
    await portal.shoot('portal-pushed-plan');
    workspace.write({ 'modules/far/clean/main.py': CLEAN.replace('> 1', '> 2') });
    await push();
    await says({ load: 'would be reused', clean: 'would run' });
    await box('clean').click();
    const detail = page.getByRole('complementary', { name: 'Step clean' });
    await detail.getByRole('button', { name: /main\.py/ }).click();
    await page.locator('.toast').getByText('modules/far/clean/main.py:1').waitFor();
    await portal.shoot('portal-pushed-replanned');
    assert.deepEqual(await findBarriers(page.mainFrame()), []);
    assert.equal(await page.locator('.toast').getByRole('link').count(), 0, 'nothing on this host is open to go to');
    await detail.getByRole('button', { name: 'Open code' }).click();
    await page.locator('.toast').getByText('modules/far/clean/main.py, in a workspace').waitFor();
    await detail.getByRole('button', { name: 'Show in workflow' }).click();
    await page.locator('.toast').getByText('workflows/prices.workflow.yaml:6').waitFor();
  });

  it('plans anew when a run has ended, and after a reload is where it was', async () => {
    const { run } = await client.request('run.trigger', { workflow: 'far/prices', params: { most: 5 }, key: newKey() });
    await waitForRun(client, run);
    await says(Object.fromEntries(ALL.map((step) => [step, 'would be reused'])));
    await page.reload();
    await says(Object.fromEntries(ALL.map((step) => [step, 'would be reused'])));
  });

  it('shows as saved and as pushed what has both', async () => {
    workspace.write({ 'workflows/prices.workflow.yaml': FILES['workflows/prices.workflow.yaml'].replace('  report:', '  summary:') });
    await client.request('workspace.open', { root: workspace.root });
    await page.goto(`${portal.base}/workflows/far%2Fprices`);
    await box('summary').waitFor();
    const versions = page.getByRole('navigation', { name: 'Version' });
    await versions.getByRole('link', { name: 'As saved', exact: true }).and(page.locator('[aria-current="page"]')).waitFor();
    await portal.shoot('portal-saved');
    await versions.getByRole('link', { name: /Pushed/ }).click();
    await box('report').waitFor();
    assert.equal(new URL(page.url()).pathname, '/workflows/far%2Fprices/pushed');
    await portal.shoot('portal-saved-and-pushed');
    assert.deepEqual(await findBarriers(page.mainFrame()), []);
    await box('clean').click();
    await page.getByRole('complementary', { name: 'Step clean' }).getByRole('button', { name: 'Open code' }).click();
    const link = page.locator('.toast').getByRole('link', { name: 'Open in VS Code' });
    assert.equal(await link.getAttribute('href'), `vscode://file${workspace.root}/modules/far/clean/main.py`);
  });

  it('looks as the system does, on a narrow screen too', async () => {
    await page.goto(`${portal.base}/workflows/far%2Fprices/pushed`);
    for (const [name, media] of [
      ['light', { colorScheme: 'light' }],
      ['dark', { colorScheme: 'dark' }],
      ['forced-dark', { colorScheme: 'dark', forcedColors: 'active' }],
      ['forced-light', { colorScheme: 'light', forcedColors: 'active' }],
    ] as const) {
      await page.emulateMedia(media);
      await box('report').waitFor();
      assert.deepEqual(await findBarriers(page.mainFrame()), [], name);
      await portal.shoot(`portal-pushed-${name}`);
    }
    await page.emulateMedia({ colorScheme: null, forcedColors: null });
    await page.setViewportSize({ width: 420, height: 800 });
    await box('load').waitFor();
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'), 'nothing sticks out');
    await portal.shoot('portal-pushed-narrow');
  });

  it('has asked the clock for nothing but open workspaces, and broken no policy', () => {
    assert.deepEqual(portal.problems, []);
    assert.deepEqual([...new Set(portal.asked)].filter((method) => !method.startsWith('session.') && !method.startsWith('$')).sort(), [
      'workflow.plan',
      'workflow.show',
      'workspace.list',
      'workspace.plan',
    ]);
  });
});
