import assert from 'node:assert/strict';
import type { CheckDocument, ErrorDocument, RunsDocument } from '../../../rde-agent/protocol/documents.ts';
import { Home, Studio, toModule } from './studio.ts';

type Files = { readonly [path: string]: string };

const WORKFLOW = 'workflows/bad.workflow.yaml';
const MODULE = 'modules/bad/task/module.yaml';
const GOOD: Files = {
  ...toModule('bad/task', { code: 'def run(value=1):\n    return {"out": value}\n', params: '{ value: { type: int, default: 1 } }' }),
  [WORKFLOW]: 'workflow: bad/bad\nsteps:\n  task: { module: bad/task }\n',
};

interface Case {
  readonly title: string;
  readonly files: Files;
  /** a file that is not there */
  readonly without?: string;
  /** `file:line code` of the findings, in order */
  readonly findings: readonly string[];
  readonly message: RegExp;
}

const CASES: readonly Case[] = [
  { title: 'an alias bomb', files: { [WORKFLOW]: toBomb() }, findings: [`${WORKFLOW}:5 limit-exceeded`], message: /[Aa]lias/ },
  {
    title: 'a file of 10 MB',
    files: { [WORKFLOW]: `${GOOD[WORKFLOW] ?? ''}# ${'x'.repeat(10_000_000)}\n` },
    findings: [`${WORKFLOW}:1 limit-exceeded`],
    message: /1048576/,
  },
  {
    title: 'nesting without end',
    files: { [WORKFLOW]: `workflow: bad/bad\nsteps: ${'['.repeat(50_000)}` },
    findings: [`${WORKFLOW}:2 limit-exceeded`],
    message: /deep|nest|level/i,
  },
  {
    title: 'values of wrong types',
    files: { [WORKFLOW]: 'workflow: bad/bad\nsteps:\n  task: { module: [bad/task], timeout: soon }\n' },
    findings: [`${WORKFLOW}:3 invalid-value`, `${WORKFLOW}:3 invalid-value`],
    message: /must be a text/,
  },
  {
    title: 'a cycle',
    files: {
      ...toModule('bad/task', { code: 'def run(value):\n    return {"out": value}\n', inputs: '{ value: json }' }),
      [WORKFLOW]: 'workflow: bad/bad\nsteps:\n  a: { module: bad/task, in: { value: b } }\n  b: { module: bad/task, in: { value: a } }\n',
    },
    findings: [`${WORKFLOW}:3 cycle`],
    message: /a → b → a/,
  },
  {
    title: 'two steps of one name',
    files: { [WORKFLOW]: `${GOOD[WORKFLOW] ?? ''}  task: { module: bad/task }\n` },
    findings: [`${WORKFLOW}:4 duplicate-name`],
    message: /`task`.*line 3/,
  },
  {
    title: 'two modules of one name',
    files: { 'modules/bad/twin/module.yaml': GOOD[MODULE] ?? '', 'modules/bad/twin/main.py': GOOD['modules/bad/task/main.py'] ?? '' },
    findings: [`${MODULE}:1 duplicate-name`, 'modules/bad/twin/module.yaml:1 duplicate-name'],
    message: /modules\/bad\/twin/,
  },
  {
    title: 'names that every object has',
    files: { [WORKFLOW]: 'workflow: bad/bad\nsteps:\n  __proto__: { module: bad/task }\n  constructor: { module: bad/task }\n' },
    findings: [`${WORKFLOW}:3 invalid-value`, `${WORKFLOW}:4 invalid-value`],
    message: /reserved/,
  },
  {
    title: 'an entry file that is missing',
    files: {},
    without: 'modules/bad/task/main.py',
    findings: [`${MODULE}:3 missing-file`],
    message: /main\.py/,
  },
  {
    title: 'an unknown key with a near one',
    files: { [WORKFLOW]: 'workflow: bad/bad\nsteps:\n  task: { modul: bad/task }\n' },
    findings: [`${WORKFLOW}:3 unknown-key`],
    message: /module/,
  },
  {
    title: 'bytes that are no text',
    files: { [MODULE]: 'module: bad/task\n\u0000\u0007\n' },
    findings: [`${MODULE}:2 syntax`],
    message: /character/,
  },
  {
    title: 'something that this version does not do',
    files: { [WORKFLOW]: 'workflow: bad/bad\nsteps:\n  task: { module: bad/task, params: { n: ["${run.id}"] } }\n' },
    findings: [`${WORKFLOW}:3 not-supported`],
    message: /lists and maps/,
  },
];

/** Nine lists of nine aliases of the list before: 9⁹ values from some 400 bytes. */
function toBomb(): string {
  const names = [...'abcdefghi'];
  const lists = names.map(
    (name, index) =>
      `${name}: &${name} [${Array(9)
        .fill(index === 0 ? 'x' : `*${names[index - 1] ?? ''}`)
        .join(', ')}]`,
  );
  return `workflow: bad/bad\n${lists.join('\n')}\nsteps:\n  task: { module: bad/task }\n`;
}

describe('acceptance: bad files', function () {
  this.timeout(60_000);
  let home: Home;
  let studio: Studio;
  before(() => {
    home = new Home();
    studio = new Studio(home);
  });
  beforeEach(() => {
    studio.write({ 'modules/keep': '', 'workflows/keep': '' });
    studio.remove('modules');
    studio.remove('workflows');
    studio.write(GOOD);
  });
  after(async () => {
    studio.dispose();
    await home.dispose();
  });

  const listRuns = async (): Promise<RunsDocument> => JSON.parse((await studio.cairn(['runs', '--json'])).out) as RunsDocument;

  for (const { title, files, without, findings, message } of CASES) {
    it(`${title}: found at its place, refused to run, and the agent lives`, async () => {
      studio.write(files);
      if (without !== undefined) studio.remove(without);
      const check = await studio.cairn(['check', '--json']);
      assert.equal(check.code, 1, check.err);
      const { diagnostics } = JSON.parse(check.out) as CheckDocument;
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      const found = errors.map(({ file, range, code }) => `${file}:${range.start.line} ${code}`);
      for (const finding of findings) assert.ok(found.includes(finding), `${finding} is not among ${found.join(', ')}`);
      assert.match(errors.map((one) => one.message).join('\n'), message);
      const before = await listRuns();
      const run = await studio.cairn(['run', 'bad/bad', '--json']);
      const { error } = JSON.parse(run.err.trimEnd().split('\n').at(-1) ?? '') as ErrorDocument;
      assert.deepEqual([run.code, run.out, error.code], [1, '', 'check-failed'], run.err);
      assert.deepEqual(await listRuns(), before);
    });
  }

  it('and after all of it, the good files run', async () => {
    assert.equal((await studio.run()).state, 'succeeded');
  });

  it('refuses parameters that are unknown, of a wrong type, or named like what every object has', async () => {
    studio.write({
      [WORKFLOW]:
        'workflow: bad/bad\nparams: { size: { type: int, default: 1, max: 9 } }\nsteps:\n  task: { module: bad/task, params: { value: "${params.size}" } }\n',
    });
    for (const param of ['other=1', 'size=x', 'size=1.5', 'size=99', '__proto__=1', 'constructor=1', 'size', '=1']) {
      const { code, out, err } = await studio.cairn(['run', '--param', param]);
      assert.deepEqual([code, out], [2, ''], err);
      assert.equal(err.trimEnd().split('\n').length, 3, err);
    }
    assert.equal((await studio.run('--param', 'size=2')).state, 'succeeded');
  });
});
