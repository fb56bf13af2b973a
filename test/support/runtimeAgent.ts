import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { EMPTY_ENVIRONMENT } from '../../language/model/environment.ts';
import { createProcessRuntime } from '../../rde-agent/runtimes/process/processRuntime.ts';
import { RecordingObserver, RuntimeFolders } from './runtimeHarness.ts';
import { toProcessOptions } from './runtimeProcess.ts';

// A program that stands in for an agent: launches the module in argv[3] with the state folder argv[2], prints what the task prints, and stays.
// With argv[4], a version of Node, the module is a bundle.
const [, , stateFolder = '', source = '', node] = process.argv;
const folders = new RuntimeFolders();
const never = new AbortController().signal;
const runtime = createProcessRuntime(toProcessOptions(stateFolder));
const environment = await runtime.pin({ ...EMPTY_ENVIRONMENT, node }, null);
await runtime.prepare(environment, null, () => undefined, never);
const observer = new RecordingObserver();
const context = folders.task(source);
if (node !== undefined) writeFileSync(path.join(context.root, 'main.mjs'), source);
const launched = runtime.launch({ environment, context, preload: [], reuse: 'fork', observer }, never);
await observer.until((heard) => heard.text('out').includes('ready'));
const pids = runtime
  .workers()
  .map((worker) => worker.pid)
  .filter((pid) => pid > 0);
console.log(JSON.stringify({ pids, printed: observer.text('out'), folder: folders.root }));
await launched;
