import assert from 'node:assert/strict';
import type { RunDocument } from '../../../rde-agent/protocol/documents.ts';
import { Home, Studio, toModule } from './studio.ts';

const MODULES = {
  ...toModule('form/value', {
    code: 'def run(value=None):\n    return {"out": value}\n',
    params: '{ value: { type: json, default: null } }',
  }),
  ...toModule('form/pair', {
    code: 'def run(value, with_=None):\n    return [value, with_]\n',
    inputs: '{ value: json }',
    params: '{ with_: { type: json, default: null } }',
  }),
  ...toModule('form/picky', {
    code: 'def run(value=0):\n    if value < 0:\n        raise ValueError(value)\n    return value\n',
    params: '{ value: { type: int, default: 0 } }',
  }),
  ...toModule('form/show', {
    code: 'import json\n\n\ndef run(values):\n    print(json.dumps(values, ensure_ascii=False))\n    return len(values)\n',
    inputs: '{ values: { list: json } }',
  }),
  ...toModule('form/auc', { code: 'def run():\n    return {"auc": 0.5}\n', outputs: '{ metrics: metrics }' }),
};

const NESTED = {
  'workflows/inner.workflow.yaml':
    'workflow: form/inner\ninputs: { value: json }\nparams: { n: { type: int, default: 0 } }\nsteps:\n  pair: { module: form/pair, in: { value: inputs.value }, params: { with_: "${params.n}" } }\noutputs: { out: pair }\n',
  'workflows/middle.workflow.yaml':
    'workflow: form/middle\ninputs: { value: json }\nparams: { n: { type: int, default: 0 } }\nsteps:\n  in: { workflow: form/inner, in: { value: inputs.value }, params: { n: "${params.n}" } }\noutputs: { out: in.out }\n',
  'workflows/outer.workflow.yaml':
    'workflow: form/outer\ninputs: { value: json }\nparams: { n: { type: int, default: 0 } }\nsteps:\n  mid: { workflow: form/middle, in: { value: inputs.value }, params: { n: "${params.n}" } }\noutputs: { out: mid.out }\n',
};

interface Case {
  readonly title: string;
  /** the steps, and what stands above them */
  readonly steps: string;
  readonly params?: string;
  readonly argv?: readonly string[];
  /** what the step `show` was given; `null`: it did not run */
  readonly shown: string | null;
  readonly state?: RunDocument['state'];
  /** of these steps */
  readonly states?: { readonly [step: string]: string };
}

const ITEMS = '{ items: { type: json, default: [] } }';
const DYNAMIC =
  '  items: { module: form/value, params: { value: "${params.items}" } }\n  each: { module: form/value, foreach: { item: items }, params: { value: "${foreach.item}" } }\n  show: { module: form/show, in: { values: "each[*].out" } }\n';
const fanOut = (foreach: string, more = ''): string =>
  `  each: { module: form/value, foreach: ${foreach}${more}, params: { value: "\${foreach.a}-\${foreach.b}" } }\n  show: { module: form/show, in: { values: "each[*].out" } }\n`;
const joined = (join: string): string =>
  `  each: { module: form/picky, foreach: { v: [1, -1, 3] }, params: { value: "\${foreach.v}" } }\n  show: { module: form/show, in: { values: "each[*].out" }, join: ${join} }\n`;

const CASES: readonly Case[] = [
  {
    title: 'elements of an output, whatever they are',
    steps: DYNAMIC,
    params: ITEMS,
    argv: ['items=[1,{"x":[2]},null,"é",1]'],
    shown: '[1, {"x": [2]}, null, "é", 1]',
  },
  { title: 'no element at all', steps: DYNAMIC, params: ITEMS, argv: ['items=[]'], shown: '[]' },
  {
    title: 'an output that is no list',
    steps: DYNAMIC,
    params: ITEMS,
    argv: ['items={"x":1}'],
    shown: null,
    state: 'failed',
    states: { 'each[*]': 'failed' },
  },
  { title: 'zipped', steps: fanOut('{ a: [1, 2], b: [x, y] }'), shown: '["1-x", "2-y"]' },
  {
    title: 'crossed, the last name fastest',
    steps: fanOut('{ a: [1, 2], b: [x, y] }', ', product: true'),
    shown: '["1-x", "1-y", "2-x", "2-y"]',
  },
  {
    title: 'three deep, joined in the order that is written',
    steps:
      '  one: { module: form/value, params: { value: 1 } }\n  a: { workflow: form/outer, in: { value: one }, params: { n: 5 } }\n  b: { workflow: form/middle, foreach: { i: [7, 8] }, in: { value: one }, params: { n: "${foreach.i}" } }\n  show: { module: form/show, in: { values: ["b[*].out", "a.out", "b[7].out"] } }\n',
    shown: '[[1, 7], [1, 8], [1, 5], [1, 7]]',
    states: { 'a/mid/in/pair': 'succeeded', 'b[8]/in/pair': 'succeeded' },
  },
  { title: 'a quorum', steps: joined('quorum(2)'), shown: '[1, 3]' },
  {
    title: 'a quorum that cannot be had',
    steps: joined('quorum(3)'),
    shown: null,
    state: 'failed',
    states: { show: 'skipped', 'each[-1]': 'failed' },
  },
  {
    title: 'an output of a step that was skipped',
    steps:
      '  off: { module: form/value, when: params.on }\n  below: { module: form/pair, in: { value: off } }\n  one: { module: form/value, params: { value: 1 } }\n  show: { module: form/show, in: { values: [off, one] } }\n  first: { module: form/show, in: { values: [off, one] }, join: any }\n',
    params: '{ on: { type: bool, default: false } }',
    shown: null,
    states: { off: 'skipped', below: 'skipped', show: 'skipped', first: 'succeeded' },
  },
];

/** `i` is 1, `f` 1.0, `s` a, `b` false, the metric 0.5 */
const CONDITIONS: readonly (readonly [string, boolean])[] = [
  ['params.i > 0', true],
  ['-1 < params.i', true],
  ['params.i >= 1e0 && params.f == 1', true],
  ["params.s == 'a'", true],
  ['params.s != "a"', false],
  ["params.s < 'b'", true],
  ['params.b', false],
  ['!params.b', true],
  ['!params.b && params.i == 2', false],
  ['params.b || params.i == 1', true],
  ['!(params.b || params.i == 1)', false],
  ['params.i == 1 || params.b && params.b', true],
  ['auc.metrics.auc > 0.4 && auc.metrics.auc <= 0.5', true],
  ['auc.metrics.auc < -1', false],
];
const PARAMS =
  'params: { i: { type: int, default: 1 }, f: { type: float, default: 1.0 }, s: { type: string, default: a }, b: { type: bool, default: false } }\n';

function toFiles(): { readonly [path: string]: string } {
  const files: { [path: string]: string } = { ...MODULES, ...NESTED };
  for (const [index, { steps, params }] of CASES.entries()) {
    const above = params === undefined ? '' : `params: ${params}\n`;
    files[`workflows/case${index}.workflow.yaml`] = `workflow: form/case${index}\n${above}steps:\n${steps}`;
  }
  const lines = CONDITIONS.map(([when], index) => `  c${index}: { module: form/value, when: ${JSON.stringify(when)} }\n`);
  files['workflows/when.workflow.yaml'] = `workflow: form/when\n${PARAMS}steps:\n  auc: { module: form/auc }\n${lines.join('')}`;
  return files;
}

describe('acceptance: forms of workflows', function () {
  this.timeout(60_000);
  let home: Home;
  let studio: Studio;
  before(() => {
    home = new Home();
    studio = new Studio(home, toFiles());
  });
  after(async () => {
    studio.dispose();
    await home.dispose();
  });

  const toStates = ({ steps }: RunDocument): ReadonlyMap<string, string> => new Map(steps.map(({ step, state }) => [step, state]));

  for (const [index, { title, argv = [], shown, state = 'succeeded', states = {} }] of CASES.entries()) {
    it(title, async () => {
      // Nothing is reused, so that the step says again what it was given.
      const run = await studio.run(`form/case${index}`, '--force', ...argv.flatMap((one) => ['--param', one]));
      assert.equal(run.state, state, JSON.stringify(run.steps.map((step) => step.error)));
      for (const [step, expected] of Object.entries(states)) assert.equal(toStates(run).get(step), expected, step);
      const { out } = await studio.cairn(['logs', run.run, 'show']);
      assert.equal(out.trim() === '' ? null : out.trim().replace(/^show\| /, ''), shown);
    });
  }

  it('a condition decides as it is written', async () => {
    const states = toStates(await studio.run('form/when'));
    assert.deepEqual(
      CONDITIONS.map(([when], index) => [when, states.get(`c${index}`)]),
      CONDITIONS.map(([when, isMet]) => [when, isMet ? 'succeeded' : 'skipped']),
    );
  });
});
