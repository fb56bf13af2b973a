// `npm start`: the main job on the example, twice, by the CLI that users have: real rows through hot workers, then all of it reused.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { summarize } from './start/summary.mjs';
import { dist, root } from './setup/paths.mjs';

const example = path.join(root, 'examples/flights');
const workflow = 'flights/train-delay-model';
const cli = path.join(dist, 'agent/cairn.mjs');

const first = await run('first pass');
const second = await run('second pass');
console.log(summarize({ first, second, workflowFile: path.join(example, 'workflows/train-delay-model.workflow.yaml') }));
process.exitCode = first.state === 'succeeded' && second.state === 'succeeded' ? 0 : 1;

/** One run as a person sees it, live; then its document. A command that failed has said why and what to do. */
async function run(title) {
  console.log(`\n$ cairn run ${workflow}    (in examples/flights, ${title})`);
  const child = spawn(process.execPath, [cli, 'run', workflow], { cwd: example, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  const started = code === 0 || code === 1;
  if (!started) process.exit(code ?? 1);
  const newest = ask('runs').runs.find((candidate) => candidate.workflow === workflow);
  if (!newest) process.exit(1);
  return ask('show', newest.run);
}

function ask(...args) {
  const { stdout, status } = spawnSync(process.execPath, [cli, ...args, '--json'], {
    cwd: example,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0 && stdout === '') process.exit(status ?? 1);
  return JSON.parse(stdout);
}
