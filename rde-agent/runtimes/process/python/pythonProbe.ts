import { z } from 'zod';
import { execute } from '../execute.ts';
import type { MarkerVariables } from './marker.ts';
import { parseVersion, type Version } from './version.ts';

/** An interpreter that was run once and said what it is. */
export interface Python {
  /** the real executable, outside any virtual environment */
  readonly executable: string;
  /** full, `3.13.0` */
  readonly version: string;
  readonly parsed: Version;
  /** `linux-x86_64` */
  readonly platform: string;
  readonly markers: MarkerVariables;
}

const PROBE = `
import sys, os, json, platform
i = sys.implementation
v = "%d.%d.%d" % i.version[:3]
iv = v if i.version.releaselevel == "final" else v + i.version.releaselevel[0] + str(i.version.serial)
print(json.dumps({
    "executable": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
    "version": platform.python_version(),
    "machine": platform.machine(),
    "markers": {
        "implementation_name": i.name, "implementation_version": iv, "os_name": os.name,
        "platform_machine": platform.machine(), "platform_release": platform.release(),
        "platform_system": platform.system(), "platform_version": platform.version(),
        "platform_python_implementation": platform.python_implementation(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform, "extra": "",
    },
}))
`;

export const ProbeAnswer = z.object({
  executable: z.string(),
  version: z.string(),
  machine: z.string(),
  markers: z.record(z.string(), z.string()),
});
export type ProbeAnswer = z.infer<typeof ProbeAnswer>;

/** Runs an interpreter to learn what it is; `undefined` = it is none that runs. */
export async function probePython(path: string, env: { readonly [name: string]: string }): Promise<ProbeAnswer | undefined> {
  const run = await execute(path, ['-I', '-S', '-c', PROBE], { env, timeout: 20 });
  const answer = run.status === 0 ? ProbeAnswer.safeParse(parseJson(run.output)) : undefined;
  return answer?.data;
}

/** `undefined` = another implementation than CPython, or a version that cannot be read. */
export function toPython({ executable, version, machine, markers }: ProbeAnswer): Python | undefined {
  const parsed = parseVersion(version);
  if (parsed === undefined || markers['implementation_name'] !== 'cpython') return undefined;
  return { executable, version, parsed, platform: `${markers['sys_platform'] ?? ''}-${machine}`, markers };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A program called python that prints something else is not an interpreter; the caller passes over it.
    return undefined;
  }
}
