import assert from 'node:assert/strict';
import type { PlanDocument, RunDocument } from '../../../rde-agent/protocol/documents.ts';
import { findStep, Home, Studio, toModule, toOutcomes, toReasons } from './studio.ts';

type Files = { readonly [path: string]: string };

const UP = {
  code: `from helper import SCALE


def run(size: int = 2):
    with open("data.txt") as file:
        return {"out": [SCALE * size, file.read().strip()]}
`,
  params: '{ size: { type: int, default: 2 } }',
};
const DOWN = {
  code: 'def run(value, share: float = 0.5):\n    return {"out": {"value": value, "share": share}}\n',
  inputs: '{ value: json }',
  params: '{ share: { type: float, default: 0.5 } }',
};
const ENVIRONMENT = "environment: plain\npython: '>=3.10'\nlock: plain.lock\nvariables: { TZ: UTC }\n";
const WORKFLOW = `workflow: cache/chain
params:
  size: { type: int, default: 2 }
steps:
  up: { module: cache/up, params: { size: '\${params.size}' } }
  down: { module: cache/down, in: { value: up } }
`;
const BASE: Files = {
  ...toModule('cache/up', { ...UP, more: 'environment: plain\n' }),
  'modules/cache/up/helper.py': 'SCALE = 10\n\n\ndef unused():\n    return 1\n',
  'modules/cache/up/data.txt': 'data\n',
  ...toModule('cache/down', { ...DOWN, more: 'environment: plain\n' }),
  'environments/plain.environment.yaml': ENVIRONMENT,
  'environments/plain.lock': '',
  'workflows/chain.workflow.yaml': WORKFLOW,
};

interface Row {
  readonly change: string;
  readonly files?: Files;
  readonly argv?: readonly string[];
  /** steps that run again; the others are reused */
  readonly executed: readonly string[];
  /** reasons of steps that run, as `kind` or `kind:name` */
  readonly reasons?: { readonly [step: string]: readonly string[] };
  /** a text of the first reason of `up` */
  readonly says?: RegExp;
}

/** Table of identity-and-cache.md. */
const ROWS: readonly Row[] = [
  { change: 'nothing', executed: [] },
  {
    change: 'the body of the entry function',
    files: { 'modules/cache/up/main.py': UP.code.replace('SCALE * size', 'SCALE * size + 1') },
    executed: ['up', 'down'],
    reasons: { up: ['code'], down: ['input:value'] },
    says: /run in main\.py:\d+ changed/,
  },
  {
    change: 'the signature of the entry function and its contract',
    files: toModule('cache/up', {
      ...UP,
      code: UP.code.replace('size: int = 2', 'size: int = 2, more: int = 0'),
      params: '{ size: { type: int, default: 2 }, more: { type: int, default: 0 } }',
      more: 'environment: plain\n',
    }),
    executed: ['up'],
    reasons: { up: ['code', 'param:more', 'contract'] },
  },
  {
    change: 'a constant in a helper file',
    files: { 'modules/cache/up/helper.py': 'SCALE = 20\n' },
    executed: ['up', 'down'],
    reasons: { up: ['code'], down: ['input:value'] },
    says: /SCALE in helper\.py:1 changed: 10 → 20/,
  },
  {
    change: 'code whose output comes out equal (early cutoff)',
    files: { 'modules/cache/up/helper.py': 'SCALE = 5 + 5\n' },
    executed: ['up'],
    reasons: { up: ['code'] },
  },
  {
    change: 'a data file in the module folder',
    files: { 'modules/cache/up/data.txt': 'other data\n' },
    executed: ['up', 'down'],
    reasons: { up: ['file'], down: ['input:value'] },
    says: /data\.txt/,
  },
  {
    change: 'a new file in the module folder, which nobody looks for',
    files: { 'modules/cache/up/more.txt': 'more\n' },
    executed: [],
  },
  {
    change: 'comments, docstrings and what does not run',
    files: {
      'modules/cache/up/main.py': `"""What it does."""\n# A comment.\n${UP.code}`,
      'modules/cache/up/helper.py': 'SCALE = 10  # still\n\n\ndef unused():\n    return 2\n',
    },
    executed: [],
  },
  {
    change: 'a variable that nothing reads',
    files: { 'environments/plain.environment.yaml': ENVIRONMENT.replace('TZ: UTC', 'TZ: UTC, IDLE: x') },
    executed: [],
  },
  {
    change: 'a parameter',
    argv: ['--param', 'size=3'],
    executed: ['up', 'down'],
    reasons: { up: ['param:size'], down: ['input:value'] },
    says: /2.*3/,
  },
  { change: 'a parameter, to its default', argv: ['--param', 'size=2'], executed: [] },
  {
    change: 'a parameter given in the file that was a default',
    files: { 'workflows/chain.workflow.yaml': WORKFLOW.replace('in: { value: up }', 'in: { value: up }, params: { share: 0.5 }') },
    executed: [],
  },
  {
    change: 'the type of a parameter (1 is not 1.0)',
    files: toModule('cache/up', {
      ...UP,
      code: UP.code.replace('size: int = 2', 'size: float = 2'),
      params: '{ size: { type: float, default: 2 } }',
      more: 'environment: plain\n',
    }),
    executed: ['up', 'down'],
    reasons: { up: ['code', 'param:size', 'contract'], down: ['input:value'] },
  },
  {
    change: 'a declared environment variable',
    files: { 'environments/plain.environment.yaml': ENVIRONMENT.replace('TZ: UTC', 'TZ: CET') },
    executed: ['up', 'down'],
    reasons: { up: ['variable:TZ'], down: ['variable:TZ'] },
    says: /TZ.*UTC.*CET/,
  },
  {
    change: 'cpu and memory',
    files: { 'modules/cache/up/module.yaml': `${BASE['modules/cache/up/module.yaml'] ?? ''}resources: { cpu: 2, memory: 3GiB }\n` },
    executed: [],
  },
  {
    change: 'descriptions',
    files: {
      'modules/cache/up/module.yaml': `${BASE['modules/cache/up/module.yaml'] ?? ''}description: Scales.\n`,
      'environments/plain.environment.yaml': `${ENVIRONMENT}description: Nothing but Python.\n`,
      'workflows/chain.workflow.yaml': `description: A chain.\n${WORKFLOW}`,
    },
    executed: [],
  },
  {
    change: 'cluster, timeout and retry of a step',
    files: {
      'workflows/chain.workflow.yaml': WORKFLOW.replace(
        'module: cache/down,',
        'module: cache/down, cluster: local, timeout: 9m, retry: { attempts: 5 },',
      ),
    },
    executed: [],
  },
  {
    change: 'names of the steps and of the workflow',
    files: {
      'workflows/chain.workflow.yaml': WORKFLOW.replaceAll('cache/chain', 'cache/renamed')
        .replace('up: {', 'first: {')
        .replace('value: up', 'value: first'),
    },
    executed: [],
  },
  {
    change: 'the name of the environment',
    files: {
      'environments/plain.environment.yaml': ENVIRONMENT.replace('plain\n', 'bare\n'),
      'modules/cache/up/module.yaml': (BASE['modules/cache/up/module.yaml'] ?? '').replace('environment: plain', 'environment: bare'),
      'modules/cache/down/module.yaml': (BASE['modules/cache/down/module.yaml'] ?? '').replace('environment: plain', 'environment: bare'),
    },
    executed: [],
  },
  {
    change: 'the version of a result that its author declares',
    files: { 'modules/cache/down/module.yaml': `${BASE['modules/cache/down/module.yaml'] ?? ''}cache: { version: 2 }\n` },
    executed: ['down'],
    reasons: { down: ['version'] },
  },
  {
    change: 'the salt',
    files: { 'modules/cache/down/module.yaml': `${BASE['modules/cache/down/module.yaml'] ?? ''}cache: { salt: x }\n` },
    executed: ['down'],
    reasons: { down: ['salt'] },
  },
  {
    change: 'the seed and what it means',
    files: { 'modules/cache/down/module.yaml': `${BASE['modules/cache/down/module.yaml'] ?? ''}determinism: seeded\nseed: 4\n` },
    executed: ['down'],
    reasons: { down: ['seed', 'determinism'] },
  },
  {
    change: 'nothing, where a step is never to be cached',
    files: { 'workflows/chain.workflow.yaml': WORKFLOW.replace('module: cache/down,', 'module: cache/down, cache: off,') },
    executed: ['down'],
    reasons: { down: ['uncacheable'] },
  },
  {
    change: 'nothing, where a step is to be refreshed',
    files: { 'workflows/chain.workflow.yaml': WORKFLOW.replace('module: cache/down,', 'module: cache/down, cache: refresh,') },
    executed: ['down'],
    reasons: { down: ['forced'] },
  },
  { change: 'nothing, by --force', argv: ['--force'], executed: ['up', 'down'], reasons: { up: ['forced'], down: ['forced'] } },
];

/**
 * A plan says no less than what the run then does. A condition names one digest; where older results are kept, another content may be known
 * as well, so only the named one is held against the run.
 */
function assertForetold(plan: PlanDocument, run: RunDocument): void {
  const [up] = run.steps;
  for (const { step, decision, on, reasons } of plan.steps) {
    const done = findStep(run, step);
    if (decision === 'hit' || (decision === 'conditional' && on === up?.outputs['out']?.logical))
      assert.equal(done.decision, 'reused', step);
    if (decision !== 'miss') continue;
    assert.equal(done.decision, 'executed', step);
    assert.deepEqual(toReasonNames(done.reasons), toReasonNames(reasons));
  }
}

function toReasonNames(reasons: PlanDocument['steps'][number]['reasons']): readonly string[] {
  return reasons.map(({ kind, name }) => (name === undefined ? kind : `${kind}:${name}`));
}

/** Asks for a package that may or may not be there. */
const ASKING = `try:
    import tiny
except ImportError:
    tiny = None
${UP.code}`;

describe('acceptance: what is run again, and why', function () {
  this.timeout(60_000);
  let home: Home;
  let studio: Studio;
  before(async () => {
    home = new Home();
    studio = new Studio(home, BASE);
    const first = await studio.run();
    assert.deepEqual(toOutcomes(first), { up: 'executed', down: 'executed' });
    assert.deepEqual([toReasons(first, 'up'), toReasons(first, 'down')], [['no-prior'], ['no-prior']]);
  });
  after(async () => {
    studio.dispose();
    await home.dispose();
  });
  afterEach(() => {
    studio.remove('modules');
    studio.write(BASE);
  });

  for (const { change, files = {}, argv = [], executed, reasons = {}, says } of ROWS) {
    it(`change ${change}: ${executed.length === 0 ? 'all reused' : `${executed.join(' and ')} again`}`, async () => {
      studio.write(files);
      const plan = argv.includes('--force') ? undefined : await studio.plan(...argv);
      const run = await studio.run(...argv);
      assert.equal(run.state, 'succeeded');
      const again = run.steps.filter((step) => step.decision === 'executed').map((step) => step.step);
      assert.deepEqual(again, executed);
      // An agent compares with the last few results, which are those of the rows above: what differs from them may be named too.
      for (const [step, expected] of Object.entries(reasons)) {
        const named = toReasons(run, step);
        assert.deepEqual(
          expected.filter((reason) => !named.includes(reason)),
          [],
          named.join(),
        );
      }
      for (const step of run.steps) if (step.decision === 'reused') assert.deepEqual(toReasons(run, step.step), ['hit']);
      if (says !== undefined) assert.match(run.steps[0]?.reasons.map(({ message }) => message).join('; ') ?? '', says);
      if (plan !== undefined) assertForetold(plan, run);
    });
  }

  it('after all of it, the first files are all reused', async () => {
    assert.deepEqual(toOutcomes(await studio.run()), { up: 'reused', down: 'reused' });
  });

  it('names a package that came into the lock where the code asks for it, and nothing of one that it does not', async () => {
    const lock = (version: string): Files => ({ 'environments/plain.lock': `tiny==${version} --hash=sha256:${'0'.repeat(64)}\n` });
    studio.write(lock('1.0'));
    assert.deepEqual(
      (await studio.plan()).steps.map(({ decision }) => decision),
      ['hit', 'hit'],
    );
    studio.write({ 'environments/plain.lock': '', 'modules/cache/up/main.py': ASKING });
    await studio.run();
    studio.write(lock('1.0'));
    const [up] = (await studio.plan()).steps;
    assert.deepEqual([up?.decision, up?.reasons.map(({ kind, name }) => `${kind}:${name ?? ''}`)], ['miss', ['package:tiny']]);
    assert.match(up?.reasons[0]?.message ?? '', /tiny.*1\.0/);
    studio.write({ 'environments/plain.lock': '' });
  });
});
