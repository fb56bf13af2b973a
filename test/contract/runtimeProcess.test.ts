import { toProbeVariables } from '../../rde-agent/runtimes/process/environment/variables.ts';
import { createProcessRuntime } from '../../rde-agent/runtimes/process/processRuntime.ts';
import { ProbeCache } from '../../rde-agent/runtimes/process/python/probeCache.ts';
import { PythonFinder } from '../../rde-agent/runtimes/process/python/pythonFinder.ts';
import { toProcessOptions } from '../support/runtimeProcess.ts';
import { describeRuntime } from './runtimeSuite.ts';

const { clock } = toProcessOptions('');
const found = await new PythonFinder(process.env, new ProbeCache(undefined, toProbeVariables(process.env)), clock).list();
const versions = [
  ...new Set(found.filter(({ parsed }) => isSupported(parsed.release)).map(({ parsed }) => parsed.release.slice(0, 2).join('.'))),
];
versions.sort((a, b) => Number(a.split('.')[1]) - Number(b.split('.')[1]));

/** The oldest and the newest that this machine has: what lies between is like one of them. */
const chosen = new Set([versions.at(-1), versions[0]].filter((version) => version !== undefined));

if (chosen.size === 0)
  describe.skip('runtime contract: process: no Python >= 3.10 is found', () => it('runs the contract', () => undefined));
for (const python of chosen) {
  describeRuntime({
    name: `process, Python ${python}`,
    python,
    create: (folders) => createProcessRuntime(toProcessOptions(folders.folder('state'), { limits: { graceSeconds: 0.5 } })),
  });
}

function isSupported([major = 0, minor = 0]: readonly number[]): boolean {
  return major === 3 && minor >= 10;
}
