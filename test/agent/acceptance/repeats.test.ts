import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DiffDocument, ReceiptDocument, ReplayDocument } from '../../../rde-agent/protocol/comparisons.ts';
import type { ErrorDocument, PlanDocument, RunDocument } from '../../../rde-agent/protocol/documents.ts';
import { prepareOrSkip, toDataEnvironment } from './dataEnvironment.ts';
import { Home, Studio, toModule } from './studio.ts';

const EACH = `from words import greet


def run(item: int):
    return {"out": greet(item)}
`;
const WORDS = `def greet(item):
    """Greets."""
    return f"hello {item}"


def unused():
    return 1
`;
const SEND = `from pathlib import Path


def run(x: str, folder: str):
    with open(Path(folder, "sent"), "a") as sent:
        sent.write("x")
    return {"out": x}
`;
const SHOUT = `export function run({ words }: { words: string[] }) {
  return { out: words.map((word) => word.toUpperCase()).join(' ') };
}
`;
const FLOW = `workflow: all/flow
params: { n: { type: int, default: 3 }, folder: { type: string } }
steps:
  web: { dataset: raw/web }
  sum: { module: all/sum, in: { rows: web } }
  list: { module: all/list, params: { n: '\${params.n}' } }
  each: { module: all/each, foreach: { item: list.out }, params: { item: '\${foreach.item}' } }
  shout: { module: all/shout, in: { words: 'each[*].out' } }
  inside: { workflow: all/inner, in: { x: shout } }
  coin: { module: all/coin }
  kept: { module: all/kept, foreach: { i: [1, 2, 3] }, params: { i: '\${foreach.i}' } }
  off: { module: all/same, in: { x: inside }, cache: off }
  send: { module: all/send, in: { x: off }, params: { folder: '\${params.folder}' } }
`;
const INNER = `workflow: all/inner
inputs: { x: json }
steps:
  first: { module: all/same, in: { x: inputs.x } }
  second: { module: all/id, in: { x: first }, params: { id: '\${run.id}' } }
outputs: { out: first.out }
`;
const MANIFEST = `workspace: studio
modules: [modules/**]
workflows: [workflows/**]
environments: [environments/**]
datasets: [datasets/**]
libraries: [libraries/**]
`;

function toFiles(url: string): { readonly [path: string]: string } {
  return {
    'cairn.yaml': MANIFEST,
    ...toDataEnvironment(),
    'environments/web.environment.yaml': `environment: web\nnode: "${process.versions.node.split('.')[0] ?? ''}"\n`,
    'datasets/raw/web.dataset.yaml': `dataset: raw/web\nsource: { kind: http, url: '${url}/rows.csv', environment: data }\nformat: csv\ncolumns: { id: int64 }\n`,
    ...toModule('all/sum', {
      code: 'def run(rows):\n    return {"out": int(rows.pandas()["id"].sum())}\n',
      inputs: '{ rows: { table: { columns: { id: int64 } } } }',
      more: 'environment: data\n',
    }),
    ...toModule('all/list', { code: 'def run(n: int):\n    return {"out": list(range(n))}\n', params: '{ n: int }' }),
    ...toModule('all/each', { code: EACH, params: '{ item: json }', outputs: '{ out: json }', more: 'uses: [all/words]\n' }),
    'libraries/all/words/library.yaml': 'library: all/words\nfiles: ["**/*.py"]\n',
    'libraries/all/words/__init__.py': WORDS,
    'modules/all/shout/module.yaml':
      'module: all/shout\nkind: data\nentry: main.ts:run\nenvironment: web\ninputs: { words: { list: json } }\noutputs: { out: json }\n',
    'modules/all/shout/main.ts': SHOUT,
    ...toModule('all/same', { code: 'def run(x: str):\n    return {"out": x}\n', inputs: '{ x: json }' }),
    ...toModule('all/id', {
      code: 'def run(x: str, id: str):\n    return {"out": [x, id]}\n',
      inputs: '{ x: json }',
      params: '{ id: string }',
    }),
    ...toModule('all/coin', {
      code: 'import random\n\n\ndef run():\n    return {"out": random.random()}\n',
      more: 'determinism: stochastic\n',
    }),
    ...toModule('all/kept', { code: 'def run(i: int):\n    return {"out": i * 2}\n', params: '{ i: int }', more: 'reuse: worker\n' }),
    ...toModule('all/send', { code: SEND, inputs: '{ x: json }', params: '{ folder: string }', more: 'determinism: sideEffect\n' }),
    'workflows/flow.workflow.yaml': FLOW,
    'workflows/inner.workflow.yaml': INNER,
  };
}

describe('acceptance: forks, replays and differences of everything that a workflow can be', function () {
  this.timeout(240_000);
  let server: Server;
  let home: Home;
  let studio: Studio;
  let folder: string;
  let first: RunDocument;
  let asked = 0;
  before(async function () {
    server = createServer((request, response) => {
      asked += 1;
      response.setHeader('etag', '"one"').end(request.method === 'HEAD' ? undefined : 'id\n1\n2\n39\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    folder = mkdtempSync(join(tmpdir(), 'cairn-repeats-'));
    home = new Home();
    writeFileSync(join(home.stateFolder, 'agent.yaml'), 'egress: { allow: ["127.0.0.1"] }\n', { mode: 0o600 });
    studio = new Studio(home, toFiles(`http://127.0.0.1:${String(port)}`));
    await prepareOrSkip(this, studio);
    first = await studio.run('all/flow', '--param', `folder=${folder}`);
    assert.equal(first.state, 'succeeded', JSON.stringify(first.steps.map(({ step, error }) => [step, error])));
  });
  after(async () => {
    server.close();
    studio.dispose();
    await home.dispose();
    rmSync(folder, { recursive: true });
  });

  const executed = ({ steps }: RunDocument): readonly string[] =>
    steps.filter((step) => step.decision === 'executed' && step.workflow === undefined).map(({ step }) => step);
  const sent = (): number => (existsSync(join(folder, 'sent')) ? readFileSync(join(folder, 'sent'), 'utf8').length : 0);

  it('a fork of another checkout runs exactly what an edit reaches, and is planned so', async () => {
    const other = new Studio(home);
    try {
      cpSync(studio.root, other.root, { recursive: true });
      const fork = (...argv: readonly string[]): Promise<RunDocument> =>
        other.run('all/flow', '--fork', first.run, '--param', `folder=${folder}`, ...argv);
      const before = sent();
      const same = await fork();
      assert.deepEqual([same.state, same.origin, executed(same)], ['succeeded', { kind: 'fork', run: first.run }, ['inside/second']]);
      other.write({ 'libraries/all/words/__init__.py': WORDS.replace('Greets.', 'Greets well.').replace('return 1', 'return 2') });
      assert.deepEqual(executed(await fork()), ['inside/second'], 'what was edited did not run');
      assert.equal(sent(), before, 'nothing was sent again');
      other.write({ 'libraries/all/words/__init__.py': WORDS.replace('hello', 'good day') });
      const plan = await other.plan('all/flow', '--fork', first.run, '--param', `folder=${folder}`);
      const run = (steps: PlanDocument['steps']): readonly string[] =>
        steps.filter((step) => step.decision !== 'hit' && step.workflow === undefined).map((step) => `${step.step} ${step.decision}`);
      assert.deepEqual(run(plan.steps), [
        'each[0] miss',
        'each[1] miss',
        'each[2] miss',
        'shout conditional',
        'inside/first conditional',
        'inside/second miss',
        'off conditional',
        'send conditional',
      ]);
      const edited = await fork();
      assert.deepEqual(executed(edited), ['each[0]', 'each[1]', 'each[2]', 'shout', 'inside/first', 'inside/second', 'off', 'send']);
      assert.equal(sent(), before + 1);
      const diff = JSON.parse((await studio.cairn(['diff', first.run, edited.run, '--json'])).out) as DiffDocument;
      const each = diff.steps.find(({ step }) => step === 'each[1]');
      assert.deepEqual([diff.equal, each?.equal, each?.reasons[0]?.kind], [false, false, 'code']);
      assert.equal(each?.reasons[0]?.file, 'libraries/all/words/__init__.py');
      assert.ok(diff.steps.find(({ step }) => step === 'sum')?.equal);
      const started = await fork('--from', 'inside/first');
      assert.ok(executed(started).includes('inside/first'));
    } finally {
      other.dispose();
    }
  });

  it('a replay on another agent is equal but for chance, with the source gone and the files too', async () => {
    const receipt = join(folder, 'receipt');
    const { code, out } = await studio.cairn(['receipt', first.run, '--out', receipt, '--json']);
    const written = JSON.parse(out) as ReceiptDocument;
    assert.deepEqual([code, written.missing, written.folder], [0, [], receipt]);
    const moved = join(folder, 'moved');
    renameSync(receipt, moved);
    const other = new Home();
    const elsewhere = new Studio(other);
    const before = asked;
    try {
      const replay = async (...argv: readonly string[]): Promise<readonly [number | null, ReplayDocument]> => {
        const result = await elsewhere.cairn(['replay', ...argv, '--json'], { HOME: folder, PYTHONHASHSEED: '5' });
        return [result.code, JSON.parse(result.out) as ReplayDocument];
      };
      const [exit, document] = await replay(first.run, '--from', moved);
      assert.deepEqual(
        document.steps.filter(({ equal }) => equal !== true).map(({ step, because, class: declared }) => [step, because, declared]),
        [['coin', 'determinism', 'stochastic']],
      );
      assert.deepEqual([exit, document.state, document.of, document.missing], [1, 'succeeded', first.run, []]);
      assert.deepEqual(
        document.steps.filter(({ pinned }) => pinned === true).map(({ step }) => step),
        ['web'],
      );
      assert.equal(asked, before, 'the source was not asked');
      const shown = JSON.parse((await elsewhere.cairn(['show', document.run ?? '', '--json'])).out) as RunDocument;
      assert.deepEqual(shown.origin, { kind: 'replay', run: first.run });
      assert.deepEqual(
        shown.steps.filter(({ decision }) => decision === 'reused').map(({ step }) => step),
        ['web'],
      );
      const [again, byName] = await replay(first.run);
      assert.deepEqual([again, byName.steps.length], [1, document.steps.length]);
      const unknown = await elsewhere.cairn(['replay', '01987a3e-6f00-7000-8000-000000000000', '--json']);
      assert.deepEqual([unknown.code, (JSON.parse(unknown.err) as ErrorDocument).error.code], [2, 'unknown-run']);
    } finally {
      elsewhere.dispose();
      await other.dispose();
    }
  });

  it('for people: short texts that say what differs', async () => {
    const none = await studio.cairn(['diff', first.run, first.run]);
    assert.deepEqual([none.code, none.out.includes('nothing differs')], [0, true]);
    const { code, out } = await studio.cairn(['replay', first.run]);
    assert.equal(code, 1);
    assert.match(out, /coin +all\/coin +differs as declared +all\/coin is stochastic/);
    assert.match(out, /all\/flow: different, 15 of 16 results as in/);
  });
});
