import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readKey, toAuthorization, toProof } from '../../../../rde-agent/client/credentials.ts';
import { findAgent, readLockFile } from '../../../../rde-agent/client/lockFile.ts';
import { isRepeatable } from '../../../../rde-agent/client/repeatable.ts';
import { ensureStateFolder, toStateFolder } from '../../../../rde-agent/client/stateFolder.ts';
import { VERSION } from '../../../../rde-agent/client/version.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { isOperationName, OPERATIONS } from '../../../../rde-agent/protocol/operations.ts';
import manifest from '../../../../package.json' with { type: 'json' };

const isCode =
  (code: string) =>
  (thrown: unknown): boolean =>
    thrown instanceof CairnError && thrown.code === code;

/** Carry no key, and done twice are as done once. */
const AGAIN_THE_SAME: ReadonlySet<string> = new Set(['run.pin', 'cache.collect', 'cache.trust', 'portal.open', 'portal.signOut']);

describe('client/stateFolder', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'cairn-client-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is where the platform keeps state, and CAIRN_HOME overrides', () => {
    assert.equal(toStateFolder({ CAIRN_HOME: '/x' }, 'linux', '/home/a'), '/x');
    assert.equal(toStateFolder({ CAIRN_HOME: 'x' }, 'linux', '/home/a'), join(process.cwd(), 'x'));
    assert.equal(toStateFolder({ XDG_STATE_HOME: '/s' }, 'linux', '/home/a'), '/s/cairn');
    assert.equal(toStateFolder({}, 'linux', '/home/a'), '/home/a/.local/state/cairn');
    assert.equal(toStateFolder({}, 'darwin', '/Users/a'), '/Users/a/Library/Application Support/cairn');
  });

  it('closes a folder that others can enter', () => {
    chmodSync(folder, 0o755);
    ensureStateFolder(folder);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  it('refuses a folder that cannot be made, saying which', () => {
    writeFileSync(join(folder, 'file'), '');
    assert.throws(() => ensureStateFolder(join(folder, 'file', 'inner')), isCode('agent-start-failed'));
    assert.throws(() => ensureStateFolder(join(folder, 'file')), isCode('agent-start-failed'));
    if (process.platform === 'linux') assert.throws(() => ensureStateFolder('/proc/no-state'), isCode('agent-start-failed'));
  });

  it('refuses a key that others can read', () => {
    writeFileSync(join(folder, 'key'), 'a'.repeat(64), { mode: 0o644 });
    assert.throws(() => readKey(folder), isCode('unauthenticated'));
    chmodSync(join(folder, 'key'), 0o600);
    assert.equal(readKey(folder).length, 32);
  });

  it('refuses a file that is no key', () => {
    writeFileSync(join(folder, 'key'), 'hello', { mode: 0o600 });
    assert.throws(() => readKey(folder), isCode('unauthenticated'));
  });

  it('signs only nonces of the agent that was dialled', () => {
    const key = Buffer.alloc(32, 7);
    assert.equal(toAuthorization(key, '4711-abc', 4711), `Cairn 4711-abc.${toProof(key, '4711-abc')}`);
    assert.throws(() => toAuthorization(key, '4712-abc', 4711), isCode('unauthenticated'));
  });

  for (const text of ['', '{', '[]', 'null', '{"pid":1}', '{"pid":"1","port":1,"version":"","protocol":1,"started":""}']) {
    it(`takes ${JSON.stringify(text)} for no lock file`, () => {
      writeFileSync(join(folder, 'agent.json'), text);
      assert.equal(readLockFile(folder), undefined);
    });
  }

  it('takes the lock file of a dead process for no agent', () => {
    writeFileSync(join(folder, 'agent.json'), JSON.stringify({ pid: 2 ** 22 + 1, port: 1, version: '1', protocol: 1, started: '' }));
    assert.equal(findAgent(folder), undefined);
  });

  it('repeats what reads and what carries a key, and nothing else', () => {
    for (const name of Object.keys(OPERATIONS)) {
      if (!isOperationName(name)) continue;
      const { action, mutates } = OPERATIONS[name];
      assert.equal(isRepeatable(name), mutates || action === 'read' || AGAIN_THE_SAME.has(name), name);
    }
  });

  it('has the version of the package', () => assert.equal(VERSION, manifest.version));
});
