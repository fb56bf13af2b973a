import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { isStale, toInputsFile, toLockText, toOldestPython } from '../../../../rde-agent/workspace/environmentLock.ts';
import type { SolveEnvironment } from '../../../../rde-agent/workspace/workspaceOptions.ts';
import { SmallWorkspace } from '../../../support/smallWorkspace.ts';
import { WorkspaceHarness } from '../../../support/workspaceHarness.ts';

const NONE = new AbortController().signal;
const HASH = `--hash=sha256:${'a'.repeat(64)}`;

describe('environments of a workspace', () => {
  let harness: WorkspaceHarness;
  let files: SmallWorkspace;
  let asked: Parameters<SolveEnvironment>[0][];
  let solved: string;
  beforeEach(async () => {
    harness = new WorkspaceHarness();
    asked = [];
    solved = `six==1.17.0 \\\n    ${HASH}\n    # via -r tools.in\n`;
    files = new SmallWorkspace({
      'environments/tools.environment.yaml': "environment: tools\npython: '>=3.11,<3.15'\nlock: tools.lock\n",
      'environments/tools.in': 'six\n-c limits.txt\n',
      'environments/limits.txt': 'six<2\n',
      'environments/tools.lock': `six==1.16.0 \\\n    ${HASH}\n`,
      'environments/web.environment.yaml': 'environment: web\nnode: "24"\n',
    });
    await harness.open({
      solve: (request) => {
        asked.push(request);
        return Promise.resolve(solved);
      },
      isReady: (environment) => Promise.resolve(environment.node !== undefined),
    });
  });
  afterEach(async () => {
    await harness.remove();
    files.dispose();
  });

  const list = async (): Promise<unknown> => {
    const { environments } = await harness.role.environments({ root: files.root });
    return environments.map(({ environment, node, packages, ready, stale, lock, problem }) => ({
      environment,
      node,
      packages,
      ready,
      stale,
      lock,
      problem,
    }));
  };
  const lock = (environments: string[] = [], upgrade = false): ReturnType<typeof harness.role.lockEnvironments> =>
    harness.role.lockEnvironments({ root: files.root, environments, upgrade }, NONE);

  it('are listed with their locks', async () => {
    const tools = {
      environment: 'tools',
      node: null,
      packages: 1,
      ready: false,
      stale: false,
      lock: 'environments/tools.lock',
      problem: undefined,
    };
    const web = { environment: 'web', node: '24', packages: 0, ready: true, stale: false, lock: null, problem: undefined };
    assert.deepEqual(await list(), [tools, web]);
    files.write({ 'environments/tools.in': 'six\nattrs\n' });
    assert.deepEqual(await list(), [{ ...tools, stale: true }, web]);
  });

  it('are locked with what the lock follows from in its header, and keep versions unless asked', async () => {
    const { environments } = await lock();
    assert.deepEqual(
      environments.map(({ environment, changed, stale }) => [environment, changed, stale]),
      [['tools', true, false]],
    );
    const text = readFileSync(path.join(files.root, 'environments/tools.lock'), 'utf8');
    assert.match(text, /^# Made by `cairn environment lock tools` from tools\.in: .*\n# inputs: sha256:[0-9a-f]{64}\nsix==1\.17\.0 /);
    assert.deepEqual(
      asked.map(({ inputs, python, present }) => [inputs, python, present]),
      [['tools.in', '3.11', `six==1.16.0 \\\n    ${HASH}\n`]],
    );
    assert.equal((await lock()).environments[0]?.changed, false);
    await lock(['tools'], true);
    assert.equal(asked.at(-1)?.present, null);
    files.write({ 'environments/limits.txt': 'six<3\n' });
    assert.equal((await harness.role.environments({ root: files.root })).environments[0]?.stale, true);
    assert.deepEqual(
      readdirSync(path.join(files.root, 'environments')).filter((file) => file.includes('.tmp')),
      [],
    );
  });

  it('keep their lock when they cannot be solved, or would name a place', async () => {
    const before = readFileSync(path.join(files.root, 'environments/tools.lock'), 'utf8');
    solved = `six @ https://example.org/six.whl \\\n    ${HASH}\n`;
    await assert.rejects(lock(), { code: 'environment-failed', message: /tools\.in asks for a package by its place/ });
    await harness.reopen({ solve: () => Promise.reject(new CairnError('environment-failed', 'tools.in can’t be solved: because')) });
    await assert.rejects(lock(), { code: 'environment-failed', message: /because/ });
    assert.equal(readFileSync(path.join(files.root, 'environments/tools.lock'), 'utf8'), before);
  });

  it('say what is missing', async () => {
    await assert.rejects(lock(['tool']), { code: 'unknown-environment', message: /did you mean tools/ });
    await assert.rejects(lock(['web']), { code: 'invalid-request', message: /web has no lock/ });
    files.write({ 'environments/tools.in': '-r gone.in\n' });
    await assert.rejects(lock(['tools']), { code: 'invalid-request', message: /names gone\.in/ });
    files.write({ 'environments/bare.environment.yaml': 'environment: bare\nlock: bare.lock\n' });
    await assert.rejects(lock(['bare']), { code: 'invalid-request', message: /environments\/bare\.in is not there/ });
    assert.ok(!existsSync(path.join(files.root, 'environments/bare.lock')));
  });

  it('are made ready, and say how long it took', async () => {
    const { environments } = await harness.role.syncEnvironments({ root: files.root, environments: [] }, NONE);
    assert.deepEqual(
      environments.map(({ environment, seconds }) => [environment, typeof seconds]),
      [
        ['tools', 'number'],
        ['web', 'number'],
      ],
    );
    await harness.reopen({ prepare: () => Promise.reject(new CairnError('environment-failed', 'no network')) });
    await assert.rejects(harness.role.syncEnvironments({ root: files.root, environments: ['tools'] }, NONE), { message: 'no network' });
  });
});

describe('a lock', () => {
  it('is for the oldest Python that the specifier admits', () => {
    const cases = [
      [undefined, '3.10'],
      ['>=3.11,<3.15', '3.11'],
      ['3.12', '3.12'],
      ['<3.14', '3.10'],
      ['~=3.12.1', '3.12'],
      ['>=3.8', '3.10'],
      ['==3.13.*', '3.13'],
    ] as const;
    for (const [specifier, oldest] of cases) assert.equal(toOldestPython(specifier), oldest);
  });

  it('is stale when its inputs are others, whoever wrote it', () => {
    const inputs = { files: new Map([['a.in', 'Six\n# words\nscikit_learn>=1\n']]), python: '3.10' };
    const own = toLockText('a', inputs, 'six==1 \\\n  --hash=sha256:00\n');
    assert.equal(toInputsFile('sub/a.lock'), 'sub/a.in');
    assert.equal(isStale(own, inputs), false);
    assert.equal(isStale(own, { ...inputs, python: '3.11' }), true);
    assert.equal(isStale('six==1\nscikit-learn==1.7\n', inputs), false);
    assert.equal(isStale('six==1\n', inputs), true);
  });
});
