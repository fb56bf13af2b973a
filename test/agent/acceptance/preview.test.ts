import assert from 'node:assert/strict';
import type { PreviewDocument } from '../../../rde-agent/protocol/previewDocument.ts';
import type { RunDocument } from '../../../rde-agent/protocol/documents.ts';
import { prepareOrSkip, toDataEnvironment } from './dataEnvironment.ts';
import { Home, Studio, toModule } from './studio.ts';

const MORE = 'environment: data\n';
const DATASET = `dataset: people/all
source: { kind: python, entry: people.py:load, environment: data }
format: parquet
owner: team
domain: experiment
columns:
  id: { type: int64, labels: [public] }
  score: { type: float64, labels: [public] }
  name: { type: string, labels: [personal] }
  shoe: int64
`;
const LOAD = `import pyarrow as pa


def load():
    rows = 1000
    return pa.table({
        "id": pa.array(range(rows), pa.int64()),
        "score": pa.array([None if i % 4 == 0 else i / 2 for i in range(rows)], pa.float64()),
        "name": [f"SECRET-{i}" for i in range(rows)],
        "shoe": pa.array([40 + i % 5 for i in range(rows)], pa.int64()),
    })
`;
const MAKE = `import base64
import os
import pickle
import pyarrow as pa

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Trap:
    def __reduce__(self):
        return (os.system, ("touch " + os.environ["TMPDIR"] + "/../trapped",))


def write(name, content):
    path = os.path.join(os.environ["TMPDIR"], name)
    with open(path, "wb") as file:
        file.write(content)
    return path


def run():
    folder = os.path.join(os.environ["TMPDIR"], "folder")
    os.makedirs(os.path.join(folder, "inner"))
    with open(os.path.join(folder, "inner", "a.txt"), "w") as file:
        file.write("hello")
    return {
        "rows": pa.table({"text": ["=1+1", "plain", "@x", "a,b", "-5", None], "number": pa.array([-1, 2, 3, 4, 5, 6], pa.int64())}),
        "figure": write("plot.bin", base64.b64decode(PIXEL)),
        "drawing": write("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        "page": write("page.txt", "Grüße\\n".encode()),
        "noise": write("noise.bin", bytes(range(256))),
        "model": Trap(),
        "values": {"b": [1, 2], "a": "x"},
        "metrics": {"auc": 0.5},
        "folder": folder,
    }
`;
const PORTS = 'figure: file, drawing: file, page: file, noise: file, model: model, values: json, metrics: metrics, folder: directory';
const KEEP = 'def run(people):\n    return {"kept": people.arrow()}\n';
const keep = (columns: string): Parameters<typeof toModule>[1] => ({
  code: KEEP,
  inputs: `{ people: { table: { columns: { ${columns} } } } }`,
  outputs: `{ kept: { table: { columns: { ${columns} } } } }`,
  more: MORE,
});
const WORKFLOW = `workflow: show/all
steps:
  people: { dataset: people/all }
  make: { module: show/make }
  open: { module: show/open, in: { people: people } }
  named: { module: show/named, in: { people: people } }
  shod: { module: show/shod, in: { people: people } }
  each: { module: show/open, in: { people: people }, foreach: { part: [one] } }
`;

type Content<K extends PreviewDocument['content']['kind']> = Extract<PreviewDocument['content'], { kind: K }>;

describe('acceptance: previews of outputs', function () {
  this.timeout(180_000);
  let home: Home;
  let studio: Studio;
  let run: RunDocument;
  before(async function () {
    home = new Home();
    studio = new Studio(home, {
      ...toDataEnvironment(),
      'datasets/people/all.dataset.yaml': DATASET,
      'datasets/people/people.py': LOAD,
      ...toModule('show/make', {
        code: MAKE,
        outputs: `{ rows: { table: { columns: { text: string, number: int64 } } }, ${PORTS} }`,
        more: MORE,
      }),
      ...toModule('show/open', keep('id: int64, score: float64')),
      ...toModule('show/named', keep('id: int64, name: string')),
      ...toModule('show/shod', keep('id: int64, shoe: int64')),
      'workflows/all.workflow.yaml': WORKFLOW,
    });
    await prepareOrSkip(this, studio);
    run = await studio.run();
    assert.equal(run.state, 'succeeded', JSON.stringify(run.steps.map((step) => step.error)));
  });
  after(async () => {
    studio.dispose();
    await home.dispose();
  });

  async function show(output: string, ...argv: readonly string[]): Promise<PreviewDocument> {
    const { code, out, err } = await studio.cairn(['preview', `${run.run}:${output}`, '--json', ...argv]);
    assert.equal(code, 0, err);
    return JSON.parse(out) as PreviewDocument;
  }

  async function content<K extends PreviewDocument['content']['kind']>(
    kind: K,
    output: string,
    ...argv: readonly string[]
  ): Promise<Content<K>> {
    const { content: found } = await show(output, ...argv);
    assert.equal(found.kind, kind, JSON.stringify(found));
    return found as Content<K>;
  }

  it('a dataset by its name: the newest version, or the one that is named, masked as its output is', async () => {
    const preview = async (target: string, code = 0): Promise<PreviewDocument> => {
      const { code: found, out, err } = await studio.cairn(['preview', target, '--json', '--limit', '2']);
      assert.equal(found, code, err);
      return JSON.parse(code === 0 ? out : err) as PreviewDocument;
    };
    const newest = await preview('people/all');
    assert.deepEqual([newest.dataset, newest.run, newest.step, newest.port], ['people/all', run.run, 'people', 'data']);
    const output = await show('people.data', '--limit', '2');
    assert.deepEqual(newest.content, output.content);
    assert.doesNotMatch(JSON.stringify(newest), /SECRET/);
    assert.deepEqual((await preview(`people/all@${newest.version ?? ''}`)).content, output.content);
    for (const target of ['people/none', 'people/all@sha256:0'])
      assert.match(JSON.stringify(await preview(target, 2)), /"code":"unknown-dataset".*"next":"/);
  });

  it('a table: columns with types and statistics over all rows, and a page of it', async () => {
    const table = await content('table', 'open.kept', '--offset', '996', '--limit', '3');
    assert.equal(table.rows, 1000);
    assert.deepEqual(
      table.columns.map(({ histogram, ...column }) => ({ ...column, counted: histogram.reduce((sum, count) => sum + count, 0) })),
      [
        {
          name: 'id',
          type: 'int64',
          labels: ['public'],
          masked: false,
          nulls: 0,
          min: 0,
          max: 999,
          mean: 499.5,
          distinct: 1000,
          counted: 1000,
        },
        {
          name: 'score',
          type: 'float64',
          labels: ['public'],
          masked: false,
          nulls: 250,
          min: 0.5,
          max: 499.5,
          mean: 250,
          distinct: 750,
          counted: 750,
        },
      ],
    );
    assert.deepEqual(
      [table.offset, table.page],
      [
        996,
        [
          [996, null],
          [997, 498.5],
          [998, 499],
        ],
      ],
    );
  });

  it('past the end: no rows, and where the end is', async () => {
    const table = await content('table', 'open.kept', '--offset', '5000');
    assert.deepEqual([table.rows, table.offset, table.page], [1000, 1000, []]);
  });

  it('masked by their labels: neither values nor numbers, of the dataset and of what comes of it', async () => {
    const raw = await show('people.data');
    assert.doesNotMatch(JSON.stringify(raw), /SECRET/);
    const columns = (await content('table', 'people.data')).columns.map(
      ({ name, labels, masked, nulls, min, max, distinct, histogram }) => {
        return [name, labels, masked, [nulls, min, max, distinct].every((value) => value === null) && histogram.length === 0];
      },
    );
    assert.deepEqual(columns, [
      ['id', ['public'], false, false],
      ['score', ['public'], false, false],
      ['name', ['personal'], true, true],
      ['shoe', null, true, true],
    ]);
    const named = await content('table', 'named.kept', '--limit', '1');
    assert.deepEqual(
      [named.columns.map(({ labels, masked }) => [labels, masked]), named.page],
      [
        [
          [['personal', 'public'], true],
          [['personal', 'public'], true],
        ],
        [[null, null]],
      ],
    );
    const shod = await content('table', 'shod.kept', '--limit', '1');
    assert.deepEqual(
      shod.columns.map(({ labels, masked }) => [labels, masked]),
      [
        [['public', 'restricted'], true],
        [['public', 'restricted'], true],
      ],
    );
  });

  it('an element of a fan-out by its name, the only output without its port', async () => {
    assert.equal((await show('each[one]', '--limit', '1')).port, 'kept');
    const wrong = await studio.cairn(['preview', `${run.run}:each.kept`, '--json']);
    assert.deepEqual([wrong.code, (JSON.parse(wrong.err) as { error: { code: string } }).error.code], [2, 'unknown-step']);
  });

  it('CSV: all rows, formulas made harmless, masked columns left out and told', async () => {
    const made = await studio.cairn(['preview', `${run.run}:make.rows`, '--csv']);
    assert.equal(made.out, 'text,number\r\n\'=1+1,-1\r\nplain,2\r\n\'@x,3\r\n"a,b",4\r\n-5,5\r\n,6\r\n');
    const people = await studio.cairn(['preview', `${run.run}:people.data`, '--csv']);
    assert.deepEqual([people.out.split('\r\n').length, people.out.split('\r\n')[0]], [1002, 'id,score']);
    assert.match(people.err, /left out.*name, shoe/);
  });

  it('pictures, text, JSON, metrics, folders', async () => {
    assert.equal((await content('figure', 'make.figure')).mime, 'image/png');
    assert.match((await content('text', 'make.drawing')).text, /^<svg/);
    assert.deepEqual(await content('text', 'make.page'), { kind: 'text', text: 'Grüße\n', cut: false });
    assert.deepEqual(JSON.parse((await content('json', 'make.values')).text), { a: 'x', b: [1, 2] });
    assert.deepEqual((await content('metrics', 'make.metrics')).metrics, { auc: 0.5 });
    assert.deepEqual((await content('files', 'make.folder')).files, [{ path: 'inner/a.txt', bytes: 5 }]);
    assert.match((await content('opaque', 'make.noise')).reason, /neither text nor a picture/);
  });

  it('a pickled model is never opened', async () => {
    assert.match((await content('opaque', 'make.model')).reason, /never opened/);
  });

  it('for people: statistics, and rows that fit', async () => {
    const { out } = await studio.cairn(['preview', `${run.run}:people.data`, '--limit', '2']);
    assert.match(out, /1000 rows, 4 columns/);
    assert.match(out, /^score +float64 +public +250 +0\.5 +499\.5 +250 +750$/m);
    assert.match(out, /^name +string +personal +masked$/m);
    assert.match(out, /rows 1 to 2 of 1000/);
    assert.doesNotMatch(out, /SECRET/);
  });

  it('what is not there is named', async () => {
    const cases = [
      [`${run.run}:make`, 'invalid-request', /several outputs/],
      [`${run.run}:make.none`, 'invalid-request', /no output none/],
      [`${run.run}:none.x`, 'unknown-step', /no step none/],
      [`${run.run}:make.rows.text`, 'usage', /is a column/],
    ] as const;
    for (const [target, code, message] of cases) {
      const { err } = await studio.cairn(['preview', target, '--json']);
      const { error } = JSON.parse(err) as { error: { code: string; message: string } };
      assert.equal(error.code, code);
      assert.match(error.message, message);
    }
  });
});
