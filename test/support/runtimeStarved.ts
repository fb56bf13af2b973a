import { closeSync, openSync } from 'node:fs';
import { EMPTY_ENVIRONMENT } from '../../language/model/environment.ts';
import { createProcessRuntime } from '../../rde-agent/runtimes/process/processRuntime.ts';
import { RecordingObserver, RuntimeFolders } from './runtimeHarness.ts';
import { toProcessOptions } from './runtimeProcess.ts';

// Takes all files that this process may open, launches twice, gives them back and launches again; prints the three outcomes.
const folders = new RuntimeFolders();
const never = new AbortController().signal;
const runtime = createProcessRuntime(toProcessOptions(process.argv[2] ?? '', { limits: { quarantineSeconds: 0.1 } }));
const environment = await runtime.pin(EMPTY_ENVIRONMENT, null);
await runtime.prepare(environment, null, () => undefined, never);
const context = folders.task('def run():\n    return {"result": 1}\n');

const launch = async (): Promise<void> => {
  const outcome = await runtime.launch({ environment, context, preload: [], reuse: 'fork', observer: new RecordingObserver() }, never);
  outcomes.push(outcome.kind === 'failed' ? `failed ${outcome.error.code}` : outcome.kind);
};
const takeFiles = (): readonly number[] => {
  const files: number[] = [];
  for (;;) {
    try {
      files.push(openSync('/dev/null', 'r'));
    } catch {
      // No file is left: what was wanted.
      return files;
    }
  }
};

const outcomes: string[] = [];
const files = [...takeFiles()];
await launch();
// A few are enough for the socket and not for a child with its streams.
for (const file of files.splice(0, 3)) closeSync(file);
await launch();
for (const file of files) closeSync(file);
await launch();
console.log(outcomes.join('\n'));
await runtime.dispose();
folders.remove();
