import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Frame, Page } from 'playwright-core';
import { root } from '../../tools/setup/paths.mjs';
import { moduleFiles } from '../support/smallWorkspace.ts';
import { writeFiles } from '../support/tempFolder.ts';
import { findBarriers, THEMES } from '../support/workbench/accessibility.ts';
import { cleanUpAfter } from '../support/workbench/cleanUp.ts';
import { openShipped, shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';
import { waitFor } from '../support/waitFor.ts';
import type { Workbench } from '../support/workbench/workbench.ts';

const visible = { timeout: 30_000 };
/** A38: what a value could say in the hope of running in the panel. */
const hostile = '<img src=x onerror="window.pwned=1">';

const load = `import pyarrow as pa


def load():
    rows = 5000
    return pa.table({
        "id": pa.array(range(rows), pa.int64()),
        "score": pa.array([None if i % 4 == 0 else i / 2 for i in range(rows)], pa.float64()),
        "name": [f"SECRET-{i}" for i in range(rows)],
        "note": [${JSON.stringify(hostile)} + str(i) for i in range(rows)],
    })
`;

const files = {
  'cairn.yaml':
    'workspace: demo\nmodules: [modules/**]\nworkflows: [workflows/**]\nenvironments: [environments/**]\ndatasets: [datasets/**]\n',
  'environments/data.environment.yaml': "environment: data\npython: '>=3.10,<3.15'\nlock: data.lock\n",
  'environments/data.lock': toArrowLock(),
  'datasets/people.py': load,
  'datasets/people.dataset.yaml': [
    'dataset: demo/people',
    'source: { kind: python, entry: people.py:load, environment: data }',
    'format: parquet',
    'owner: team',
    'domain: experiment',
    'columns:',
    '  id: { type: int64, labels: [public] }',
    '  score: { type: float64, labels: [public] }',
    '  name: { type: string, labels: [personal] }',
    '  note: { type: string, labels: [public] }',
    '',
  ].join('\n'),
  'workflows/data.workflow.yaml': 'workflow: demo/data\nsteps:\n  people: { dataset: demo/people }\n  size: { module: demo/size }\n',
  ...moduleFiles('demo/size', { code: 'def run():\n    return {"out": {"rows": 5000}}\n' }),
};

/** Of the packages that the tests of the runner have, the one that tables need, for every Python. */
function toArrowLock(): string {
  const lines = readFileSync(path.join(root, 'test/python/requirements.lock'), 'utf8').split('\n');
  const heads = lines.map((line, index) => [line, index] as const).filter(([line]) => line.startsWith('pyarrow=='));
  return heads
    .flatMap(([head, index]) => {
      const end = lines.findIndex((line, at) => at > index && !line.trimStart().startsWith('--hash'));
      return [head, ...lines.slice(index + 1, end), ''];
    })
    .join('\n');
}

describe('the data of an output', () => {
  let shipped: ShippedExtension;
  let workbench: Workbench;
  let page: Page;
  let data: Frame;

  before(async function () {
    this.timeout(240_000);
    shipped = await shipExtension();
    writeFiles(shipped.folder, files);
    // The machine's own programs and package index: this environment has a package.
    const environment = { ...process.env, ...shipped.environment, HOME: process.env['HOME'] ?? '', PATH: process.env['PATH'] ?? '' };
    const reason = await run(['run', 'demo/data'], environment);
    if (reason !== undefined) {
      console.log(`  python: ${reason}`);
      return this.skip();
    }
    workbench = await openShipped(shipped);
    page = workbench.page;
    await workbench.openFile('data.workflow.yaml');
    await page.locator('.codelens-decoration').first().waitFor(visible);
  });

  /** `undefined` = it succeeded; the reason for a skip where there is no Python or no package index. Throws otherwise. */
  async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
    const program = path.join(root, 'dist/agent/cairn.mjs');
    try {
      await promisify(execFile)(process.execPath, [program, ...args, '--json'], { env, cwd: shipped.folder, maxBuffer: 1 << 26 });
      return undefined;
    } catch (error) {
      const text = error instanceof Error && 'stdout' in error && 'stderr' in error ? `${String(error.stdout)}${String(error.stderr)}` : '';
      const isRequired = (process.env['CAIRN_REQUIRE'] ?? '').split(',').includes('python');
      const found = /"code":"(?:python-missing|environment-failed)","message":"([^"]*)"/.exec(text);
      if (found === null || isRequired) throw error;
      return found[1] ?? '';
    }
  }

  cleanUpAfter('data', () => ({ workbench, shipped }));

  it('is shown with types, labels and statistics, and what is masked with its label', async () => {
    await workbench.palette('Cairn: Show Output…');
    await workbench.pick('people');
    data = await workbench.webview('main.data');
    await data.getByText(/5,000 rows · 4 columns/).waitFor(visible);
    await data.getByRole('img', { name: 'Histogram of id' }).waitFor(visible);
    await data.getByText('Values of name (personal) are not shown because of its label.').waitFor(visible);
    assert.equal(await data.getByText('SECRET').count(), 0);
    await workbench.screenshot('data-table');
  });

  it('is walked by the keyboard, page by page', async () => {
    await data.getByRole('grid').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Control+End');
    await data.locator('.cell-text', { hasText: `Row 5,000, note: ${hostile}4999` }).waitFor(visible);
    await data.getByRole('textbox', { name: 'Go to row' }).fill('2500');
    await page.keyboard.press('Enter');
    await data.locator('.cell-text', { hasText: `Row 2,500, note: ${hostile}2499` }).waitFor(visible);
    assert.equal(await data.evaluate<boolean>('window.pwned !== undefined || document.querySelector("img:not(.figure)") !== null'), false);
  });

  for (const [theme, name] of THEMES) {
    it(`can be read by everyone in ${theme}`, async () => {
      await workbench.palette('Preferences: Color Theme');
      await workbench.pick(theme);
      // The controls take over the colours of a theme a moment after the page.
      await waitFor('the theme is drawn', async () => (await findBarriers(data)).length === 0).catch(() => undefined);
      assert.deepEqual(await findBarriers(data), []);
      await workbench.screenshot(`data-${name}`);
    });
  }
});
