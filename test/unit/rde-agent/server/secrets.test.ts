import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import type { AgentConfig } from '../../../../rde-agent/protocol/agentConfig.ts';
import { createReadSecret } from '../../../../rde-agent/server/secrets.ts';
import { createTempFolder, removeFolder, writeFiles } from '../../../support/tempFolder.ts';

const signal = new AbortController().signal;

describe('secrets', () => {
  let folder: string;
  let now: number;

  beforeEach(() => {
    folder = createTempFolder();
    now = 100;
  });
  afterEach(() => removeFolder(folder));

  function ask(providers: AgentConfig['secrets'], env: { readonly [name: string]: string } = {}): (name: string) => Promise<string> {
    const read = createReadSecret({
      providers,
      env: { PATH: process.env['PATH'], ...env },
      stateFolder: folder,
      now: () => now,
      patience: 2,
    });
    return (name) => read(name, signal);
  }

  async function toProblem(asked: Promise<string>): Promise<string> {
    return asked.then(
      (value) => `a value of ${String(value.length)} characters`,
      (error: unknown) => {
        assert.ok(error instanceof CairnError && error.code === 'secret-missing', String(error));
        return error.message;
      },
    );
  }

  it('come from a variable, a file and a command, each its first line', async () => {
    writeFiles(folder, { token: 'from-file\nsecond line\n' });
    chmodSync(join(folder, 'token'), 0o600);
    const read = ask(
      { A: { env: 'WAREHOUSE' }, B: { file: 'token' }, C: { command: ['printf', 'from-command\\nmore\\n'] } },
      { WAREHOUSE: 'from-env' },
    );
    assert.deepEqual([await read('A'), await read('B'), await read('C')], ['from-env', 'from-file', 'from-command']);
  });

  it('without a provider come from CAIRN_SECRET_<NAME>', async () => {
    assert.equal(await ask({}, { CAIRN_SECRET_TOKEN: 'x' })('TOKEN'), 'x');
    assert.match(await toProblem(ask({})('TOKEN')), /^Secret TOKEN has no value: variable CAIRN_SECRET_TOKEN/);
    assert.match(await toProblem(ask({})('constructor')), /^Secret constructor has no value/);
  });

  it('are not read from a file that others can read, from no file, or from a pipe', async () => {
    writeFiles(folder, { token: 'hush\n' });
    chmodSync(join(folder, 'token'), 0o644);
    execFileSync('mkfifo', ['-m', '600', join(folder, 'pipe')]);
    const read = ask({ A: { file: 'token' }, B: { file: 'absent' }, C: { file: 'pipe' } });
    assert.match(await toProblem(read('A')), /can be read by other users/);
    assert.match(await toProblem(read('B')), /cannot be read/);
    assert.match(await toProblem(read('C')), /is not a file/);
    chmodSync(join(folder, 'token'), 0o600);
    assert.equal(await read('A'), 'hush', 'a failure is asked again');
  });

  it('name what failed of a command, and nothing of what it printed', async () => {
    const read = ask({
      FAILS: { command: ['sh', '-c', 'echo hush; echo hush >&2; exit 3'] },
      ABSENT: { command: ['/nonexistent/tool'] },
      LONG: { command: ['sh', '-c', 'yes hush'] },
      SLOW: { command: ['sleep', '60'] },
      EMPTY: { command: ['true'] },
      WORDS: { command: ['printf', '%s', '$(touch made); echo'] },
    });
    const problems = await Promise.all(['FAILS', 'ABSENT', 'LONG', 'SLOW', 'EMPTY'].map((name) => toProblem(read(name))));
    assert.match(problems.join('\n'), /exit code 3[^]*ENOENT[^]*more than[^]*did not end within 2 s[^]*empty first line/);
    assert.ok(!problems.join().includes('hush'));
    assert.equal(await read('WORDS'), '$(touch made); echo', 'no shell reads the words');
    assert.equal(existsSync(join(folder, 'made')), false);
  });

  it('are asked once for many tasks and known anew after a while', async () => {
    const read = ask({ A: { command: ['sh', '-c', 'echo x >> asked; echo value'] } });
    await Promise.all(Array.from({ length: 20 }, () => read('A')));
    now += 29;
    await read('A');
    assert.equal(readFileSync(join(folder, 'asked'), 'utf8'), 'x\n');
    now += 2;
    await read('A');
    assert.equal(readFileSync(join(folder, 'asked'), 'utf8'), 'x\nx\n');
  });

  it('let one asker give up without the others', async () => {
    const abort = new AbortController();
    const read = createReadSecret({
      providers: { A: { command: ['sh', '-c', 'sleep 0.2; echo value'] } },
      env: process.env,
      stateFolder: folder,
      now: () => now,
    });
    const first = read('A', abort.signal);
    const second = read('A', signal);
    abort.abort();
    await assert.rejects(first, { code: 'cancelled' });
    assert.equal(await second, 'value');
    await assert.rejects(read('A', abort.signal), { code: 'cancelled' });
  });
});
