import assert from 'node:assert/strict';
import { prepareOrSkip, toDataEnvironment } from './dataEnvironment.ts';
import { findStep, Home, Studio, toModule, toOutcomes, toReasons } from './studio.ts';

const MORE = 'environment: data\npreload: [pandas]\n';
const COLUMNS = '{ used: int64, unread: string, when: float64 }';
const MAKE = {
  code: 'import pandas\n\n\ndef run():\n    return {"rows": pandas.DataFrame({"used": [1, 2, 3], "unread": ["a", "b", "c"], "when": [0.5, None, 2.0]})}\n',
  outputs: `{ rows: { table: { columns: ${COLUMNS} } } }`,
  more: MORE,
};
const READ = {
  code: 'def run(rows):\n    frame = rows.pandas()\n    return {"out": {"columns": list(frame.columns), "sum": int(frame["used"].sum())}}\n',
  inputs: '{ rows: { table: { columns: { used: int64 } } } }',
  more: MORE,
};
const WORKFLOW = 'workflow: tables/chain\nsteps:\n  make: { module: tables/make }\n  read: { module: tables/read, in: { rows: make } }\n';

interface Wrong {
  readonly title: string;
  /** what the function returns */
  readonly rows: string;
  readonly code: string;
  readonly message: RegExp;
}

const WRONG: readonly Wrong[] = [
  {
    title: 'a column of another type',
    rows: 'pandas.DataFrame({"used": ["x", "y"], "unread": ["a", "b"], "when": [1.0, 2.0]})',
    code: 'output-wrong',
    message: /rows.*used.*int64/s,
  },
  {
    title: 'a column too few',
    rows: 'pandas.DataFrame({"used": [1], "unread": ["a"]})',
    code: 'output-wrong',
    message: /rows.*when/s,
  },
  {
    title: 'a column too many',
    rows: 'pandas.DataFrame({"used": [1], "unread": ["a"], "when": [1.0], "extra": [1]})',
    code: 'output-wrong',
    message: /rows.*extra/s,
  },
  { title: 'no table', rows: '3', code: 'output-wrong', message: /rows.*int/s },
];

describe('acceptance: tables', function () {
  this.timeout(120_000);
  let home: Home;
  let studio: Studio;
  before(async function () {
    home = new Home();
    studio = new Studio(home, {
      ...toDataEnvironment(),
      ...toModule('tables/make', MAKE),
      ...toModule('tables/read', READ),
      'workflows/chain.workflow.yaml': WORKFLOW,
    });
    await prepareOrSkip(this, studio);
    const run = await studio.run();
    assert.deepEqual(toOutcomes(run), { make: 'executed', read: 'executed' }, JSON.stringify(run.steps.map((step) => step.error)));
    assert.equal(findStep(run, 'make').outputs['rows']?.rows, 3);
  });
  after(async () => {
    studio.dispose();
    await home.dispose();
  });
  afterEach(() => studio.write({ ...toModule('tables/make', MAKE), ...toModule('tables/read', READ) }));

  function make(code: string): void {
    studio.write(toModule('tables/make', { ...MAKE, code }));
  }

  it('a column that the contract does not read changes: reused', async () => {
    make(MAKE.code.replace('["a", "b", "c"]', '["x", "y", "z"]'));
    assert.deepEqual(toOutcomes(await studio.run()), { make: 'executed', read: 'reused' });
  });

  it('a column that it reads changes: run again, and the port is named', async () => {
    make(MAKE.code.replace('[1, 2, 3]', '[1, 2, 4]'));
    const run = await studio.run();
    assert.deepEqual(toOutcomes(run), { make: 'executed', read: 'executed' });
    assert.deepEqual([toReasons(run, 'read'), findStep(run, 'read').reasons[0]?.upstream], [['input:rows'], 'make']);
  });

  it('the same rows come out of other code: reused', async () => {
    make(MAKE.code.replace('[1, 2, 3]', 'list(range(1, 4))'));
    assert.deepEqual(toOutcomes(await studio.run()), { make: 'executed', read: 'reused' });
  });

  it('the columns that are read change: run again, and that is said', async () => {
    studio.write(toModule('tables/read', { ...READ, inputs: '{ rows: { table: { columns: { used: int64, when: float64 } } } }' }));
    const run = await studio.run();
    assert.deepEqual(toOutcomes(run), { make: 'reused', read: 'executed' });
    assert.equal(toReasons(run, 'read')[0], 'columns:rows');
  });

  it('only declared columns arrive', async () => {
    const code = READ.code.replace('"sum": int(frame["used"].sum())', '"unread": frame["unread"].tolist()');
    studio.write(toModule('tables/read', { ...READ, code }));
    const { error } = findStep(await studio.run(), 'read');
    assert.deepEqual([error?.code, error?.line], ['user-error', 3]);
    assert.match(error?.message ?? '', /unread/);
  });

  for (const { title, rows, code, message } of WRONG) {
    it(`${title} in an output fails with port and column named, and publishes nothing`, async () => {
      make(`import pandas\n\n\ndef run():\n    rows = ${rows}\n    return {"rows": rows}\n`);
      const run = await studio.run();
      assert.deepEqual(toOutcomes(run), { make: 'failed', read: 'skipped' });
      const step = findStep(run, 'make');
      assert.equal(step.error?.code, code, step.error?.message);
      assert.match(step.error.message, message);
      assert.deepEqual(step.outputs, {});
      assert.equal((await studio.plan()).steps[0]?.decision, 'miss');
    });
  }

  describe('a version in the lock changes', () => {
    const lock = toDataEnvironment()['environments/data.lock'] ?? '';
    afterEach(() => studio.write(toDataEnvironment()));

    it('of a package: run again, and package and versions are named', async () => {
      studio.write({ 'environments/data.lock': lock.replaceAll(/^numpy==\S+/gm, 'numpy==9.9.9') });
      const [step] = (await studio.plan()).steps;
      const [reason] = step?.reasons ?? [];
      assert.deepEqual([step?.decision, reason?.kind, reason?.name], ['miss', 'package', 'numpy']);
      assert.match(reason?.before ?? '', /^2\./);
      assert.match(reason?.after ?? '', /^9\.9\.9/);
    });

    it('of a package for other systems: reused', async () => {
      studio.write({ 'environments/data.lock': lock.replace(/^colorama==\S+/m, 'colorama==9.9.9') });
      const { steps } = await studio.plan();
      assert.deepEqual(
        steps.map(({ decision }) => decision),
        ['hit', 'hit'],
      );
    });
  });
});
