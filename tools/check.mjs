// `npm run check`: everything that can be said about the code without running it. Two checks at a time; each prints its time.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { checkLicences } from './check/licences.mjs';
import { checkPython } from './check/ruff.mjs';
import { root } from './setup/paths.mjs';
import { writeCounts } from './test/counts.mjs';

const product = ['extension', 'language', 'rde-agent', 'webviews', 'test'];

const checks = [
  { name: 'types', run: () => tool('tsc', ['-b']) },
  { name: 'lint', run: () => tool('eslint', ['.']) },
  { name: 'boundaries', run: () => tool('depcruise', ['--config', '.dependency-cruiser.mjs', ...product]) },
  { name: 'format', run: () => tool('prettier', ['--check', '--log-level', 'warn', '.']) },
  { name: 'unused', run: () => tool('knip', ['--no-progress']) },
  { name: 'python', run: () => findings(checkPython()) },
  { name: 'licences', run: () => findings(checkLicences()) },
];

const only = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const queue = checks.filter(({ name }) => only.length === 0 || only.includes(name));
const counts = { passed: 0, failed: 0, skipped: 0 };
await Promise.all([worker(), worker()]);
writeCounts(counts);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;

async function worker() {
  for (let check = queue.shift(); check; check = queue.shift()) {
    const started = performance.now();
    const { ok, output } = await check.run();
    counts[ok ? 'passed' : 'failed'] += 1;
    console.log(`${ok ? 'ok  ' : 'FAIL'} ${check.name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    if (!ok) console.log(output.replace(/^/gm, '    '));
  }
}

/** Runs a program of node_modules on this Node. */
async function tool(name, args) {
  const child = spawn(process.execPath, [path.join(root, 'node_modules/.bin', name), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  return { ok: code === 0, output: output.trimEnd() };
}

function findings(lines) {
  return Promise.resolve({ ok: lines.length === 0, output: lines.join('\n') });
}
