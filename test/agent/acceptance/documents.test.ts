import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertShape, DIGEST, RUN_ID, TIME, type Shape } from './shape.ts';
import { Home, Studio, toModule } from './studio.ts';

/** The shapes of cli.md, written off from there and not from the code. */
const REASON: Shape = {
  fields: {
    kind: /^(hit|hit-after-wait|no-prior|code|import|file|library|package|python|platform|image|variable|param|input|columns|contract|seed|nominal-time|determinism|version|salt|scope|expired|blob-missing|blob-corrupt|lease-lost|forced|uncacheable)$/,
    message: 'text',
  },
  optional: { symbol: 'text', file: 'text', line: 'int', name: 'text', before: 'text', after: 'text', upstream: 'text' },
};
const POSITION: Shape = { fields: { line: 'int', column: 'int' } };
const CHECK: Shape = {
  fields: {
    v: 1,
    diagnostics: {
      items: {
        fields: {
          file: /^[^/]/,
          range: { fields: { start: POSITION, end: POSITION } },
          severity: /^(error|warning|info)$/,
          code: /^[a-z-]+$/,
          message: 'text',
        },
        optional: { fix: 'text' },
      },
    },
  },
};
const BUILD: Shape = {
  fields: {
    v: 1,
    modules: {
      items: {
        fields: {
          module: 'text',
          artifact: DIGEST,
          rebuilt: 'bool',
          files: 'int',
          bytes: 'int',
          stages: { fields: { detect: 'number', hash: 'number', pack: 'number' } },
          seconds: 'number',
        },
      },
    },
    environments: { items: { fields: {} } },
  },
};
const PLAN: Shape = {
  fields: {
    v: 1,
    workflow: 'text',
    steps: {
      items: {
        fields: { step: 'text', decision: /^(hit|miss|conditional)$/, reasons: { items: REASON }, predictedSeconds: 'number' },
        optional: { module: 'text', dataset: 'text', on: DIGEST, entry: 'text' },
      },
    },
    saved: 'number',
    predictedSeconds: 'number',
  },
};
const WORKER: Shape = { fields: { mode: /^(forked|kept|spawned|cold)$/, pid: 'int', parent: 'int' } };
const RUN: Shape = {
  fields: {
    v: 1,
    run: RUN_ID,
    workflow: 'text',
    state: /^(queued|running|succeeded|failed|cancelled)$/,
    seconds: 'number',
    saved: 'number',
    steps: {
      items: {
        fields: {
          step: 'text',
          state: /^(queued|running|succeeded|failed|cancelled|skipped)$/,
          decision: { oneOf: [null, /^(executed|reused)$/] },
          reasons: { items: REASON },
          seconds: 'number',
          attempts: 'int',
          cluster: 'text',
          worker: { oneOf: [null, WORKER] },
          outputs: { values: { fields: { digest: DIGEST, logical: DIGEST, type: 'text', rows: 'int', bytes: 'int' } } },
          metrics: { values: 'number' },
          error: { oneOf: [null, { fields: { code: /^[a-z-]+$/, message: 'text' }, optional: { file: 'text', line: 'int' } }] },
        },
        optional: { module: 'text', dataset: 'text' },
      },
    },
  },
};
const RUNS: Shape = {
  fields: {
    v: 1,
    runs: { items: { fields: { run: RUN_ID, workflow: 'text', state: 'text', started: TIME, seconds: 'number', by: 'text' } } },
  },
  optional: { after: 'text' },
};
const STATUS: Shape = {
  fields: {
    v: 1,
    pid: 'int',
    port: 'int',
    version: /^\d+\.\d+\.\d+$/,
    protocol: 'int',
    roles: { items: /^(workspace|run)$/ },
    workers: 'int',
    state: /^\//,
  },
};
const PUSH: Shape = {
  fields: {
    v: 1,
    tree: DIGEST,
    bytes: 'int',
    changed: 'int',
    artifacts: { items: { fields: { module: 'text', artifact: DIGEST, tags: { items: 'text' } } } },
  },
};
const CREATED: Shape = { fields: { v: 1, created: { items: /^[^/]/ } } };
const LOG: Shape = { fields: { v: 1, step: 'text', attempt: 'int', stream: /^(out|err)$/, seq: 'int', text: 'text' } };
const DOCTOR: Shape = {
  fields: {
    v: 1,
    checks: { items: { fields: { name: 'text', state: /^(ok|missing|broken)$/, message: 'text' }, optional: { next: 'text' } } },
  },
};
const WHY: Shape = {
  fields: { v: 1, run: RUN_ID, step: 'text', decision: /^(executed|reused)$/, reasons: { items: REASON } },
  optional: { against: 'text' },
};
const ERROR: Shape = { fields: { v: 1, error: { fields: { code: /^[a-z-]+$/, message: 'text', next: 'text' } } } };

const WORKFLOW = `workflow: doc/all
steps:
  say: { module: doc/say, foreach: { word: [one, two], times: [1, 2] }, params: { word: '\${foreach.word}', times: '\${foreach.times}' } }
  end: { module: doc/end, in: { said: 'say[*].out' } }
`;

describe('acceptance: the documents of the command line', function () {
  this.timeout(60_000);
  let home: Home;
  let studio: Studio;
  let run: string;
  before(() => {
    home = new Home();
    studio = new Studio(home, {
      ...toModule('doc/say', {
        code: 'import sys\n\n\ndef run(word: str, times: int):\n    print(word)\n    print("\\x1b[31mred\\x1b[0m", file=sys.stderr)\n    return {"out": word * times}\n',
        params: '{ word: string, times: int }',
      }),
      ...toModule('doc/end', { code: 'def run(said):\n    return {"out": said}\n', inputs: '{ said: { list: json } }' }),
      'workflows/all.workflow.yaml': WORKFLOW,
    });
  });
  after(async () => {
    studio.dispose();
    await home.dispose();
  });

  /** The lines of a command's answer; the last is its document. */
  async function ask(argv: readonly string[], code = 0): Promise<readonly unknown[]> {
    const result = await studio.cairn([...argv, '--json']);
    assert.equal(result.code, code, result.err);
    assert.ok(result.out.endsWith('\n'), result.out);
    return result.out
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
  }

  async function askOne(argv: readonly string[], shape: Shape, code = 0): Promise<unknown> {
    const lines = await ask(argv, code);
    assert.equal(lines.length, 1);
    assertShape(lines[0], shape);
    return lines[0];
  }

  it('check, build, plan and push', async () => {
    await askOne(['check'], CHECK);
    await askOne(['build'], BUILD);
    await askOne(['plan'], PLAN);
    await askOne(['push', '--tag', 'team'], PUSH);
  });

  it('run answers events while it runs and its document last, which show repeats', async () => {
    const lines = await ask(['run']);
    const document = lines.at(-1);
    assertShape(document, RUN);
    for (const line of lines.slice(0, -1)) assertShape(line, { fields: { v: 1, run: RUN_ID, event: { fields: { type: 'text' } } } });
    run = (document as { run: string }).run;
    assert.deepEqual(await askOne(['show', run], RUN), document);
    const steps = (document as { steps: readonly { step: string }[] }).steps.map(({ step }) => step);
    assert.deepEqual(steps, ['say[one,1]', 'say[two,2]', 'end']);
  });

  it('a reused step has no worker, a step that never ran no decision', async () => {
    const reused = (await ask(['run'])).at(-1) as { steps: readonly { worker: unknown; decision: unknown }[] };
    assertShape(reused, RUN);
    assert.deepEqual(
      new Set(reused.steps.map(({ worker, decision }) => `${String(worker)} ${String(decision)}`)),
      new Set(['null reused']),
    );
    const code = 'def run(word: str, times: int):\n    raise ValueError(word)\n';
    studio.write({ 'modules/doc/say/main.py': code });
    const failed = (await ask(['run'], 1)).at(-1) as {
      steps: readonly { step: string; state: string; decision: unknown; worker: unknown }[];
    };
    assertShape(failed, RUN);
    const end = failed.steps.find(({ step }) => step === 'end');
    assert.deepEqual([end?.state, end?.decision, end?.worker], ['skipped', null, null]);
  });

  it('runs come newest first, and pages leave nothing out', async () => {
    const all = (await askOne(['runs'], RUNS)) as { runs: readonly { run: string; started: string }[]; after?: string };
    assert.equal(all.after, undefined);
    assert.deepEqual(
      all.runs.map(({ started }) => started),
      all.runs.map(({ started }) => started).toSorted((a, b) => (a < b ? 1 : -1)),
    );
    const paged: unknown[] = [];
    for (let after: string | undefined = ''; after !== undefined;) {
      const page = (await askOne(['runs', '--limit', '1', ...(after === '' ? [] : ['--after', after])], RUNS)) as typeof all;
      paged.push(...page.runs);
      after = page.after;
    }
    assert.deepEqual(paged, all.runs);
  });

  it('why, logs, cancel, doctor and status', async () => {
    await askOne(['why', run, 'say[two,2]'], WHY);
    const lines = await ask(['logs', run, 'say']);
    for (const line of lines) assertShape(line, LOG);
    const texts = lines.map((line) => (line as { stream: string; text: string }).text).toSorted();
    assert.deepEqual(texts, ['\u001b[31mred\u001b[0m', '\u001b[31mred\u001b[0m', 'one', 'two']);
    await askOne(['cancel', run], { fields: { v: 1, run: RUN_ID, state: /^succeeded$/ } });
    await askOne(['doctor'], DOCTOR);
    await askOne(['agent', 'start'], STATUS);
    await askOne(['agent', 'status'], STATUS);
  });

  it('init and new', async () => {
    await askOne(['new', 'module', 'doc/more'], CREATED);
    await askOne(['new', 'workflow', 'doc/flow', 'doc/more'], CREATED);
    studio.remove('workflows/flow.workflow.yaml');
    studio.write({ 'inner/keep.txt': '' });
    await askOne(['init', '--workspace', 'inner', '--preview'], CREATED);
    studio.remove('inner');
  });

  it('people get no colours without a terminal, no control characters of tasks, and no line that repeats', async () => {
    const { out, err } = await studio.cairn(['run', 'doc/all', '--force'], { NO_COLOR: '' });
    const logs = await studio.cairn(['logs', run]);
    for (const text of [out, err, logs.out]) assert.doesNotMatch(text, /[\x00-\x08\x0b-\x1f]/);
    assert.equal(err, '');
    assert.ok(out.split('\n').length < 40, out);
    const coloured = await studio.cairn(['runs'], { NO_COLOR: '', FORCE_COLOR: '1' });
    assert.ok(coloured.out.includes('\u001b['));
  });

  it('every command that is listed has help with an example', async () => {
    const listed = async (argv: readonly string[]): Promise<readonly string[]> => {
      const { out } = await studio.cairn([...argv, '--help']);
      return (/^Commands:\n((?: {2}.*\n)+)/m.exec(out)?.[1] ?? '').split('\n').flatMap((line) => /^ {2}([a-z]+)/.exec(line)?.[1] ?? []);
    };
    const commands = await listed([]);
    const known =
      'init new check build push test tags tag promote rollback ci plan run rerun clone trigger receipt replay diff runs show logs cancel why schedule environment dataset lineage preview portal workflows workspaces cluster ledger agent doctor completion';
    assert.deepEqual(commands, known.split(' '));
    const all: (readonly string[])[] = [];
    for (const name of commands) {
      const children = (await listed([name])).filter((child) => child !== 'help');
      all.push(...(children.length === 0 ? [[name]] : children.map((child) => [name, child])));
    }
    assert.ok(all.length > commands.length + 10, 'the commands of commands are among them');
    for (const argv of all) {
      const { code, out } = await studio.cairn([...argv, '--help']);
      assert.equal(code, 0);
      assert.match(out, /\nExample:\n {2}cairn /, argv.join(' '));
    }
  });

  const WRONG: readonly (readonly [argv: readonly string[], code: string])[] = [
    [['nonsense'], 'usage'],
    [['agent'], 'usage'],
    [['run', '--nonsense'], 'usage'],
    [['runs', '--limit', '0'], 'usage'],
    [['runs', '--after', 'yesterday'], 'usage'],
    [['show'], 'usage'],
    [['show', 'nothing'], 'unknown-run'],
    [['run', 'nothing'], 'unknown-workflow'],
    [['build', 'no/module'], 'unknown-module'],
    [['new', 'module', 'No Name'], 'invalid-request'],
    [['new', 'module', 'doc/end'], 'already-exists'],
    [['init'], 'already-exists'],
    [['check', '--workspace', 'nowhere'], 'no-workspace'],
    [['run', '--agent', 'elsewhere'], 'not-supported'],
  ];
  for (const [argv, code] of WRONG) {
    it(`\`cairn ${argv.join(' ')}\` exits 2: ${code}, for people in three lines`, async () => {
      const machine = await studio.cairn([...argv, '--json']);
      assert.deepEqual([machine.code, machine.out], [2, '']);
      const document: unknown = JSON.parse(machine.err);
      assertShape(document, ERROR);
      assert.equal((document as { error: { code: string } }).error.code, code);
      const people = await studio.cairn(argv);
      const [what = '', why = '', next = '', end] = people.err.split('\n');
      assert.deepEqual([people.code, people.out, end], [2, '', '']);
      assert.ok(what.startsWith(`${code}: `) && why.startsWith('  why:  ') && next.startsWith('  next: '), people.err);
    });
  }

  it('a step or log that a run does not have is named, with those that it has', async () => {
    for (const argv of [
      ['why', run, 'nothing'],
      ['logs', run, 'nothing'],
      ['logs', run, 'say[three,3]'],
    ]) {
      const { code, err } = await studio.cairn(argv);
      assert.equal(code, 2);
      assert.match(err, /^unknown-step: .*say\[one,1\]/);
    }
  });

  it('who has not the key of the agent exits 4', async () => {
    const { state } = (await askOne(['agent', 'status'], STATUS)) as { state: string };
    const key = join(state, 'key');
    const right = readFileSync(key);
    writeFileSync(key, 'f'.repeat(right.length));
    const { code, err } = await studio.cairn(['runs', '--json']);
    writeFileSync(key, right);
    assertShape(JSON.parse(err), ERROR);
    assert.deepEqual([code, /"code":"([a-z-]+)"/.exec(err)?.[1]], [4, 'unauthenticated']);
    assert.equal((await studio.cairn(['runs'])).code, 0);
  });
});
