import { toProbeVariables } from '../../rde-agent/runtimes/process/environment/variables.ts';
import { createProcessRuntime } from '../../rde-agent/runtimes/process/processRuntime.ts';
import { ProbeCache } from '../../rde-agent/runtimes/process/python/probeCache.ts';
import { PythonFinder } from '../../rde-agent/runtimes/process/python/pythonFinder.ts';
import { toProcessOptions } from '../support/runtimeProcess.ts';
import { describeRuntime } from './runtimeSuite.ts';

const { clock } = toProcessOptions('');
const found = await new PythonFinder(process.env, new ProbeCache(undefined, toProbeVariables(process.env)), clock).list();
const versions = new Set(found.map(({ parsed }) => parsed.release.slice(0, 2).join('.')));

for (const python of ['3.13', '3.11']) {
  if (!versions.has(python))
    describe.skip(`runtime contract: process, Python ${python}: found only ${[...versions].join(', ')}`, () =>
      it('runs the contract', () => undefined));
  else
    describeRuntime({
      name: `process, Python ${python}`,
      python,
      create: (folders) => createProcessRuntime(toProcessOptions(folders.folder('state'), { limits: { graceSeconds: 0.5 } })),
    });
}
