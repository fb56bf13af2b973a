import { moduleFiles, SmallWorkspace, type Files } from './smallWorkspace.ts';

export type Reuse = 'fork' | 'worker';

/** Workflows of tasks that do nothing, for measuring and for load: `bench/chain` (steps one after another) and `bench/fan` (1 → n → 1). */
export function createWideWorkspace(sizes: { readonly chain: number; readonly fan: number }, reuse: Reuse): SmallWorkspace {
  const more = reuse === 'worker' ? 'reuse: worker\ndeterminism: stochastic\n' : '';
  const files: Files = {
    ...moduleFiles('bench/first', { code: 'def run(n: int):\n    return {"out": n}\n', params: '{ n: int }', more }),
    ...moduleFiles('bench/next', { code: 'def run(value):\n    return {"out": value + 1}\n', inputs: '{ value: json }', more }),
    ...moduleFiles('bench/one', {
      code: 'def run(value, n: int):\n    return {"out": n}\n',
      inputs: '{ value: json }',
      params: '{ n: int }',
      more,
    }),
    ...moduleFiles('bench/join', {
      code: 'def run(values: list):\n    return {"out": sum(values)}\n',
      inputs: '{ values: { list: json } }',
      more,
    }),
    'workflows/chain.workflow.yaml': toChain(sizes.chain),
    'workflows/fan.workflow.yaml': toFan(sizes.fan),
  };
  return new SmallWorkspace(files);
}

function toChain(count: number): string {
  const steps = Array.from({ length: count }, (_, index) =>
    index === 0
      ? '  s0: { module: bench/first, params: { n: "${params.n}" } }'
      : `  s${String(index)}: { module: bench/next, in: { value: s${String(index - 1)}.out } }`,
  );
  return `workflow: bench/chain\nparams: { n: int }\nsteps:\n${steps.join('\n')}\noutputs: { out: s${String(count - 1)}.out }\n`;
}

function toFan(count: number): string {
  const values = Array.from({ length: count }, (_, index) => String(index)).join(', ');
  return [
    'workflow: bench/fan',
    'params: { n: int }',
    'steps:',
    '  first: { module: bench/first, params: { n: "${params.n}" } }',
    `  one: { module: bench/one, foreach: { i: [${values}] }, in: { value: first.out }, params: { n: "\${foreach.i}" } }`,
    '  join: { module: bench/join, in: { values: "one[*].out" } }',
    'outputs: { out: join.out }',
    '',
  ].join('\n');
}
