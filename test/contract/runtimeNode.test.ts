import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { EMPTY_ENVIRONMENT } from '../../language/model/environment.ts';
import { FileIndex } from '../../rde-agent/builder/fileIndex.ts';
import { loadBundler } from '../../rde-agent/builder/typescript/bundler.ts';
import { TypeScriptBuilder } from '../../rde-agent/builder/typescript/typescriptBuilder.ts';
import type { TaskContext } from '../../rde-agent/protocol/runner.ts';
import { createProcessRuntime } from '../../rde-agent/runtimes/process/processRuntime.ts';
import type { Outcome, Runtime } from '../../rde-agent/runtimes/runtime.ts';
import { isAlive, RecordingObserver, RuntimeFolders, waitUntil } from '../support/runtimeHarness.ts';
import { toProcessOptions } from '../support/runtimeProcess.ts';

const AGENT = fileURLToPath(new URL('../support/runtimeAgent.ts', import.meta.url));
const OUT = [{ name: 'out', type: { kind: 'json' as const } }];

describe('runtime contract: process, Node', function () {
  this.timeout(60_000);
  let folders: RuntimeFolders;
  let runtime: Runtime;
  beforeEach(() => {
    folders = new RuntimeFolders();
    runtime = createProcessRuntime(toProcessOptions(folders.folder('state'), { limits: { graceSeconds: 0.5 } }));
  });
  afterEach(async () => {
    await runtime.dispose();
    folders.remove();
  });

  /** Bundles the files as a module and describes an attempt of its function `run`. */
  const bundle = async (files: { readonly [file: string]: string }, changes: Partial<TaskContext> = {}): Promise<TaskContext> => {
    const context = folders.task('', { entry: { file: 'main.ts', function: 'run' }, code: {}, outputs: OUT, ...changes });
    const root = folders.folder(`sources/${context.task}`);
    mkdirSync(path.join(root, 'm'));
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(root, 'm', file), text);
    const index = new FileIndex({ root, cacheFile: undefined, now: Date.now });
    await index.scan();
    const builder = new TypeScriptBuilder({ root, index, load: () => loadBundler({ from: import.meta.url, wasm: undefined }) });
    const target = {
      kind: 'module',
      name: 'n/m',
      folder: 'm',
      entry: { file: 'main.ts', function: 'run' },
      skip: new Set<string>(),
    } as const;
    await builder.prepare([target]);
    const built = builder.build(target);
    await builder.dispose();
    if (built.kind === 'failed') throw built.error;
    for (const file of built.artifact.manifest.files)
      writeFileSync(path.join(context.root, file.path), built.artifact.contents?.get(file.digest) ?? '');
    return context;
  };
  const launch = async (
    context: TaskContext,
    observer = new RecordingObserver(),
    signal = new AbortController().signal,
  ): Promise<Outcome> => {
    const environment = await runtime.pin({ ...EMPTY_ENVIRONMENT, node: process.versions.node.split('.')[0] }, null);
    return runtime.launch({ environment, context, preload: [], reuse: 'fork', observer }, signal);
  };
  const run = async (text: string, changes: Partial<TaskContext> = {}): Promise<Outcome> =>
    launch(await bundle({ 'main.ts': text }, changes));
  const read = (outcome: Outcome): unknown => {
    assert.equal(outcome.kind, 'succeeded', JSON.stringify(outcome));
    const [output] = outcome.kind === 'succeeded' ? outcome.outputs : [];
    return JSON.parse(Buffer.from(output?.data ?? '', 'base64').toString());
  };
  const problem = (
    outcome: Outcome,
  ): { readonly code: string; readonly message: string; readonly file?: string; readonly line?: number } => {
    assert.equal(outcome.kind, 'failed', JSON.stringify(outcome));
    return outcome.kind === 'failed' ? outcome.error : { code: '', message: '' };
  };

  it('gives inputs and parameters by name, and takes outputs', async () => {
    const scratch = folders.folder('given');
    writeFileSync(path.join(scratch, 'notes.txt'), 'hello');
    const context = await bundle(
      {
        'main.ts': `import { readFileSync, writeFileSync } from 'node:fs';
import { logMetric, progress } from 'cairn';
export async function run({ scores, notes, items, factor }: { scores: number[]; notes: string; items: string[]; factor: number }) {
  progress(1, 2, 'half');
  logMetric('loss', 0.5, 3);
  console.log('printed');
  process.stderr.write('said\\n');
  writeFileSync(process.env.TMPDIR + '/page.html', '<p>' + readFileSync(notes, 'utf8') + '</p>');
  await new Promise((resolve) => setTimeout(resolve, 5));
  return { out: { b: scores.map((score) => score * factor), a: items }, page: process.env.TMPDIR + '/page.html', raw: new Uint8Array([1, 2]), quality: { auc: 0.7 } };
}`,
      },
      {
        inputs: [
          {
            name: 'scores',
            type: { kind: 'json' },
            value: { kind: 'inline', data: Buffer.from('[1,2]').toString('base64'), format: 'json', columns: null },
          },
          {
            name: 'notes',
            type: { kind: 'file' },
            value: { kind: 'file', path: path.join(scratch, 'notes.txt'), format: 'raw', columns: null },
          },
          {
            name: 'items',
            type: { kind: 'list', of: { kind: 'json' } },
            value: {
              kind: 'list',
              items: [{ kind: 'inline', data: Buffer.from('"x"').toString('base64'), format: 'json', columns: null }],
            },
          },
        ],
        params: { factor: 3 },
        outputs: [
          ...OUT,
          { name: 'page', type: { kind: 'file' } },
          { name: 'raw', type: { kind: 'file' } },
          { name: 'quality', type: { kind: 'metrics' } },
        ],
      },
    );
    const observer = new RecordingObserver();
    const outcome = await launch(context, observer);
    assert.equal(outcome.kind, 'succeeded', JSON.stringify(outcome));
    if (outcome.kind !== 'succeeded') return;
    const texts = outcome.outputs.map((output) => Buffer.from(output.data ?? '', 'base64').toString('latin1'));
    assert.deepEqual(texts, ['{"a":["x"],"b":[3,6]}', '<p>hello</p>', '\x01\x02', '{"auc":0.7}']);
    assert.deepEqual(outcome.metrics, { loss: 0.5, auc: 0.7 });
    assert.deepEqual(observer.metrics, [
      ['loss', 0.5, 3],
      ['auc', 0.7, null],
    ]);
    assert.equal(observer.worker?.mode, 'spawned');
    assert.equal(observer.text('out'), 'printed\n');
    assert.equal(observer.text('err'), 'said\n');
    assert.ok(outcome.outputs.every((output) => output.digest.startsWith('sha256:')));
  });

  it('runs each task in a process of its own, one prepared ahead', async () => {
    const text = 'let count = 0;\nexport const run = () => [++count, process.pid];\n';
    const first = read(await run(text)) as number[];
    await waitUntil('a spare', () => runtime.workers().some((worker) => worker.role === 'spare'));
    const spare = runtime.workers().find((worker) => worker.role === 'spare')?.pid;
    const second = read(await run(text)) as number[];
    assert.deepEqual([first[0], second[0]], [1, 1]);
    assert.equal(second[1], spare);
  });

  it('names the place in the TypeScript file', async () => {
    const context = await bundle({
      'main.ts':
        "// the entry\nimport { check } from './check.ts';\n\nexport function run(): never {\n  return check({ deep: true });\n}\n",
      'check.ts':
        'interface Given {\n  deep: boolean;\n}\n\nexport function check(given: Given): never {\n  // two comments\n  // on two lines\n  throw new RangeError(`too deep: ${given.deep}`);\n}\n',
    });
    const failed = problem(await launch(context));
    assert.deepEqual([failed.code, failed.message, failed.file, failed.line], ['user-error', 'RangeError: too deep: true', 'check.ts', 8]);
    assert.match((failed as { traceback?: string }).traceback ?? '', /at check \(check\.ts:8:\d+\)\n {4}at run \(main\.ts:5:\d+\)/);
  });

  it('says what is wrong with a result', async () => {
    const cases = [
      ['export const run = () => ({ out: { deep: [1n] } });', 'output-wrong', /\$\.deep\[0\] is bigint/],
      ['export const run = () => undefined;', 'output-missing', /returned nothing/],
      ['export const run = () => ({ out: NaN });', 'output-wrong', /is NaN/],
      ['export const run = () => ({ out: new Map() });', 'output-wrong', /is Map/],
      ['export const other = 1; export const run = 2;', 'entry-missing', /no function run/],
      ["export const run = () => { throw 'text' };", 'user-error', /thrown: text/],
      ["export const run = async () => import(['not', 'there'].join('-'));", 'import-failed', /not-there/],
      ["export const run = () => new Promise(() => { setTimeout(() => { throw new Error('late') }, 1) });", 'user-error', /late/],
    ] as const;
    for (const [text, code, message] of cases) {
      const failed = problem(await run(`${text}\n`));
      assert.equal(failed.code, code, text);
      assert.match(failed.message, message);
    }
  });

  it('takes whole outputs by file, and folders', async () => {
    const text = `import { mkdirSync, writeFileSync } from 'node:fs';
export function run() {
  const folder = process.env.TMPDIR + '/site';
  mkdirSync(folder + '/deep', { recursive: true });
  writeFileSync(folder + '/index.html', 'x');
  writeFileSync(folder + '/deep/run.sh', 'y', { mode: 0o755 });
  return { out: 'z'.repeat(100_000), site: folder };
}`;
    const outcome = await run(text, { outputs: [...OUT, { name: 'site', type: { kind: 'directory' } }] });
    assert.equal(outcome.kind, 'succeeded', JSON.stringify(outcome));
    if (outcome.kind !== 'succeeded') return;
    const [out, site] = outcome.outputs;
    assert.equal(readFileSync(out?.path ?? '', 'utf8').length, 100_002);
    const manifest = JSON.parse(Buffer.from(site?.data ?? '', 'base64').toString()) as { files: { path: string; mode: number }[] };
    assert.deepEqual(
      manifest.files.map(({ path: file, mode }) => [file, mode]),
      [
        ['deep/run.sh', 0o755],
        ['index.html', 0o644],
      ],
    );
    assert.ok(existsSync(path.join(site?.path ?? '', 'deep/run.sh')));
  });

  it('repeats what the seed decides', async () => {
    const text = 'export const run = () => [Math.random(), Math.random()];\n';
    const [first, same, other] = [await run(text, { seed: 7 }), await run(text, { seed: 7 }), await run(text, { seed: 8 })].map(read);
    assert.deepEqual(first, same);
    assert.notDeepEqual(first, other);
  });

  it('cancels with the whole group, and tells ends without an answer apart', async () => {
    const context = await bundle({
      'main.ts':
        "import { spawn } from 'node:child_process';\nexport function run() {\n  const child = spawn('sleep', ['1000']);\n  console.log(child.pid);\n  for (;;);\n}\n",
    });
    const observer = new RecordingObserver();
    const controller = new AbortController();
    const running = launch(context, observer, controller.signal);
    await observer.until((heard) => heard.text('out').endsWith('\n'));
    controller.abort();
    assert.deepEqual(await running, { kind: 'cancelled' });
    const child = Number(observer.text('out'));
    await waitUntil('the end of its child', () => !isAlive(child));
    assert.match(problem(await run('export const run = () => process.exit(3);\n')).message, /left with code 3/);
    const killed = await run("export const run = () => { process.kill(process.pid, 'SIGKILL'); for (;;); };\n");
    assert.equal(killed.kind === 'failed' && killed.failure, 'infrastructure');
  });

  it('ends with the agent, also while the code never lets go of the thread', async () => {
    const source = "export function run() {\n  console.log('ready');\n  for (;;);\n}\n";
    const agent = spawn(process.execPath, [AGENT, folders.folder('other'), source, process.versions.node], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: agent.stdout }), 'line')) as [string];
    const { pids, folder } = JSON.parse(line) as { pids: number[]; folder: string };
    assert.ok(pids.length > 0 && pids.every(isAlive));
    agent.kill('SIGKILL');
    await waitUntil('the end of its workers', () => !pids.some(isAlive));
    rmSync(folder, { recursive: true, force: true });
  });

  it('ends a task that outgrows its memory', async () => {
    const text = 'const kept = [];\nexport function run() {\n  for (;;) kept.push(new Array(1000).fill(kept.length));\n}\n';
    const outcome = await run(text, { memory: 64 * 1_048_576 });
    assert.equal(problem(outcome).code, 'out-of-memory');
    assert.equal(outcome.kind === 'failed' && outcome.failure, 'resource');
  });

  it('pins the version of Node, and says which there are', async () => {
    const pinned = await runtime.pin({ ...EMPTY_ENVIRONMENT, node: process.versions.node }, null);
    assert.deepEqual([pinned.node, pinned.python, pinned.lock], [process.versions.node, '', null]);
    await assert.rejects(runtime.pin({ ...EMPTY_ENVIRONMENT, node: '99' }, null), {
      code: 'environment-failed',
      message: /there is no Node 99 on this machine; there is /,
    });
  });
});
