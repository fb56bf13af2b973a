// What every npm script calls: does the set-up that the task needs, then runs the task on Node 24.
// This file and tools/setup run on the machine's own Node (20 or newer), because npm's certificates and settings belong to it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants, userInfo } from 'node:os';
import path from 'node:path';
import { bundles } from './setup/bundles.mjs';
import { chromium } from './setup/chromium.mjs';
import { taskEnvironment } from './setup/environment.mjs';
import { SetupError } from './setup/execute.mjs';
import { faketime } from './setup/faketime.mjs';
import { node, nodeExecutable } from './setup/node.mjs';
import { packages } from './setup/packages.mjs';
import { root } from './setup/paths.mjs';
import { postgres } from './setup/postgres.mjs';
import { objectStore, oracleSources, pythonTools, uv, uvBin } from './setup/python.mjs';
import { shells } from './setup/shells.mjs';
import { prepare, reportFailure } from './setup/steps.mjs';
import { vscodeServer } from './vscode/server.mjs';

const agent = bundles('agent', 'portal');
const all = bundles('agent', 'extension', 'languageServer', 'webviews', 'portal');

const tasks = {
  start: { script: 'tools/start.mjs', steps: [node, packages, agent, uv] },
  test: {
    script: 'tools/test.mjs',
    steps: [node, packages, all, uv],
    optional: [pythonTools, postgres, faketime, shells, objectStore, oracleSources, chromium, vscodeServer],
  },
  'test:quick': { script: 'tools/test.mjs', args: ['--quick'], steps: [node, packages, agent, uv] },
  check: { script: 'tools/check.mjs', steps: [node, packages] },
  format: { script: 'tools/format.mjs', steps: [node, packages] },
  reference: { script: 'tools/reference.mjs', steps: [node, packages] },
  l10n: { script: 'tools/l10n.mjs', steps: [node, packages] },
  build: { script: 'tools/build.mjs', steps: [node, packages] },
  watch: { script: 'tools/build.mjs', args: ['--watch'], steps: [node, packages] },
  package: { script: 'tools/package.mjs', steps: [node, packages, all] },
  bench: { script: 'tools/bench.mjs', steps: [node, packages, agent, uv] },
  cairn: { script: 'dist/agent/cairn.mjs', steps: [node, packages, agent, uv], inCallersFolder: true },
  ide: { script: 'tools/ide.mjs', steps: [node, packages, all, uv, vscodeServer] },
};

const [name, ...rest] = process.argv.slice(2);
const task = tasks[name];
if (!task) {
  console.error(`Usage: node tools/run.mjs TASK [arguments]\nTasks: ${Object.keys(tasks).join(', ')}`);
  process.exit(2);
}

let running = name;
const watched = (step) => ({ ...step, run: () => ((running = step.name), step.run()) });
try {
  const missing = await prepare(task.steps.map(watched), task.optional?.map(watched));
  await runTask(missing);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  reportFailure(running, error);
  process.exit(1);
}

/** A variable that names the Python of a step, where the task has that step and it worked. */
function toPython(variable, step, missing) {
  return task.optional?.includes(step) && !missing[step.name] ? { [variable]: step.executable() } : {};
}

/** Interpreters of the person who runs the tests, also where HOME is an empty folder: the tests look for several versions of Python. */
function toPyenv() {
  const folder = path.join(userInfo().homedir, '.pyenv');
  return name === 'test' && !process.env.PYENV_ROOT && existsSync(folder) ? { PYENV_ROOT: folder } : {};
}

async function runTask(missing) {
  const environment = taskEnvironment({
    PATH: `${uvBin}${path.delimiter}${process.env.PATH ?? ''}`,
    ...toPyenv(),
    CAIRN_DEV_MISSING: JSON.stringify(missing),
    ...toPython('CAIRN_DEV_PYTHON', pythonTools, missing),
    ...toPython('CAIRN_DEV_S3', objectStore, missing),
    ...toPython('CAIRN_DEV_ORACLE', oracleSources, missing),
  });
  const cwd = task.inCallersFolder ? (process.env.INIT_CWD ?? process.cwd()) : root;
  const args = [path.join(root, task.script), ...(task.args ?? []), ...rest];
  const child = spawn(nodeExecutable(), args, { cwd, env: environment, stdio: 'inherit' });
  // The terminal sends its signals to both; what is sent to this process alone must reach the task.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // npm passes a signal on to its shell only, and the shell dies without telling us.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 500).unref();
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
}
