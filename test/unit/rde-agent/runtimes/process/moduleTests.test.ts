import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { launchTests } from '../../../../../rde-agent/runtimes/process/moduleTests/launchTests.ts';
import { runModuleTests } from '../../../../../rde-agent/runtimes/process/moduleTests/runModuleTests.ts';
import { CairnError } from '../../../../../rde-agent/protocol/errors.ts';
import type { ModuleTestAnswer } from '../../../../../rde-agent/protocol/moduleTests.ts';
import { SmallWorkspace, type Files } from '../../../../support/smallWorkspace.ts';
import { waitFor } from '../../../../support/waitFor.ts';

const RUNNER = path.resolve(import.meta.dirname, '../../../../../rde-agent/runner/python');
const FOLDER = 'modules/ns/words';

/** Interpreters of this host with and without pytest. */
function findPythons(): { readonly [tool: string]: string | undefined } {
  const found = ['python3', '/usr/bin/python3', process.env['CAIRN_DEV_PYTHON'] ?? '', ...listPyenv()].filter((name) => name !== '');
  const has = (python: string, module: string): boolean => {
    try {
      execFileSync(python, ['-c', `import ${module}`], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };
  return {
    unittest: found.find((python) => has(python, 'sys') && !has(python, 'pytest')),
    pytest: found.find((python) => has(python, 'pytest')),
  };
}

function listPyenv(): readonly string[] {
  const folder = path.join(process.env['HOME'] ?? '', '.pyenv/versions');
  return ['3.11.7', '3.12.1', '3.13.0'].map((version) => path.join(folder, version, 'bin/python')).filter(existsSync);
}

const MODULE: Files = {
  [`${FOLDER}/words.py`]:
    'from textlib.upper import up\n\n\ndef words(text):\n    if text == "":\n        raise ValueError("no text")\n    return up(text).split()\n',
  'libraries/textlib/upper.py': 'def up(text):\n    return text.upper()\n',
};

const CASES = `import unittest
from words import words


class WordsTest(unittest.TestCase):
    def test_upper(self):
        print("said by a test")
        self.assertEqual(words("a b"), ["A", "B"])

    def test_wrong(self):
        self.assertEqual(words("a"), ["B"])

    def test_raises(self):
        words("")

    @unittest.skip("not yet")
    def test_later(self):
        pass


class SetupTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise RuntimeError("no setup")

    def test_never(self):
        pass


def test_plain():
    assert words("c") == ["C"]
`;

describe('unit/rde-agent/runtimes/process/moduleTests', function () {
  this.timeout(120_000);
  const pythons = findPythons();
  let workspace: SmallWorkspace;
  beforeEach(() => (workspace = new SmallWorkspace(MODULE)));
  afterEach(() => workspace.dispose());

  function run(
    python: string,
    files: Files,
    changes: {
      readonly ids?: readonly string[];
      readonly discover?: boolean;
      readonly timeout?: number;
      readonly signal?: AbortSignal;
    } = {},
  ): Promise<ModuleTestAnswer> {
    workspace.write(Object.fromEntries(Object.entries(files).map(([name, text]) => [`${FOLDER}/tests/${name}`, text])));
    const { ids = null, discover = false, timeout = 60, signal = new AbortController().signal } = changes;
    const place = { stateFolder: workspace.root, runnerFolder: RUNNER, agent: process.env, python, variables: {} };
    const { root } = workspace;
    const libraries = { textlib: path.join(root, 'libraries/textlib') };
    return runModuleTests(place, { root, folder: path.join(root, FOLDER), tests: 'tests', libraries, ids, discover, timeout }, signal);
  }

  for (const [tool, python] of Object.entries(pythons)) {
    describe(`with ${tool}${python === undefined ? ` (needs ${tool}: a Python that has it)` : ''}`, () => {
      before(function () {
        if (python === undefined) this.skip();
      });
      const interpreter = python ?? '';

      it('tells of each test how it ended, and of a failure the line', async () => {
        const answer = await run(interpreter, { 'test_words.py': CASES });
        assert.deepEqual(toStates(answer), {
          'WordsTest::test_upper': 'passed',
          'WordsTest::test_wrong': 'failed',
          'WordsTest::test_raises': 'failed',
          'WordsTest::test_later': 'skipped',
          'SetupTest::test_never': 'error',
          test_plain: 'passed',
        });
        const failed = answer.tests.find(({ name }) => name === 'test_raises');
        assert.deepEqual(failed?.failedAt, { file: `${FOLDER}/words.py`, line: 6 });
        assert.equal(failed.message, 'ValueError: no text');
        assert.match(failed.traceback ?? '', /words\.py/);
        assert.equal(failed.file, `${FOLDER}/tests/test_words.py`);
        assert.equal(failed.line, 13);
        assert.equal(answer.tests.find(({ name }) => name === 'test_later')?.message, 'not yet');
        assert.match(answer.tests.find(({ name }) => name === 'test_never')?.message ?? '', /no setup/);
        assert.equal(answer.problem, undefined);
      });

      it('finds tests without running one, and runs those that are asked for', async () => {
        const found = await run(interpreter, { 'test_words.py': CASES }, { discover: true });
        assert.deepEqual([...new Set(found.tests.map(({ state }) => state))], ['found']);
        assert.equal(found.tests.length, 6);
        const one = await run(interpreter, {}, { ids: ['tests/test_words.py::WordsTest::test_wrong'] });
        assert.deepEqual(toStates(one), { 'WordsTest::test_wrong': 'failed' });
        const some = await run(interpreter, {}, { ids: ['tests/test_words.py::SetupTest', 'tests/test_words.py::test_plain'] });
        assert.deepEqual(toStates(some), { 'SetupTest::test_never': 'error', test_plain: 'passed' });
      });

      it('are started by a debugger in the same way, with request and answers in files', async () => {
        workspace.write({ [`${FOLDER}/tests/test_words.py`]: CASES });
        const { root } = workspace;
        const place = { stateFolder: root, runnerFolder: RUNNER, agent: process.env, python: interpreter, variables: { SAID: 'x' } };
        const request = {
          root,
          folder: path.join(root, FOLDER),
          tests: 'tests',
          libraries: { textlib: path.join(root, 'libraries/textlib') },
          ids: ['tests/test_words.py::WordsTest::test_upper', 'tests/test_words.py::WordsTest::test_wrong'],
          discover: false,
          timeout: 60,
        };
        const launch = await launchTests(place, request);
        try {
          assert.equal(statSync(launch.folder).mode & 0o777, 0o700);
          assert.equal(launch.variables['SAID'], 'x');
          const { python: program, pythonArgs, module, args, folder, variables } = launch;
          execFileSync(program, [...pythonArgs, '-m', module, ...args], { cwd: folder, env: variables });
          const lines = readFileSync(launch.answers, 'utf8').trimEnd().split('\n');
          const ended = lines
            .map((line) => JSON.parse(line) as { kind: string; id: string; state: string })
            .filter(({ kind }) => kind === 'ended');
          assert.deepEqual(ended.map(({ id, state }) => [id.split('::').at(-1), state]).sort(), [
            ['test_upper', 'passed'],
            ['test_wrong', 'failed'],
          ]);
        } finally {
          rmSync(launch.folder, { recursive: true });
        }
      });

      it('says where a file of tests cannot be imported, and runs the others', async () => {
        const answer = await run(interpreter, {
          'test_a.py': 'import unheard_of\n',
          'test_b.py': 'def wrong(:\n',
          'test_c.py': 'def test_c():\n    pass\n',
        });
        assert.deepEqual(
          answer.tests.map(({ id, state, failedAt }) => [id, state, failedAt?.line]),
          [
            ['tests/test_a.py', 'error', 1],
            ['tests/test_b.py', 'error', 1],
            ['tests/test_c.py::test_c', 'passed', undefined],
          ],
        );
        assert.match(answer.tests[0]?.message ?? '', /unheard_of/);
      });

      it('loses only the tests that end their interpreter, print without end, fork or hang', async () => {
        const answer = await run(
          interpreter,
          {
            'test_bad.py': `import os, subprocess, sys, time

def test_a_exit():
    print("before the exit")
    os._exit(7)

def test_b_prints():
    for _ in range(60):
        sys.stdout.write("x" * 100_000)

def test_c_fork():
    os.fork()

def test_d_hang():
    subprocess.Popen(["sleep", "4711"], start_new_session=True)
    time.sleep(4711)

def test_e_interrupt():
    raise KeyboardInterrupt

def test_f_system_exit():
    sys.exit(3)

def test_g_good():
    pass
`,
          },
          { timeout: 2 },
        );
        assert.deepEqual(toStates(answer), {
          test_a_exit: 'error',
          test_b_prints: 'passed',
          test_c_fork: 'passed',
          test_d_hang: 'error',
          test_e_interrupt: 'error',
          test_f_system_exit: 'failed',
          test_g_good: 'passed',
        });
        assert.match(answer.tests[0]?.message ?? '', /exit code 7/);
        assert.match(answer.tests[3]?.message ?? '', /longer than 2 s/);
        assert.ok(answer.output.length < 400_000, `${answer.output.length} characters were kept`);
        assert.equal(isRunning('sleep 4711'), false);
      });

      it('ends everything when it is cancelled', async () => {
        const stop = new AbortController();
        const running = run(
          interpreter,
          {
            'test_long.py':
              'import subprocess, time\n\ndef test_long():\n    subprocess.Popen(["sleep", "4712"], start_new_session=True)\n    time.sleep(4712)\n',
          },
          { signal: stop.signal },
        );
        const outcome = assert.rejects(running, (error) => error instanceof CairnError && error.code === 'cancelled');
        await waitFor('the test runs', () => isRunning('sleep 4712'));
        stop.abort();
        await outcome;
        assert.equal(isRunning('sleep 4712'), false);
      });

      it('says why nothing can be run', async () => {
        const answer = await run(interpreter, { 'test_gone.py': 'import os\nos._exit(9)\n' });
        assert.match(answer.problem ?? '', /exit code 9/);
        const absent = await run('/nonexistent/python', {});
        assert.match(absent.problem ?? '', /could not be started/);
      });
    });
  }
});

function toStates({ tests }: ModuleTestAnswer): { readonly [id: string]: string } {
  return Object.fromEntries(tests.map(({ id, state }) => [id.replace(/^tests\/\w+\.py::/, ''), state]));
}

function isRunning(command: string): boolean {
  return execFileSync('ps', ['-eo', 'stat=,args='])
    .toString()
    .split('\n')
    .some((line) => !line.startsWith('Z') && line.trim().endsWith(` ${command}`));
}
