import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { writeFiles } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';
import { cleanUpAfter } from '../support/workbench/cleanUp.ts';
import { packFakeDebugger } from '../support/workbench/fakeDebugger.ts';
import { openShipped, shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';
import type { Workbench } from '../support/workbench/workbench.ts';

const visible = { timeout: 30_000 };
const tests = `import unittest

from scale import scale


class ScaleTest(unittest.TestCase):
    def test_doubles(self):
        print("said by a test")
        self.assertEqual(scale(2), 4)

    def test_keeps_zero(self):
        self.assertEqual(scale(0), 0)
`;
const files = {
  'cairn.yaml': 'workspace: demo\nmodules: [modules/**]\nworkflows: [workflows/**]\n',
  'modules/demo/scale/module.yaml':
    'module: demo/scale\nkind: data\nentry: scale.py:run\noutputs: { out: json }\ndeterminism: pure\ntests: tests\n',
  'modules/demo/scale/scale.py': 'def scale(value):\n    return value * 3\n\n\ndef run():\n    return {"out": scale(2)}\n',
  'modules/demo/scale/tests/test_scale.py': tests,
};

describe('the tests of modules', function () {
  this.timeout(90_000);
  let shipped: ShippedExtension;
  let workbench: Workbench;
  let page: Page;

  before(async function () {
    this.timeout(180_000);
    shipped = await shipExtension();
    writeFiles(shipped.folder, files);
    workbench = await openShipped(shipped, { moreExtensions: [packFakeDebugger(path.dirname(shipped.vsix))] });
    page = workbench.page;
  });

  cleanUpAfter('tests', () => ({ workbench, shipped }));

  function row(text: string): Locator {
    return page.locator('.test-explorer .monaco-list-row', { hasText: text }).first();
  }

  /** The state that the test view reads out, such as `(Failed)`. */
  function state(text: string): Promise<string> {
    return row(text)
      .getAttribute('aria-label')
      .then((label) => label ?? '');
  }

  it('are not looked for before anybody asks', async () => {
    await page.locator('.activitybar').getByRole('tab', { name: 'Testing' }).waitFor(visible);
    await assert.rejects(shipped.cairn('agent', 'status'));
  });

  it('stand in the test view by module, file and class', async () => {
    await page.locator('.activitybar').getByRole('tab', { name: 'Testing' }).click();
    await row('demo/scale').click(visible);
    await row('test_scale.py').waitFor(visible);
    for (const key of ['ArrowDown', 'ArrowRight', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
    await row('ScaleTest').waitFor(visible);
    await row('test_doubles').waitFor(visible);
    await row('test_keeps_zero').waitFor(visible);
  });

  it('run, and fail at the line that failed, with what it says', async () => {
    await workbench.palette('Test: Run All Tests');
    await waitFor('the results', async () => /fail/i.test(await state('test_doubles')) && /pass/i.test(await state('test_keeps_zero')), 30);
    await workbench.openFile('test_scale.py');
    await page.getByText('AssertionError: 6 != 4').first().waitFor(visible);
    const marked = page.locator('.editor-group-container.active .testing-run-glyph');
    await waitFor('the marks', async () => (await marked.count()) === 2);
    await workbench.screenshot('tests');
  });

  it('run one by one from the line they begin at, and pass when mended', async () => {
    const source = path.join(shipped.folder, 'modules/demo/scale/scale.py');
    writeFileSync(source, readFileSync(source, 'utf8').replace('* 3', '* 2'));
    await page.locator('.testing-run-glyph').first().click(visible);
    await waitFor('the result', async () => /pass/i.test(await state('test_doubles')), 30);
  });

  it('are debugged in the environment of the module, and tell what came of them', async () => {
    const source = path.join(shipped.folder, 'modules/demo/scale/scale.py');
    writeFileSync(source, readFileSync(source, 'utf8').replace('* 2', '* 5'));
    await workbench.palette('Test: Debug All Tests');
    await waitFor('the results', async () => /fail/i.test(await state('test_doubles')) && /pass/i.test(await state('test_keeps_zero')), 60);
    await workbench.palette('Debug Console: Focus on Debug Console View');
    await page.locator('.repl').getByText('said by a test').first().waitFor(visible);
    await workbench.screenshot('tests-debugged');
    const left = readdirSync(os.tmpdir()).filter((name) => name.startsWith('cairn-debug-'));
    await waitFor('its folder is gone', () => left.every((name) => !existsSync(path.join(os.tmpdir(), name))), 30);
  });

  it('are found again when a file of them is saved', async () => {
    await workbench.openFile('test_scale.py');
    await page.locator('.editor-group-container.active .monaco-editor .view-lines').first().click(visible);
    await page.keyboard.press('Control+End');
    await page.keyboard.insertText('\n    def test_added(self):\n        pass\n');
    await page.keyboard.press('Control+S');
    await row('test_added').waitFor(visible);
  });
});
