import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EMPTY_ENVIRONMENT, type EnvironmentDefinition } from '../../language/model/environment.ts';
import { CairnError } from '../../rde-agent/protocol/errors.ts';
import { createProcessRuntime } from '../../rde-agent/runtimes/process/processRuntime.ts';
import type { Runtime } from '../../rde-agent/runtimes/runtime.ts';
import { RecordingObserver, RuntimeFolders } from '../support/runtimeHarness.ts';
import { toProcessOptions } from '../support/runtimeProcess.ts';

const never = new AbortController().signal;
const silent = (): void => undefined;

describe('process runtime: environments', function () {
  this.timeout(120_000);
  let folders: RuntimeFolders;
  let wheels: string;
  let lock: string;
  let definition: EnvironmentDefinition;
  const runtimes: Runtime[] = [];

  before(() => {
    folders = new RuntimeFolders();
    wheels = folders.folder('wheels');
    const hash = makeWheel(wheels);
    lock = `tiny-greeting==1.0 \\\n    --hash=sha256:${hash}\nnot-here==1 ; sys_platform == 'win32' --hash=sha256:${hash}\n`;
    definition = { ...EMPTY_ENVIRONMENT, name: 'tiny', lock: 'tiny.lock' };
  });
  afterEach(async () => {
    await Promise.all(runtimes.splice(0).map((runtime) => runtime.dispose()));
  });
  after(() => folders.remove());

  /** Packages come from the folder of wheels alone, so these tests need no network once uv is there. */
  const open = (state: string, changes: { readonly [name: string]: string | undefined } = {}): Runtime => {
    const environment = { ...process.env, PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels, ...changes };
    const runtime = createProcessRuntime(toProcessOptions(folders.folder(state), { environment }));
    runtimes.push(runtime);
    return runtime;
  };
  const listMade = (state: string): readonly string[] => readdirSync(path.join(folders.folder(state), 'environments')).sort();

  it('names the specifier and what was found when no Python fits', async () => {
    const runtime = open('missing');
    await assert.rejects(runtime.pin({ ...definition, python: '>=9.1' }, lock), (error: unknown) => {
      assert.ok(error instanceof CairnError);
      assert.equal(error.code, 'python-missing');
      assert.match(error.message, />=9\.1.*found: 3\./);
      assert.match(error.next, />=9\.1/);
      return true;
    });
    await assert.rejects(runtime.pin({ ...definition, python: 'newest' }, lock), { code: 'python-missing' });
    const nowhere = createProcessRuntime(toProcessOptions(folders.folder('nowhere'), { environment: { PATH: '/nowhere' } }));
    runtimes.push(nowhere);
    await assert.rejects(nowhere.pin({ ...definition, python: '>=9.1' }, lock), { code: 'python-missing' });
  });

  it('pins packages with versions and hashes, and names the line of a lock that it cannot read', async () => {
    const runtime = open('pin');
    const pinned = await runtime.pin(definition, lock);
    assert.deepEqual(Object.keys(pinned.packages), ['tiny-greeting']);
    assert.match(pinned.packages['tiny-greeting'] ?? '', /^1\.0\+sha256:[0-9a-f]{64}$/);
    assert.equal(pinned.lock, `sha256:${createHash('sha256').update(lock).digest('hex')}`);
    await assert.rejects(
      runtime.pin(definition, `${lock}other>=2\n`),
      (error: unknown) => error instanceof CairnError && error.code === 'environment-failed' && error.message.includes('tiny.lock, line 4'),
    );
    await assert.rejects(runtime.pin(definition, null), { code: 'environment-failed' });
  });

  it('installs the lock once, and the packages are there', async () => {
    const runtime = open('install', await uvVariables());
    const environment = await runtime.pin(definition, lock);
    const reports: string[] = [];
    assert.equal((await runtime.prepare(environment, lock, (message) => reports.push(message), never)).made, true);
    assert.match(reports.join('\n'), /Making the environment tiny/);
    assert.equal((await runtime.prepare(environment, lock, silent, never)).made, false);
    assert.equal((await open('install').prepare(environment, lock, silent, never)).made, false);
    assert.equal(await greet(runtime, environment), 'hello from tiny');
    assert.equal(listMade('install').length, 1);
    await assert.rejects(runtime.prepare(environment, `${lock}\n`, silent, never), { code: 'environment-failed' });
  });

  it('uses what an earlier agent prepared', async () => {
    const environment = await open('install').pin(definition, lock);
    assert.equal(await greet(open('install'), environment), 'hello from tiny');
    assert.equal(await greet(open('unprepared'), environment), 'environment-failed');
  });

  it('makes one environment however many ask, in two runtimes', async () => {
    const first = open('many', await uvVariables());
    const second = open('many', await uvVariables());
    const environment = await first.pin(definition, lock);
    const prepared = await Promise.all([first, second, first, second].map((runtime) => runtime.prepare(environment, lock, silent, never)));
    const made = prepared.map((one) => one.made);
    assert.notEqual(made[0], made[1], 'exactly one of the runtimes has made it');
    assert.deepEqual(made.slice(2), made.slice(0, 2));
    assert.equal(listMade('many').length, 1);
  });

  it('says why an installation failed, and leaves nothing half made', async () => {
    const runtime = open('broken', await uvVariables());
    const wrong = lock.replace(/sha256:[0-9a-f]{64}/, `sha256:${'0'.repeat(64)}`);
    const environment = await runtime.pin(definition, wrong);
    await assert.rejects(runtime.prepare(environment, wrong, silent, never), (error: unknown) => {
      assert.ok(error instanceof CairnError);
      assert.equal(error.code, 'environment-failed');
      assert.match(error.message, /environment tiny cannot be made[^]*hash/i);
      return true;
    });
    assert.deepEqual(listMade('broken'), []);
  });

  it('never uses a folder that is half made, and takes over the lock of a dead maker', async () => {
    const runtime = open('half', await uvVariables());
    const environment = await runtime.pin(definition, lock);
    await runtime.prepare(environment, lock, silent, never);
    const [name = ''] = listMade('half');
    const folder = path.join(folders.folder('half'), 'environments', name);
    rmSync(path.join(folder, 'complete'));
    mkdirSync(`${folder}.lock`);
    writeFileSync(`${folder}.lock/owner`, '999999999 1');
    mkdirSync(`${folder}.making-dead`);
    assert.equal((await runtime.prepare(environment, lock, silent, never)).made, true);
    assert.deepEqual(listMade('half'), [name]);
  });

  it('stops making when nobody waits any more', async () => {
    const runtime = open('stopped', await uvVariables());
    const environment = await runtime.pin(definition, lock);
    const stop = new AbortController();
    const preparing = runtime.prepare(environment, lock, () => stop.abort(new Error('enough')), stop.signal);
    await assert.rejects(preparing, /enough/);
    assert.equal((await runtime.prepare(environment, lock, silent, never)).made, true);
  });

  it('stops making when the runtime ends', async () => {
    const runtime = open('ended', await uvVariables());
    const environment = await runtime.pin(definition, lock);
    let disposed: Promise<void> | undefined;
    const dispose = (): void => {
      disposed ??= runtime.dispose();
    };
    await assert.rejects(runtime.prepare(environment, lock, dispose, never), { code: 'cancelled' });
    await disposed;
    assert.deepEqual(listMade('ended'), []);
  });

  it('makes do with pip where uv cannot be had', async () => {
    const withoutUv = (process.env['PATH'] ?? '').split(':').filter((folder) => !existsSync(path.join(folder, 'uv')));
    const runtime = open('pip', { PATH: withoutUv.join(':'), CAIRN_UV: undefined });
    const environment = await runtime.pin(definition, lock);
    await runtime.prepare(environment, lock, silent, never);
    assert.match(runtime.notes().join('\n'), /uv could not be had/);
    assert.equal(await greet(runtime, environment), 'hello from tiny');
    const [name = ''] = listMade('pip');
    const script = path.join(folders.folder('pip'), 'environments', name, 'bin', 'tiny-greeting');
    assert.equal(execFileSync(script, { encoding: 'utf8' }), 'hello from tiny\n');
  });

  it('says what the disk says', async () => {
    const runtime = open('disk');
    const environment = await runtime.pin(EMPTY_ENVIRONMENT, null);
    writeFileSync(path.join(folders.folder('disk'), 'environments'), 'a file where a folder must be');
    await assert.rejects(runtime.prepare(environment, null, silent, never), (error: unknown) => {
      assert.ok(error instanceof CairnError);
      assert.equal(error.code, 'environment-failed');
      assert.match(error.message, /environments/);
      return true;
    });
  });

  it('refuses a named uv that is none', async () => {
    const runtime = open('named', { CAIRN_UV: '/nowhere/uv' });
    const environment = await runtime.pin(definition, lock);
    await assert.rejects(runtime.prepare(environment, lock, silent, never), { code: 'environment-failed' });
  });

  /** Where PATH has no uv, one is installed for all these tests together. */
  let ownUv: Promise<string> | undefined;
  async function uvVariables(): Promise<{ readonly [name: string]: string }> {
    ownUv ??= installUv();
    return { CAIRN_UV: await ownUv };
  }

  async function installUv(): Promise<string> {
    const named =
      process.env['CAIRN_UV'] ??
      (process.env['PATH'] ?? '')
        .split(':')
        .map((folder) => path.join(folder, 'uv'))
        .find((file) => !file.includes('shims') && existsSync(file));
    if (named !== undefined) return named;
    const runtime = createProcessRuntime(
      toProcessOptions(folders.folder('uv'), { environment: { ...process.env, UV_FIND_LINKS: wheels } }),
    );
    runtimes.push(runtime);
    const environment = await runtime.pin(definition, lock);
    await runtime.prepare(environment, lock, silent, never);
    return path.join(folders.folder('uv'), 'tools', 'uv', 'bin', 'uv');
  }

  async function greet(runtime: Runtime, environment: Awaited<ReturnType<Runtime['pin']>>): Promise<unknown> {
    const source = 'import tiny_greeting\ndef run():\n    return {"result": tiny_greeting.greet()}\n';
    const observer = new RecordingObserver();
    const outcome = await runtime.launch(
      { environment, context: folders.task(source), preload: ['tiny_greeting'], reuse: 'fork', observer },
      never,
    );
    if (outcome.kind === 'failed') return outcome.error.code;
    return outcome.kind === 'succeeded' ? JSON.parse(Buffer.from(outcome.outputs[0]?.data ?? '', 'base64').toString('utf8')) : outcome.kind;
  }
});

/** Writes a wheel with a module and a script, and gives its sha256 in hex. */
function makeWheel(folder: string): string {
  const file = path.join(folder, 'tiny_greeting-1.0-py3-none-any.whl');
  const script = `
import sys, zipfile
info = "tiny_greeting-1.0.dist-info/"
files = {
    "tiny_greeting.py": "def greet():\\n    return 'hello from tiny'\\ndef main():\\n    print(greet())\\n",
    info + "METADATA": "Metadata-Version: 2.1\\nName: tiny-greeting\\nVersion: 1.0\\n",
    info + "WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    info + "entry_points.txt": "[console_scripts]\\ntiny-greeting = tiny_greeting:main\\n",
}
files[info + "RECORD"] = "".join(name + ",,\\n" for name in [*files, info + "RECORD"])
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    for name, text in files.items():
        wheel.writestr(name, text)
`;
  execFileSync('python3', ['-c', script, file]);
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
