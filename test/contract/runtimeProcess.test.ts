import { createProcessRuntime } from '../../rde-agent/runtimes/process/processRuntime.ts';
import { describeRuntime } from './runtimeSuite.ts';
import { toProcessOptions } from '../support/runtimeProcess.ts';

for (const python of ['3.13', '3.11']) {
  describeRuntime({
    name: `process, Python ${python}`,
    python,
    create: (folders) => createProcessRuntime(toProcessOptions(folders.folder('state'))),
  });
}
