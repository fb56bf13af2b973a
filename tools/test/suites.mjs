// The suites in the order of `npm test`: how each is started and what it needs.
import { globSync } from 'node:fs';
import path from 'node:path';
import { findChromium } from '../setup/chromium.mjs';
import { root } from '../setup/paths.mjs';
import { vscodeServer } from '../vscode/server.mjs';

const mochaProgram = path.join(root, 'node_modules/mocha/bin/mocha.js');

/**
 * A suite has `name`, `command(folder)` (program and arguments; `folder` is its own scratch folder), `missing()` (a sentence where
 * something it needs is absent), `requirement` (its word in CAIRN_REQUIRE), and `quick` when it belongs to `npm run test:quick`.
 */
export const suites = [
  { name: 'check', command: () => [process.execPath, [path.join(root, 'tools/check.mjs')]] },
  { name: 'unit', quick: true, command: () => mocha('unit') },
  { name: 'contract', quick: true, requirement: 'process', command: () => mocha('contract') },
  { name: 'agent', quick: true, requirement: 'process', command: () => mocha('agent') },
  { name: 'python', requirement: 'python', command: pytest, missing: missingPython, junit: true },
  { name: 'oracle', requirement: 'python', command: () => mocha('oracle', ['--timeout', '600000']), missing: missingSources },
  { name: 'vscode', requirement: 'vscode', command: () => mocha('vscode', ['--timeout', '180000']), missing: missingWorkbench },
];

function mocha(folder, more = []) {
  const pattern = `test/${folder}/**/*.test.{ts,mjs}`;
  const files = globSync(pattern, { cwd: root }).sort();
  return [process.execPath, [mochaProgram, ...more, ...(files.length > 0 ? files : [pattern])]];
}

export const junitFile = 'junit.xml';

function pytest(folder) {
  const options = ['-q', '-p', 'no:cacheprovider', '--override-ini', 'python_files=*_test.py', '--import-mode=importlib'];
  return [process.env.CAIRN_DEV_PYTHON, ['-B', '-m', 'pytest', ...options, '--junit-xml', path.join(folder, junitFile), 'test/python']];
}

function missingPython() {
  return process.env.CAIRN_DEV_PYTHON ? undefined : `its tools could not be set up: ${reasonOf('Python')}`;
}

function missingSources() {
  return process.env.CAIRN_DEV_ORACLE ? undefined : `its packages could not be set up: ${reasonOf('sources')}`;
}

function missingWorkbench() {
  if (!findChromium()) return `no Chromium: ${reasonOf('Chromium')}`;
  return vscodeServer.isDone() ? undefined : `no VS Code server: ${reasonOf('VS Code')}`;
}

/** Why set-up left a step out, as tools/run.mjs passed it on. */
function reasonOf(word) {
  const missing = JSON.parse(process.env.CAIRN_DEV_MISSING ?? '{}');
  const step = Object.keys(missing).find((name) => name.startsWith(word));
  return step ? missing[step] : 'run the tests by `npm test`, which sets it up';
}
