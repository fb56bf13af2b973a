// `npm start`: the main job on the example, twice, by the CLI that users have: real rows through hot workers, then all of it reused.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { summarize } from './start/summary.mjs';
import { dist, root } from './setup/paths.mjs';

const example = path.join(root, 'examples/flights');
const workflow = 'train-delay-model';
const cli = path.join(dist, 'agent/cairn.mjs');

console.log(`cairn run ${workflow}  (examples/flights, first pass)`);
const first = await run();
console.log(`cairn run ${workflow}  (second pass)`);
const second = await run();
console.log(summarize({ first, second, workflowFile: path.join(example, `workflows/${workflow}.workflow.yaml`) }));
process.exitCode = first.state === 'succeeded' && second.state === 'succeeded' ? 0 : 1;

/** One run by the CLI; its progress goes to the terminal, its last line is the document of the run. */
async function run() {
  const child = spawn(process.execPath, [cli, 'run', workflow, '--json'], { cwd: example, stdio: ['ignore', 'pipe', 'inherit'] });
  let last;
  for await (const line of createInterface({ input: child.stdout })) last = JSON.parse(line);
  if (last?.run === undefined || last.steps === undefined) {
    // The CLI has said on standard error what failed, why and what to do.
    process.exit(1);
  }
  return last;
}
