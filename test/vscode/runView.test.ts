import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Frame, Page } from 'playwright-core';
import { PlanDocument, RunsDocument } from '../../rde-agent/protocol/documents.ts';
import { moduleFiles } from '../support/smallWorkspace.ts';
import { writeFiles } from '../support/tempFolder.ts';
import { findBarriers, THEMES } from '../support/workbench/accessibility.ts';
import { cleanUpAfter } from '../support/workbench/cleanUp.ts';
import { openShipped, shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';
import type { Workbench } from '../support/workbench/workbench.ts';
import { isStored } from '../support/workbench/storedState.ts';
import { waitFor } from '../support/waitFor.ts';

const visible = { timeout: 30_000 };
/** A38: what a task could say in the hope of running in a panel. */
const hostile = '<img src=x onerror="window.pwned=1"><svg onload="window.pwned=1">';
const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFElEQVR4nGO4YxaAFTEMLQkGrAAANq5D8Tk6p3cAAAAASUVORK5CYII=';

const workflow = `workflow: demo/look
params: { factor: { type: int, default: 2 } }
steps:
  load: { module: demo/load }
  talk: { module: demo/talk, in: { rows: load.out } }
  train:
    module: demo/train
    in: { rows: load.out }
    foreach: { kind: [ridge, forest, boosting] }
    params:
      kind: \${foreach.kind}
      factor: \${params.factor}
  draw: { module: demo/draw, in: { scores: 'train[*].out' }, join: all }
  check: { module: demo/check, in: { rows: talk.out } }
  again: { module: demo/again, retry: { attempts: 2, backoff: 1s, on: [user] } }
`;

/** Talks until it is told to stop, so that its log can be seen growing. */
const talk = `import os
import time

def run(rows):
    stop = os.path.join(os.path.expanduser("~"), "stop-talking")
    for number in range(600):
        print("\\033[31mline\\033[0m", 100 + number, ${JSON.stringify(hostile)}, flush=True)
        if os.path.exists(stop):
            break
        time.sleep(0.1)
    return {"out": rows}
`;

/** Fails the first time. */
const again = `import os

def run():
    tried = os.path.join(os.path.expanduser("~"), "tried")
    if not os.path.exists(tried):
        open(tried, "w").close()
        raise ValueError("not yet")
    return {"out": 1}
`;

function toFiles(factor: number) {
  return {
    'cairn.yaml': 'workspace: demo\nmodules: [modules/**]\nworkflows: [workflows/**]\n',
    'workflows/look.workflow.yaml': workflow,
    ...moduleFiles('demo/load', { code: `def run():\n    return {"out": [${factor}, 2, 3]}\n` }),
    ...moduleFiles('demo/talk', { inputs: '{ rows: json }', code: talk }),
    ...moduleFiles('demo/train', {
      inputs: '{ rows: json }',
      params: '{ kind: { type: string }, factor: { type: int } }',
      code: 'from cairn import log_metric\n\ndef run(rows, kind, factor):\n    log_metric("score", len(kind) * factor + rows[0])\n    return {"out": len(kind)}\n',
    }),
    ...moduleFiles('demo/draw', {
      inputs: '{ scores: { list: json } }',
      outputs: '{ plot: file, out: json }',
      code: `import base64\nimport os\n\ndef run(scores):\n    path = os.path.join(os.environ["TMPDIR"], "plot.png")\n    with open(path, "wb") as file:\n        file.write(base64.b64decode("${picture}"))\n    return {"plot": path, "out": max(scores)}\n`,
    }),
    ...moduleFiles('demo/again', { code: again }),
    ...moduleFiles('demo/check', {
      inputs: '{ rows: json }',
      code: `def run(rows):\n    print("checking")\n    raise ValueError(${JSON.stringify(hostile)})\n`,
    }),
  };
}

describe('the run view', () => {
  let shipped: ShippedExtension;
  let workbench: Workbench;
  let page: Page;
  let run: Frame;
  const refused: string[] = [];

  const write = (factor: number): void => writeFiles(shipped.folder, toFiles(factor));

  before(async function () {
    this.timeout(180_000);
    shipped = await shipExtension();
    write(1);
    workbench = await openShipped(shipped);
    page = workbench.page;
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy') && message.location().url.includes('webviews')) refused.push(message.text());
    });
  });

  cleanUpAfter('run-view', () => ({ workbench, shipped }));

  const tab = (name: string) => run.getByRole('tab', { name, exact: true });
  const row = (name: RegExp) => run.getByRole('row', { name });

  it('shows the log of a task while it is written, and follows its end', async () => {
    await workbench.openFile('look.workflow.yaml');
    // The agent answers, and the commands know the file.
    await page.locator('.codelens-decoration', { hasText: 'will run' }).first().waitFor(visible);
    await workbench.palette('Cairn: Run');
    run = await workbench.webview('main.run');
    await row(/^talk/).getByText('running').waitFor(visible);
    await row(/^talk/).click(visible);
    await run.getByRole('button', { name: 'Log of talk' }).click(visible);
    await run
      .locator('.log-text', { hasText: /^line \d+ / })
      .first()
      .waitFor(visible);
    const newest = async (): Promise<number> => Number(await run.locator('.log-number').last().innerText());
    const shown = await newest();
    await waitFor('more lines are in sight', async () => (await newest()) > shown + 5, 30);
    assert.equal(await run.getByText('\u001b').count(), 0);
    await workbench.screenshot('run-logs-live');
  });

  it('finds text in it', async () => {
    await run.getByRole('textbox', { name: 'Find in the log' }).fill('line 107 ');
    await run.locator('mark', { hasText: 'line 107 ' }).waitFor(visible);
    await run.getByText('1 of 1').waitFor(visible);
    await page.keyboard.press('Escape');
    writeFileSync(path.join(path.dirname(shipped.folder), 'stop-talking'), '');
    await run.locator('header').getByText('failed', { exact: true }).waitFor(visible);
  });

  it('walks all tabs over one selection', async () => {
    await tab('Table').click(visible);
    await row(/^train\[forest\]/).click(visible);
    await run.getByRole('complementary', { name: 'Details of train[forest]' }).waitFor(visible);
    await tab('Timeline').click(visible);
    await row(/^train/)
      .first()
      .waitFor(visible);
    assert.equal(await run.locator('[aria-selected="true"][role="row"]').count(), 1);
    await workbench.screenshot('run-timeline');
    await tab('Graph').click(visible);
    await run.locator('#step-train[aria-selected="true"]').waitFor(visible);
    await workbench.screenshot('run-graph');
    await tab('Logs').click(visible);
    await run.getByRole('combobox', { name: 'Whose log' }).locator('.selected-value', { hasText: 'train[forest]' }).waitFor(visible);
  });

  it('is walked by the keyboard alone', async () => {
    await tab('Table').click(visible);
    await run.getByRole('grid').focus();
    await page.keyboard.press('Home');
    assert.match((await run.locator('[role="row"][aria-selected="true"]').innerText()).trim(), /^load/);
    await page.keyboard.press('End');
    await run.locator('[role="row"][aria-selected="true"]', { hasText: 'draw' }).waitFor(visible);
    await row(/^check/).click(visible);
    await page.keyboard.press('Alt+Enter');
    await run.locator('.log-text', { hasText: 'checking' }).waitFor(visible);
    await tab('Table').click(visible);
    await run.getByRole('grid').focus();
    await page.keyboard.press('Enter');
    // The line that it failed at; of a step that did not fail its function.
    await page.locator('.statusbar-item', { hasText: 'Ln 3, Col 1' }).waitFor(visible);
    await row(/^load/).click(visible);
    await page.keyboard.press('Enter');
    await page.locator('.statusbar-item', { hasText: 'Ln 1, Col 1' }).waitFor(visible);
  });

  it('draws each attempt of a task that was tried again, with why the first is over', async () => {
    await tab('Timeline').click(visible);
    await row(/^again/).click(visible);
    await row(/^again/)
      .locator('.bar-retried')
      .waitFor(visible);
    const detail = run.getByRole('complementary', { name: 'Details of again' });
    await detail.getByText('ValueError: not yet').waitFor(visible);
    await detail.getByText(/tried again after/).waitFor(visible);
    await workbench.screenshot('run-tried-again');
    await detail.getByRole('button', { name: 'main.py:7' }).click(visible);
    await page.locator('.statusbar-item', { hasText: 'Ln 7, Col 1' }).waitFor(visible);
    await tab('Table').click(visible);
  });

  it('leads from the error to its line', async () => {
    await row(/^check/).click(visible);
    await run.locator('.error-text').getByRole('button', { name: 'main.py:3' }).click(visible);
    await page.locator('.statusbar-item', { hasText: 'Ln 3, Col 1' }).waitFor(visible);
  });

  it('draws a figure beside its output, and shows the output in a panel of its own', async () => {
    await row(/^draw/).click(visible);
    await run.getByRole('img', { name: 'Figure plot of draw' }).waitFor(visible);
    await workbench.screenshot('run-figure');
    await run.getByRole('button', { name: 'Show output plot of draw' }).click(visible);
    const data = await workbench.webview('main.data');
    await data.getByRole('img', { name: 'Figure draw.plot' }).waitFor(visible);
    await workbench.screenshot('data-figure');
    await data.getByRole('button', { name: /^[0-9a-f]{8}-/ }).click(visible);
    run = await workbench.webview('main.run');
  });

  it('filters and sorts its table', async () => {
    await run.getByRole('textbox', { name: 'Filter tasks' }).fill('train score');
    await run.getByText('3 of 8 tasks').waitFor(visible);
    await run.getByRole('columnheader', { name: 'Task' }).getByRole('button').click(visible);
    assert.match(await run.locator('.task-row').first().innerText(), /^train\[boosting\]/);
    await run.getByRole('textbox', { name: 'Filter tasks' }).fill('');
    await run.getByText('8 tasks', { exact: true }).waitFor(visible);
  });

  it('shows the same selection in the same tab after the window was loaded again', async () => {
    await tab('Timeline').click(visible);
    await row(/^check/)
      .first()
      .click(visible);
    await waitFor('the editor has stored its panels', () => isStored(page, '"tab":"timeline"', '"selected":"check"'), 60);
    await page.reload();
    run = await workbench.webview('main.run');
    await run.getByRole('treegrid').waitFor(visible);
    await run.getByRole('complementary', { name: 'Details of check' }).waitFor(visible);
  });

  it('compares two runs: what was given differently and what it did', async () => {
    write(5);
    await waitFor('the change is seen', async () => {
      const { steps } = PlanDocument.parse(await shipped.cairn('plan', 'demo/look'));
      return steps.some(({ step, decision }) => step === 'load' && decision === 'miss');
    });
    await workbench.palette('Cairn: Run');
    await waitFor('a second run has ended', async () => {
      const { runs } = RunsDocument.parse(await shipped.cairn('runs'));
      return runs.length === 2 && runs.every((one) => one.state === 'failed');
    });
    // The agent knows a moment before the title does.
    const tab = page.locator('.tab', { hasText: 'look · failed' });
    await tab.first().waitFor(visible);
    assert.equal(await page.locator('.tab', { hasText: 'look · ' }).count(), 1, 'the panel of the window before took the next run');
    await tab.click(visible);
    await workbench.palette('Cairn: Compare Runs…');
    await workbench.pick('demo/look');
    const compare = await workbench.webview('main.compare');
    await compare.getByRole('row', { name: /^load code/ }).click(visible);
    await compare
      .locator('.detail')
      .getByRole('button', { name: /main\.py/ })
      .first()
      .waitFor(visible);
    await workbench.screenshot('compare-steps');
    await compare.getByRole('tab', { name: /^Metrics \(3\)/ }).click(visible);
    await compare.getByRole('cell', { name: 'score' }).first().waitFor(visible);
    await workbench.screenshot('compare-metrics');
    assert.deepEqual(await findBarriers(compare), []);
  });

  it('compares them on one graph, with the selection of the tables', async () => {
    const compare = await workbench.webview('main.compare');
    await compare.getByRole('tab', { name: 'Graph' }).click(visible);
    await compare.locator('#step-load[aria-selected="true"]').getByText('changed', { exact: true }).waitFor(visible);
    await compare.locator('#step-load').getByText('code', { exact: true }).waitFor(visible);
    await compare.locator('#step-train').getByText('3/3').waitFor(visible);
    await compare.locator('.frame').focus();
    await page.keyboard.press('e');
    await compare.locator('#step-talk[aria-selected="true"]').waitFor(visible);
    await page.keyboard.press('Enter');
    await page.locator('.tab.active', { hasText: 'main.py' }).waitFor(visible);
  });

  for (const [theme, name] of THEMES) {
    it(`can be read by everyone in ${theme}`, async () => {
      await workbench.palette('Preferences: Color Theme');
      await workbench.pick(theme);
      for (const [title, selector] of [
        ['look · failed', 'main.run'],
        ['look · compared', 'main.compare'],
      ] as const) {
        await page.locator('.tab', { hasText: title }).first().click(visible);
        const frame = await workbench.webview(selector);
        if (selector === 'main.run') {
          for (const view of ['Graph', 'Timeline', 'Table', 'Logs']) {
            await frame.getByRole('tab', { name: view, exact: true }).click(visible);
            await frame.getByRole('tabpanel', { name: view }).waitFor(visible);
            assert.deepEqual(await findBarriers(frame), [], `${view} in ${theme}`);
            await workbench.screenshot(`run-view-${view.toLowerCase()}-${name}`);
          }
        } else {
          for (const view of ['Graph', /^Steps/]) {
            await frame.getByRole('tab', { name: view }).click(visible);
            await frame.getByRole('tabpanel', { name: view }).waitFor(visible);
            assert.deepEqual(await findBarriers(frame), [], `comparison, ${String(view)}, in ${theme}`);
            await workbench.screenshot(`compare-${view === 'Graph' ? 'graph-' : ''}${name}`);
          }
        }
      }
    });
  }

  it('runs nothing of what tasks say, and breaks no rule of its content policy', async () => {
    for (const selector of ['main.compare']) {
      const frame = await workbench.webview(selector);
      assert.equal(await frame.evaluate<boolean>('window.pwned !== undefined'), false);
    }
    assert.deepEqual(refused, []);
    assert.deepEqual(workbench.pageErrors, []);
  });
});
