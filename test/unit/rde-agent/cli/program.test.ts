import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../../../rde-agent/cli/program.ts';
import { ErrorDocument } from '../../../../rde-agent/protocol/documents.ts';

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Every command of this version, as `--help` lists them. */
const COMMANDS = [
  'init',
  'new module',
  'new library',
  'new workflow',
  'check',
  'build',
  'push',
  'test',
  'tags',
  'tag',
  'promote',
  'rollback',
  'ci plan',
  'plan',
  'run',
  'rerun',
  'clone',
  'trigger',
  'receipt',
  'replay',
  'diff',
  'runs',
  'show',
  'logs',
  'cancel',
  'why',
  'schedule list',
  'schedule show',
  'schedule start',
  'schedule stop',
  'schedule pause',
  'schedule resume',
  'environment list',
  'environment lock',
  'environment sync',
  'dataset list',
  'dataset show',
  'lineage',
  'preview',
  'portal',
  'workflows',
  'workspaces list',
  'workspaces open',
  'workspaces close',
  'cluster list',
  'cluster show',
  'ledger',
  'agent start',
  'agent stop',
  'agent status',
  'agent token',
  'agent gc',
  'agent audit',
  'agent pin',
  'doctor',
  'completion',
];

const GROUPS = ['new', 'ci', 'schedule', 'environment', 'dataset', 'workspaces', 'cluster', 'agent'];

describe('cli/program', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'cairn-cli-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...argv: string[]): Promise<Result> => runOn(process.versions.node, ...argv);

  async function runOn(node: string, ...argv: string[]): Promise<Result> {
    let out = '';
    let err = '';
    const stdout = { write: (text: string) => void (out += text) };
    const stderr = { write: (text: string) => void (err += text) };
    const code = await runCli(argv, {
      env: { CAIRN_HOME: join(folder, 'home') },
      cwd: folder,
      stdout,
      stderr,
      interrupted: new AbortController().signal,
      node,
    });
    return { code, out, err };
  }

  it('says which Node it needs on an older one, and helps all the same', async () => {
    const { code, err } = await runOn('22.18.0', 'check');
    assert.equal(code, 3);
    assert.match(err, /^agent-start-failed: Cairn needs Node 22\.19 or later, and this is Node 22\.18\.0\.\n/);
    assert.equal((await runOn('20.1.0', 'check', '--help')).code, 0);
  });

  for (const command of [...COMMANDS, ...GROUPS]) {
    it(`${command} --help has an example`, async () => {
      const { code, out, err } = await run(...command.split(' '), '--help');
      assert.deepEqual([code, err], [0, '']);
      assert.match(out, new RegExp(`^Usage: cairn ${command}`));
      assert.match(out, /\nExample:\n {2}.*cairn /);
      assert.match(out, /--workspace <dir>/);
    });
  }

  it('lists every command and nothing more', async () => {
    const { out } = await run('--help');
    const listed = [...out.matchAll(/^ {2}([a-z]+) .*$/gm)].map((match) => match[1]).filter((name) => name !== 'cairn');
    assert.deepEqual(listed, [...new Set(COMMANDS.map((command) => command.split(' ')[0]))]);
  });

  it('shows help when nothing is asked', async () => {
    const { code, out } = await run();
    assert.equal(code, 0);
    assert.match(out, /^Usage: cairn/);
  });

  for (const argv of [
    ['fly'],
    ['show'],
    ['runs', '--limit', '0'],
    ['run', 'a', 'b'],
    ['new'],
    ['new', 'module', 'x', '--kind', 'odd'],
    ['run', '--unknown'],
    ['check', '--agent', 'far'],
  ]) {
    it(`${argv.join(' ')} is wrong usage`, async () => {
      const { code, out, err } = await run(...argv);
      assert.deepEqual([code, out], [2, '']);
      assert.equal(err.trimEnd().split('\n').length, 3);
      const machine = await run(...argv, '--json');
      assert.equal(machine.code, 2);
      assert.equal(ErrorDocument.parse(JSON.parse(machine.err)).v, 1);
    });
  }

  it('leads to the help of the command that was meant', async () => {
    for (const [argv, path] of [
      [['runs', '--limit', '0'], 'cairn runs'],
      [['--json', 'schedule', 'show'], 'cairn schedule show'],
      [['new', 'nonsense'], 'cairn new'],
      [['fly'], 'cairn'],
    ] as const)
      assert.match((await run(...argv)).err, new RegExp(`See \\W?${path} --help`));
    assert.match((await run('preview', 'a/b', '--limit', '501')).err, /at most 500 rows[\s\S]*--csv/);
  });

  it('says that there is no workspace', async () => {
    const { code, err } = await run('check', '--json');
    assert.equal(code, 2);
    assert.equal(ErrorDocument.parse(JSON.parse(err)).error.code, 'no-workspace');
  });

  it('says that there is no agent, and starts none to say it', async () => {
    for (const command of ['status', 'stop']) {
      const { code, err } = await run('agent', command, '--json');
      assert.equal(code, 3);
      assert.equal(ErrorDocument.parse(JSON.parse(err)).error.code, 'agent-unreachable');
    }
  });
});
