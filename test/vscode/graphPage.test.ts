import assert from 'node:assert/strict';
import type { TaskView } from '../../rde-agent/protocol/taskView.ts';
import type { GraphPanelModel } from '../../webviews/protocol/graphPanel.ts';
import { inner, outer, sketchWorkflow } from '../support/graphs.ts';
import { makeRun, makeTask } from '../support/runViews.ts';
import { waitFor } from '../support/waitFor.ts';
import { startPanelPage, type OwnPanelPage } from '../support/workbench/panelPage.ts';

const hostile = '<img src=x onerror="window.pwned=1">';
const tasks = ['load', 'clean', 'check', 'check/fit', 'check/score'].map((id) => makeTask(id));
const link = { state: 'live', since: '', message: '' } as const;

function toModel(changed: Partial<GraphPanelModel> = {}): GraphPanelModel {
  return { workflow: outer, nested: [inner], message: '', run: makeRun(tasks), plan: null, link, ...changed };
}

describe('the page of a graph', function () {
  this.timeout(120_000);
  let panel: OwnPanelPage;

  before(async () => {
    panel = await startPanelPage('workflowGraph', toModel(), { root: '/demo', file: 'outer.workflow.yaml' });
    await panel.page.locator('[id="step-load"]').waitFor();
  });

  after(() => panel?.[Symbol.asyncDispose]());

  const placeOf = (step: string): Promise<string | null> => panel.page.locator(`[id="step-${step}"]`).getAttribute('style');

  it('moves no box when a state changes', async () => {
    const before = await Promise.all(['load', 'check/score'].map(placeOf));
    const failed: Partial<TaskView> = { state: 'failed', decision: 'executed', finished: '2026-01-01T00:00:00Z' };
    const run = makeRun(tasks.map((task) => (task.id === 'check/score' ? makeTask(task.id, failed) : task)));
    await panel.tell({ type: 'changed', model: { run } });
    await panel.page.locator('[id="step-check/score"]').getByText('failed').waitFor();
    assert.deepEqual(await Promise.all(['load', 'check/score'].map(placeOf)), before);
  });

  it('exports a picture that a browser opens by itself, with every step in it', async () => {
    await panel.page.getByRole('button', { name: 'Export', exact: true }).click();
    await panel.page.getByRole('button', { name: 'Export SVG' }).click();
    const exported = await waitFor('the picture', async () => (await panel.sent()).find((message) => message.type === 'export'));
    const page = await panel.page.context().newPage();
    await page.route('http://picture.test/**', (route) =>
      route.fulfill({ contentType: 'image/svg+xml', body: String(exported['content']) }),
    );
    await page.goto('http://picture.test/graph.svg');
    const texts = await page.locator('text').allTextContents();
    for (const step of ['load', 'clean', 'fit', 'score', 'report']) assert.ok(texts.includes(step), step);
    assert.equal(await page.locator('script, foreignObject, image').count(), 0);
    await page.close();
  });

  it('keeps what a person looks at', async () => {
    await panel.page.locator('.frame').focus();
    await panel.page.keyboard.press('ArrowDown');
    const kept = await waitFor('the selection', async () => {
      const state = JSON.stringify(await panel.kept());
      return state.includes('"selected":"load"') && state;
    });
    assert.match(kept, /"root":"\/demo"/);
  });

  it('runs nothing of what a file says', async () => {
    const workflow = sketchWorkflow('demo/hostile', { [hostile]: [], two: [hostile] });
    await panel.tell({ type: 'changed', model: { workflow: { ...workflow, description: hostile }, nested: [], run: null } });
    await panel.page.getByText(hostile).first().waitFor();
    assert.equal(await panel.page.evaluate('window.pwned === undefined && document.querySelectorAll("img").length === 0'), true);
    assert.deepEqual(panel.errors, []);
  });
});
