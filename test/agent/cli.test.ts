import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { z } from 'zod';
import * as documents from '../../rde-agent/protocol/documents.ts';
import { listProcessesOf } from '../support/agent.ts';
import { CairnProcess, runCairn, type CliResult } from '../support/cli.ts';
import { assertGolden, toTranscript } from '../support/golden.ts';
import { waitFor } from '../support/waitFor.ts';

/** A module that waits until a file appears, so that a test decides when it ends. */
const WAITING = `import pathlib, time

def main(path: str = "") -> dict:
    print("waiting for the file", flush=True)
    while not pathlib.Path(path).exists():
        time.sleep(0.01)
    return {"result": {"done": True}}
`;
const WAITING_CONTRACT = `module: slow/wait
kind: data
entry: wait.py:main
determinism: external
params:
  path: { type: string }
outputs:
  result: json
`;
const WAITING_WORKFLOW = `workflow: slow/waiting
params:
  path: { type: string }
steps:
  wait:
    module: slow/wait
    params:
      path: \${params.path}
`;

describe('agent/cli', function () {
  this.timeout(120_000);
  let folder: string;
  let root: string;
  let stateFolder: string;
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cairn-cli-')));
    root = join(folder, 'studio');
    stateFolder = join(folder, 'state');
    mkdirSync(root);
  });
  after(async () => {
    await cairn('agent', 'stop');
    const left = listProcessesOf(stateFolder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    assert.deepEqual(left, []);
  });

  function cairn(...argv: string[]): Promise<CliResult> {
    return runCairn(argv, { cwd: root, stateFolder });
  }

  /** Runs a command for people and for machines, and holds both to what was agreed. */
  async function both<T>(name: string, schema: z.ZodType<T>, argv: readonly string[], code = 0): Promise<T> {
    const people = await cairn(...argv);
    assert.equal(people.code, code, people.err + people.out);
    assertGolden(`cli/${name}.txt`, toTranscript(people.out, { root, state: stateFolder }));
    return await json(schema, argv, code);
  }

  async function json<T>(schema: z.ZodType<T>, argv: readonly string[], code = 0): Promise<T> {
    const machine = await cairn(...argv, '--json');
    assert.equal(machine.code, code, machine.err);
    assert.equal(machine.out.endsWith('\n') && machine.out.trimEnd().split('\n').length, 1, machine.out);
    const document: unknown = JSON.parse(machine.out);
    const checked = schema.parse(document);
    assert.deepEqual(checked, document);
    return checked;
  }

  async function fails(argv: readonly string[], exit: number, code: string): Promise<string> {
    const people = await cairn(...argv);
    assert.deepEqual([people.code, people.out], [exit, ''], people.err);
    assert.equal(people.err.trimEnd().split('\n').length, 3, people.err);
    const machine = await cairn(...argv, '--json');
    assert.deepEqual([machine.code, machine.out], [exit, ''], machine.err);
    const { error } = documents.ErrorDocument.parse(JSON.parse(machine.err));
    assert.equal(error.code, code);
    return error.message;
  }

  it('has no agent at first', () =>
    fails(['agent', 'status'], 3, 'agent-unreachable').then((message) => assert.match(message, /No agent/)));

  it('previews, makes a workspace, and never makes it twice', async () => {
    const preview = await json(documents.CreatedDocument, ['init', '--preview']);
    assert.ok(preview.contents?.['cairn.yaml'] !== undefined);
    assert.equal(existsSync(join(root, 'cairn.yaml')), false);
    const made = await cairn('init');
    assertGolden('cli/init.txt', toTranscript(made.out, { root }));
    assert.ok(existsSync(join(root, 'cairn.yaml')));
    await fails(['init'], 2, 'already-exists');
  });

  it('shows its agent', async () => {
    const status = await both('agent-status', documents.AgentStatusDocument, ['agent', 'status']);
    assert.deepEqual([status.protocol, status.roles, status.state], [1, ['workspace', 'run'], stateFolder]);
    const started = await cairn('agent', 'start');
    assert.match(started.out, /^already running: process \d+/);
  });

  it('checks, plans, runs, reuses, and tells why', async () => {
    await both('check', documents.CheckDocument, ['check']);
    const plan = await both('plan-first', documents.PlanDocument, ['plan']);
    assert.deepEqual(
      plan.steps.map((step) => step.decision),
      ['miss'],
    );
    const first = await cairn('run');
    assert.equal(first.code, 0, first.err);
    assertGolden('cli/run-first.txt', toTranscript(first.out, { root }));
    const second = await cairn('run');
    assertGolden('cli/run-second.txt', toTranscript(second.out, { root }));
    await both('plan-second', documents.PlanDocument, ['plan']);
    const { runs } = await both('runs', documents.RunsDocument, ['runs']);
    assert.equal(runs.length, 2);
    const [newest = runs[0], oldest = runs[1]] = runs;
    const paged = await json(documents.RunsDocument, ['runs', '--limit', '1']);
    assert.deepEqual([paged.runs.length, paged.after], [1, newest?.run]);
    assert.deepEqual(
      (await json(documents.RunsDocument, ['runs', '--after', newest?.run ?? ''])).runs.map((run) => run.run),
      [oldest?.run],
    );
    const shown = await both('show', documents.RunDocument, ['show', newest?.run ?? '']);
    assert.equal(shown.steps[0]?.decision, 'reused');
    assert.equal((await both('why', documents.WhyDocument, ['why', newest?.run ?? '', shown.steps[0]?.step ?? ''])).decision, 'reused');
  });

  it('run --json tells every event once, and ends with what show answers', async () => {
    const { out, err, code } = await cairn('run', '--force', '--json');
    assert.equal(code, 0, err);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { v: number; seq?: number; event?: { type: string } });
    const last = documents.RunDocument.parse(lines.pop());
    assert.deepEqual(
      lines.map((line) => line.seq),
      lines.map((_, index) => index + 1),
    );
    assert.ok(lines.every((line) => line.v === 1));
    assert.deepEqual([lines[0]?.event?.type, lines.at(-1)?.event?.type], ['run.submitted', 'run.finished']);
    assert.deepEqual(await json(documents.RunDocument, ['show', last.run]), last);
    assert.equal(last.steps[0]?.decision, 'executed');
    assert.deepEqual(
      last.steps[0]?.reasons.map((reason) => reason.kind),
      ['forced'],
    );
  });

  it('builds and pushes', async () => {
    const built = await json(documents.BuildDocument, ['build']);
    assert.equal(built.modules.length, 1);
    const pushed = await both('push', documents.PushDocument, ['push', '--tag', 'candidate']);
    assert.deepEqual(pushed.artifacts[0]?.tags.toSorted(), ['candidate', 'latestAlpha']);
  });

  it('scaffolds a module and a workflow that check clean and run', async () => {
    const made = await cairn('new', 'module', 'studio/second', '--output', 'scores:json');
    assert.equal(made.code, 0, made.err);
    assert.equal((await cairn('new', 'workflow', 'studio/two', 'studio/second')).code, 0);
    assert.equal((await cairn('check')).code, 0);
    assert.equal((await cairn('run', 'studio/two')).code, 0);
    const several = await fails(['run'], 2, 'usage');
    assert.match(several, /2 workflows/);
  });

  it('watches and builds what changes', async () => {
    const building = new CairnProcess(['build', '--watch', '--no-environments', '--json'], { cwd: root, stateFolder });
    await waitFor('the first build', () => building.out.includes('\n') && building.err.includes('Watching'));
    const source = join(root, 'modules/studio/second/second.py');
    writeFileSync(source, `${readFileSync(source, 'utf8')}\n# changed\n`);
    const line = await waitFor('the rebuild', () => building.out.trimEnd().split('\n')[1]);
    assert.deepEqual(
      documents.BuildDocument.parse(JSON.parse(line)).modules.map((module) => module.module),
      ['studio/second'],
    );
    building.child.kill('SIGINT');
    assert.equal((await building.ended).code, 130);
  });

  describe('with a run that waits', () => {
    let gate: string;
    let waiting: string;
    before(() => {
      waiting = join(folder, 'waiting');
      mkdirSync(join(waiting, 'modules/slow/wait'), { recursive: true });
      mkdirSync(join(waiting, 'workflows'));
      writeFileSync(join(waiting, 'cairn.yaml'), 'workspace: waiting\nmodules: [modules/**]\nworkflows: [workflows/**]\n');
      writeFileSync(join(waiting, 'modules/slow/wait/module.yaml'), WAITING_CONTRACT);
      writeFileSync(join(waiting, 'modules/slow/wait/wait.py'), WAITING);
      writeFileSync(join(waiting, 'workflows/waiting.workflow.yaml'), WAITING_WORKFLOW);
    });
    beforeEach(() => {
      gate = join(folder, 'gate');
      rmSync(gate, { force: true });
    });

    async function start(...argv: string[]): Promise<{ running: CairnProcess; run: string }> {
      const running = new CairnProcess(['run', '--param', `path=${gate}`, '--json', ...argv], { cwd: waiting, stateFolder });
      const line = await waitFor('the task runs', () => running.out.split('\n').find((text) => text.includes('"task.running"')));
      return { running, run: (JSON.parse(line) as { run: string }).run };
    }

    it('Ctrl-C leaves the run going, and logs -f follows it to its end', async () => {
      const { running, run } = await start();
      running.child.kill('SIGINT');
      assert.equal((await running.ended).code, 130);
      const following = new CairnProcess(['logs', run, '-f', '--json'], { cwd: waiting, stateFolder });
      const line = await waitFor('the line of the task', () => following.out.includes('\n') && following.out.split('\n')[0]);
      assert.deepEqual(documents.LogLine.parse(JSON.parse(line)), {
        v: 1,
        step: 'wait',
        attempt: 1,
        stream: 'out',
        seq: 1,
        text: 'waiting for the file',
      });
      writeFileSync(gate, '');
      assert.equal((await following.ended).code, 0);
      assert.equal((await json(documents.RunDocument, ['show', run])).state, 'succeeded');
      const logs = await runCairn(['logs', run, 'wait'], { cwd: waiting, stateFolder });
      assert.equal(logs.out, 'wait| waiting for the file\n');
    });

    it('--cancel-on-interrupt cancels it, and no process is left', async () => {
      const { running, run } = await start('--cancel-on-interrupt');
      running.child.kill('SIGINT');
      const { code, out } = await running.ended;
      assert.equal(code, 130);
      assert.equal(documents.RunDocument.parse(JSON.parse(out.trimEnd().split('\n').at(-1) ?? '')).state, 'cancelled');
      assert.equal((await json(documents.RunDocument, ['show', run])).state, 'cancelled');
    });

    it('cancelled by somebody else it exits 1', async () => {
      const { running, run } = await start();
      assert.deepEqual(await json(documents.CancelDocument, ['cancel', run]), { v: 1, run, state: 'cancelled' });
      assert.equal((await running.ended).code, 1);
    });

    it('--detach answers when the run is accepted', async () => {
      const { code, out } = await runCairn(['run', '--detach', '--param', `path=${gate}`, '--json'], { cwd: waiting, stateFolder });
      assert.equal(code, 0);
      const accepted = documents.RunDocument.parse(JSON.parse(out));
      assert.ok(['queued', 'running'].includes(accepted.state));
      writeFileSync(gate, '');
      await waitFor('its end', async () => (await json(documents.RunDocument, ['show', accepted.run])).state === 'succeeded');
    });
  });

  it('says what failed in the user’s code, with file and line', async () => {
    const source = join(root, 'modules/studio/second/second.py');
    const before = readFileSync(source, 'utf8');
    writeFileSync(source, before.replace(/^( +)return /m, '$1raise ValueError("no luck")\n$1return '));
    const { code, out } = await cairn('run', 'studio/two');
    assert.equal(code, 1);
    assertGolden(
      'cli/run-failed.txt',
      toTranscript(out, { root })
        .replace(/second\.py:\d+/g, 'second.py:<line>')
        .replace(/line \d+/g, 'line <line>'),
    );
    writeFileSync(source, before);
  });

  it('names what it does not know', async () => {
    await fails(['run', 'nothing'], 2, 'unknown-workflow');
    await fails(['show', 'nothing'], 2, 'unknown-run');
    await fails(['why', 'nothing', 'x'], 2, 'unknown-run');
    await fails(['cancel', 'nothing'], 2, 'unknown-run');
    await fails(['logs', 'nothing'], 2, 'unknown-run');
    await fails(['build', 'no/module'], 2, 'unknown-module');
  });

  it('check finds errors without an agent, and exits 1', async () => {
    const other = join(folder, 'other-state');
    writeFileSync(join(root, 'workflows/broken.workflow.yaml'), 'workflow: studio/broken\nsteps:\n  a: { module: studio/missing }\n');
    const people = await runCairn(['check'], { cwd: root, stateFolder: other });
    assert.equal(people.code, 1);
    assertGolden('cli/check-errors.txt', toTranscript(people.out, { root }));
    const machine = await runCairn(['check', '--json'], { cwd: root, stateFolder: other });
    const { diagnostics } = documents.CheckDocument.parse(JSON.parse(machine.out));
    assert.deepEqual(
      diagnostics.filter((one) => one.severity === 'error').map((one) => one.code),
      ['unknown-module'],
    );
    assert.equal(existsSync(other), false);
    rmSync(join(root, 'workflows/broken.workflow.yaml'));
  });

  it('doctor looks with and without an agent', async () => {
    const names = (document: { checks: readonly { name: string }[] }): string[] => document.checks.map((check) => check.name);
    const asked = await json(documents.DoctorDocument, ['doctor']);
    const alone = await runCairn(['doctor', '--json'], { cwd: root, stateFolder: join(folder, 'nowhere') });
    const looked = documents.DoctorDocument.parse(JSON.parse(alone.out));
    for (const name of ['agent', 'node', 'python', 'uv', 'state', 'disk'])
      assert.ok(names(asked).includes(name) && names(looked).includes(name), name);
    assert.equal(asked.checks[0]?.state, 'ok');
    assert.equal(looked.checks[0]?.state, 'missing');
  });

  it('works from a folder below, from INIT_CWD, and by --workspace', async () => {
    const below = join(root, 'modules');
    assert.equal((await runCairn(['check'], { cwd: below, stateFolder })).code, 0);
    assert.equal((await runCairn(['check'], { cwd: folder, stateFolder, env: { INIT_CWD: below } })).code, 0);
    assert.equal((await runCairn(['check', '--workspace', basename(root)], { cwd: folder, stateFolder })).code, 0);
    assert.equal((await runCairn(['run', 'two.workflow.yaml'], { cwd: join(root, 'workflows'), stateFolder })).code, 0);
  });

  it('a reader that closes early is no failure', async () => {
    const help = new CairnProcess(['--help'], { cwd: root, stateFolder });
    help.child.stdout?.destroy();
    assert.equal((await help.ended).code, 0);
  });
});
