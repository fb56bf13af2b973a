import { cruise } from 'dependency-cruiser';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { boundaryRules } from '../../../tools/check/boundaryRules.mjs';
import { importTable, siblingFolders } from '../../../tools/check/importTable.mjs';

/** The folder that stands for a row: the panels are one row. */
const folderOf = (row) => row.from.replace('[^/]+', 'run');

/** Every rule with a file that breaks it: [rule, file, what it imports]. */
const bad = [
  ['no-cycles', 'language/model/circleA.ts', './circleB.ts'],
  ['pure-stays-pure', 'rde-agent/engine/reads.ts', 'node:fs'],
  ['pure-stays-pure', 'language/parse/clock.ts', 'node:timers'],
  ['pure-stays-pure', 'webviews/protocol/reads.ts', 'node:fs'],
  ['vscode-only-at-the-edge', 'extension/agent/edits.ts', 'vscode'],
  ['vscode-only-at-the-edge', 'rde-agent/cli/edits.ts', 'vscode'],
  ['product-never-imports-test', 'rde-agent/server/tests.ts', '../../test/support/fake.ts'],
  ['product-never-imports-test', 'extension/ui/tools.ts', '../../tools/run.mjs'],
  ...siblingFolders.map((folder) => [`${folder.split('/')[1]}-are-siblings`, `${folder}/one/peeks.ts`, '../two/own.ts']),
  ...importTable.map((row) => [ruleOf(row), `${folderOf(row)}/takesPackage.ts`, 'left-pad']),
  ...importTable
    .filter((row) => row.from !== 'rde-agent/server')
    .map((row) => [ruleOf(row), `${folderOf(row)}/takesServer.ts`, '../../rde-agent/server/own.ts']),
  ['imports-of-webviews-panels', 'webviews/run/takesPanel.ts', '../workflowGraph/own.ts'],
  ['imports-of-extension-agent', 'extension/agent/takesUi.ts', '../ui/own.ts'],
  ['imports-of-rde-agent-workspace', 'rde-agent/workspace/takesSqlite.ts', '../store/sqlite/own.ts'],
].filter(
  ([rule, file]) =>
    !(file.startsWith('rde-agent/cli/takesServer') || (rule === 'imports-of-rde-agent-server' && file.includes('takesServer'))),
);

function ruleOf(row) {
  return `imports-of-${row.from.replace('/[^/]+', '-panels').replace('/', '-')}`;
}

describe('boundaries between folders', () => {
  let folder;
  let violations;

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'boundaries-'));
    for (const [, file, imported] of bad) write(file, `import type { it } from '${imported}';\nexport type Own = it;\n`);
    for (const file of bad
      .map(([, from, imported]) => path.join(path.dirname(from), imported))
      .filter((name) => /\/(own|fake)\.ts$|run\.mjs$/.test(name))) {
      write(file, 'export type it = 1;\n');
    }
    // A cycle is reported once, from its first file.
    write('language/model/circleB.ts', "import type { Own } from './circleA.ts';\nexport type it = Own;\n");
    violations = await findViolations(folder);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [rule, file, imported] of bad) {
    it(`${rule} refuses that ${file} imports ${imported}`, () => {
      assert.ok(
        violations.some((violation) => violation.rule === rule && violation.from === file),
        `found only ${JSON.stringify(violations.filter((violation) => violation.from === file))}`,
      );
    });
  }

  it('has an example for every rule', () => {
    const covered = new Set(bad.map(([rule]) => rule));
    assert.deepEqual(
      boundaryRules()
        .map((rule) => rule.name)
        .filter((name) => !covered.has(name)),
      [],
    );
  });

  function write(file, text) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
});

async function findViolations(baseDir) {
  const options = { baseDir, validate: true, ruleSet: { forbidden: boundaryRules() }, tsPreCompilationDeps: true };
  const { output } = await cruise(['extension', 'language', 'rde-agent', 'webviews'], options);
  return output.summary.violations.map(({ rule, from }) => ({ rule: rule.name, from }));
}
