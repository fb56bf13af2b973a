import { readFixture } from './languageWorkspace.ts';

export interface LargeWorkspaceSize {
  readonly modules: number;
  readonly workflows: number;
}

const STEPS = 10;

/**
 * A sound workspace of many modules, each with its own Python file, and workflows of ten steps: a dataset, eight modules of its own share
 * one after the other, a fan-out with a join at the end; every tenth workflow runs its neighbour as a step.
 */
export function createLargeWorkspace({ modules, workflows }: LargeWorkspaceSize): Map<string, string> {
  const base = readFixture('base.txt');
  const files = new Map([...base].filter(([path]) => !path.startsWith('workflows/')));
  const module = base.get('modules/demo/scale/module.yaml') ?? '';
  const code = base.get('modules/demo/scale/scale.py') ?? '';
  for (let index = 0; index < modules; index += 1) {
    files.set(
      toModulePath(index),
      module
        .replace('demo/scale', `many/m${index}`)
        .replace('columns: { n: int64, x: float64 }', 'columns: { x: float64 }')
        .replace(', using: [numbers.n]', ''),
    );
    files.set(`modules/many/m${index}/scale.py`, code);
  }
  for (let index = 0; index < workflows; index += 1) files.set(`workflows/w${index}.workflow.yaml`, toWorkflow(index, modules));
  return files;
}

export function toModulePath(index: number): string {
  return `modules/many/m${index}/module.yaml`;
}

function toWorkflow(index: number, modules: number): string {
  const steps = Array.from({ length: STEPS - 2 }, (_, step) => {
    const from = step === 0 ? 'raw' : `s${step - 1}.scaled`;
    return `  s${step}:\n    module: many/m${(index * STEPS + step) % modules}\n    in: { numbers: ${from} }\n    params: { factor: "\${params.factor}" }\n`;
  });
  const last = `  fit:\n    module: demo/fit\n    in: { data: s${STEPS - 3}.scaled }\n    foreach: { kind: [ridge, forest] }\n    params: { kind: "\${foreach.kind}" }\n`;
  const pick = '  pick: { module: demo/pick, in: { candidates: "fit[*].model" } }\n';
  const nested = index % 10 === 9 ? `  other: { workflow: many/w${index - 1} }\n` : '';
  const head = `workflow: many/w${index}\nparams: { factor: { type: float, default: 2.0 } }\nsteps:\n  raw: { dataset: demo/numbers }\n`;
  return `${head}${steps.join('')}${last}${pick}${nested}outputs: { best: pick.best }\n`;
}
