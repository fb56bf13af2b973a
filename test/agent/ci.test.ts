import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CiPlanDocument, TestsDocument } from '../../rde-agent/protocol/ciDocuments.ts';
import { TagsDocument, TagMovedDocument } from '../../rde-agent/protocol/tagDocuments.ts';
import { listProcessesOf } from '../support/agent.ts';
import { runCairn, type CliResult } from '../support/cli.ts';
import { commitAll, initRepository, runGit } from '../support/gitRepository.ts';
import { moduleFiles, SmallWorkspace, type Files } from '../support/smallWorkspace.ts';

const MODULES = 50;

function toFiles(index: number): Files {
  const name = `m${String(index)}`;
  return {
    ...moduleFiles(`ns/${name}`, { code: `def run():\n    return {"out": ${String(index)}}\n`, more: 'tests: tests\n' }),
    [`modules/ns/${name}/tests/test_it.py`]: `import unittest\nfrom main import run\n\nclass ItTest(unittest.TestCase):\n    def test_out(self):\n        self.assertEqual(set(run()), {"out"})\n`,
  };
}

describe('agent/ci', function () {
  this.timeout(300_000);
  let workspace: SmallWorkspace;
  let folder: string;
  let clone: string;
  let stateFolder: string;

  before(async () => {
    workspace = new SmallWorkspace(Object.assign({}, ...Array.from({ length: MODULES }, (_, index) => toFiles(index))) as Files);
    initRepository(workspace.root);
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cairn-ci-')));
    stateFolder = join(folder, 'state');
    clone = join(folder, 'clone');
    runGit(folder, 'clone', '-q', `file://${workspace.root}`, 'clone');
    assert.equal((await cairn('push')).code, 0);
  });
  after(async () => {
    await cairn('agent', 'stop');
    const left = listProcessesOf(stateFolder);
    workspace.dispose();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    assert.deepEqual(left, []);
  });

  const cairn = (...argv: string[]): Promise<CliResult> => runCairn(argv, { cwd: clone, stateFolder });

  async function plan(since: string): Promise<CiPlanDocument> {
    const { code, out, err } = await cairn('ci', 'plan', '--since', since, '--json');
    assert.equal(code, 0, err);
    return CiPlanDocument.parse(JSON.parse(out));
  }

  const tags = async (): Promise<ReadonlyMap<string, number>> => {
    const { out } = await cairn('tags', '--json');
    return new Map(TagsDocument.parse(JSON.parse(out)).tags.map(({ module, tag, generation }) => [`${module}@${tag}`, generation]));
  };

  /** The commands of all jobs in order, as a pipeline runs them: the first that fails ends it. */
  async function carryOut({ jobs }: CiPlanDocument): Promise<string | undefined> {
    for (const command of jobs.flatMap(({ commands }) => commands)) {
      const [program, ...argv] = command.split(' ');
      assert.equal(program, 'cairn');
      if ((await cairn(...argv)).code !== 0) return command;
    }
    return undefined;
  }

  function change(path: string, text: string): void {
    writeFileSync(join(clone, path), text);
    commitAll(clone, `change ${path}`);
  }

  it('one module of 50 changes: exactly its job, and a green one publishes it alone', async () => {
    const before = await tags();
    assert.equal(before.size, MODULES);
    change('modules/ns/m7/main.py', 'def run():\n    return {"out": 700}\n');
    const planned = await plan('origin/main');
    assert.deepEqual(
      planned.jobs.map(({ id }) => id),
      ['ns-m7'],
    );
    assert.equal(planned.unaffected, MODULES - 1);
    assert.equal(await carryOut(planned), undefined);
    const moved = [...(await tags())].filter(([name, generation]) => before.get(name) !== generation);
    assert.deepEqual(
      moved.map(([name]) => name),
      ['ns/m7@latestAlpha'],
    );
    assert.deepEqual((await plan('HEAD')).jobs, []);
  });

  it('a red one publishes nothing, and the test that fails is told with its line', async () => {
    const before = await tags();
    change('modules/ns/m9/main.py', 'def run():\n    raise ValueError("broken on purpose")\n');
    assert.equal(await carryOut(await plan('HEAD~1')), 'cairn test ns/m9');
    assert.deepEqual(await tags(), before);
    const { code, out } = await cairn('test', 'ns/m9', '--json');
    const { tests, modules, failed } = TestsDocument.parse(JSON.parse(out));
    assert.deepEqual([code, failed, modules[0]?.state], [1, 1, 'failed']);
    assert.deepEqual(tests[0]?.failedAt, { file: 'modules/ns/m9/main.py', line: 2 });
    assert.match((await cairn('test', 'ns/m9')).out, /failed ns\/m9 tests\/test_it\.py::ItTest::test_out\n {2}modules\/ns\/m9\/main\.py:2/);
    const one = await cairn('test', 'ns/m8', '--test', 'tests/test_it.py::ItTest::test_out', '--json');
    assert.deepEqual([one.code, TestsDocument.parse(JSON.parse(one.out)).passed], [0, 1]);
    const listed = await cairn('test', 'ns/m8', '--list', '--json');
    assert.deepEqual(
      TestsDocument.parse(JSON.parse(listed.out)).tests.map(({ state, line, file }) => [state, line, file]),
      [['found', 5, 'modules/ns/m8/tests/test_it.py']],
    );
  });

  it('writes each form to a file, and refuses what it cannot compare with', async () => {
    for (const format of ['github', 'gitlab', 'bitbucket', 'json']) {
      const { code, err } = await cairn('ci', 'plan', '--since', 'origin/main', '--format', format, '--out', join(folder, format));
      assert.equal(code, 0, err);
      assert.equal(typeof parse(readFileSync(join(folder, format), 'utf8')), 'object');
    }
    const wrong = await cairn('ci', 'plan', '--since', 'nowhere', '--json');
    assert.equal(wrong.code, 2);
    assert.equal((JSON.parse(wrong.err) as { error: { code: string } }).error.code, 'invalid-request');
  });

  it('tags, promotes and rolls back by command, with what follows told and the exit codes of the table', async () => {
    const json = async (...argv: string[]): Promise<TagMovedDocument> => {
      const { code, out, err } = await cairn(...argv, '--json');
      assert.equal(code, 0, err);
      return TagMovedDocument.parse(JSON.parse(out));
    };
    const code = async (...argv: string[]): Promise<readonly [number | null, string]> => {
      const { code: exit, err } = await cairn(...argv, '--json');
      return [exit, (JSON.parse(err) as { error: { code: string } }).error.code];
    };
    assert.equal((await json('tag', 'ns/m1', 'candidate', '--expect', '0')).moved[0]?.from, null);
    assert.deepEqual(await code('tag', 'ns/m1', 'candidate', '--expect', '0'), [5, 'conflict']);
    assert.deepEqual(await code('tag', 'ns/m1', 'latest'), [2, 'invalid-request']);
    assert.deepEqual(await code('tag', 'ns/none', 'candidate'), [2, 'unknown-module']);
    assert.deepEqual(await code('rollback', 'ns/m1', '--tag', 'candidate'), [2, 'invalid-request']);
    assert.deepEqual(await code('rollback', 'ns/m1'), [2, 'unknown-tag']);
    assert.deepEqual(await code('promote', 'ns/m7', '--reviewer', 'grace'), [4, 'denied'], 'it is not on origin/main');
    runGit(workspace.root, 'checkout', '-q', '--detach');
    runGit(clone, 'push', '-q', 'origin', 'HEAD:main');
    const { moved } = await json('promote', 'ns/m7', 'ns/m1', '--reviewer', 'grace');
    assert.deepEqual(
      moved.map(({ module, tag, reviewer }) => [module, tag, reviewer]),
      [
        ['ns/m7', 'latest', 'grace'],
        ['ns/m1', 'latest', 'grace'],
      ],
    );
    const { out } = await cairn('tags', 'ns/m7', '--history');
    assert.match(out, /promote .*reviewed by grace/);
    const told = await cairn('tag', 'ns/m7', 'candidate', '--dry-run');
    assert.match(told.out, /^affected:\n {2}nothing\nns\/m7@candidate would move: new → [0-9a-f]+.*\nnothing was moved\n$/);
    assert.deepEqual(await code('promote', 'ns/m7'), [2, 'usage'], 'somebody has to have reviewed it');
    assert.deepEqual(await code('test', '--', '--help'), [2, 'unknown-module'], 'a name, not an option');
  });
});
