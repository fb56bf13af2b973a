import assert from 'node:assert/strict';
import path from 'node:path';
import { moduleFiles } from '../support/smallWorkspace.ts';
import { writeFiles } from '../support/tempFolder.ts';
import { runInExtensionHost, type HostTest } from '../support/workbench/extensionHost.ts';
import { shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';

const files = {
  'cairn.yaml': 'workspace: demo\nmodules: [modules/**]\nworkflows: [workflows/**]\n',
  'workflows/flow.workflow.yaml': 'workflow: demo/flow\nsteps:\n  numbers:\n    module: demo/numbers\n',
  'workflows/nightly.workflow.yaml': [
    'workflow: demo/nightly',
    'params: { factor: { type: int, default: 2 } }',
    'steps:',
    '  numbers:',
    '    module: demo/numbers',
    '  double:',
    '    module: demo/double',
    '    in: { rows: numbers.out }',
    '    params:',
    '      factor: ${params.factor}',
    'schedule: { cron: "0 3 * * *", timezone: Australia/Sydney }',
    '',
  ].join('\n'),
  ...moduleFiles('demo/double', {
    inputs: '{ rows: json }',
    params: '{ factor: { type: int, default: 2 } }',
    code: 'def run(rows, factor: int = 2):\n    return {"out": [row * factor for row in rows]}\n',
  }),
  ...moduleFiles('demo/numbers', { code: 'def run():\n    return {"out": [1, 2, 3]}\n' }),
};

/** The number of tests in test/vscode/host: fewer mean that a file was not loaded or the host died. */
const EXPECTED = 13;

describe('the extension in the real extension host', () => {
  let shipped: ShippedExtension;

  before(async function () {
    this.timeout(120_000);
    shipped = await shipExtension();
    writeFiles(shipped.folder, files);
  });

  after(() => shipped?.[Symbol.asyncDispose]());

  it('passes its own mocha tests there', async function () {
    this.timeout(180_000);
    const { folder, vsix, environment } = shipped;
    const results: readonly HostTest[] = await runInExtensionHost({
      folder,
      vsix,
      environment,
      tests: path.join(import.meta.dirname, 'host'),
      settings: { 'files.autoSave': 'off' },
    });
    assert.deepEqual(
      results.filter((test) => test.error !== undefined),
      [],
    );
    assert.equal(results.length, EXPECTED);
  });
});
