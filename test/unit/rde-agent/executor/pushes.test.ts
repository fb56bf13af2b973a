import assert from 'node:assert/strict';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import type { BlobBytes, PushRequest } from '../../../../rde-agent/protocol/roles.ts';
import { FOLDER_MODE, toTreeText } from '../../../../rde-agent/protocol/tree.ts';
import { toModuleStream, toTagStream } from '../../../../rde-agent/protocol/catalogEvents.ts';
import { artifactOf, digestOf } from '../../../support/pinnedWorkflow.ts';
import { OWNER, RunRoleHarness } from '../../../support/runRole.ts';

const isCode = (code: string) => (error: unknown) => error instanceof CairnError && error.code === code;

function blobOf(text: string): BlobBytes {
  return { digest: digestOf(text), bytes: Buffer.from(text) };
}

/** A tree `modules/main.py` whose only module has this code. */
function pushOf(code: string, changes: Partial<PushRequest> = {}): PushRequest {
  const file = blobOf(code);
  const modules = blobOf(toTreeText([{ name: 'main.py', mode: 0o644, digest: file.digest }]));
  const root = blobOf(toTreeText([{ name: 'modules', mode: FOLDER_MODE, digest: modules.digest }]));
  const artifact = artifactOf('test/a', code);
  return {
    key: `push-${code}-${String(changes.key ?? '')}`,
    workspace: 'test',
    tree: root.digest,
    changed: 1,
    blobs: [file, modules, root, ...artifact.blobs],
    artifacts: [{ module: 'test/a', artifact: artifact.digest }],
    tags: ['latestAlpha'],
    dirty: true,
    commit: null,
    ...changes,
  };
}

describe('executor: pushes', () => {
  let harness: RunRoleHarness;
  beforeEach(async () => {
    harness = new RunRoleHarness();
    await harness.open();
  });
  afterEach(() => harness.remove());

  it('commits tree, artifact and tag, answers a repeat the same, and says what is missing', async () => {
    const request = pushOf('one');
    const digests = request.blobs.map((blob) => blob.digest);
    assert.deepEqual(harness.role.missing(digests), digests);
    const document = await harness.role.push(request, OWNER);
    assert.deepEqual(await harness.role.push(request, OWNER), document);
    assert.deepEqual(document.artifacts, [{ module: 'test/a', artifact: artifactOf('test/a', 'one').digest, tags: ['latestAlpha'] }]);
    assert.deepEqual(harness.role.missing(digests), []);
    assert.deepEqual(harness.role.tags('test/a'), { latestAlpha: artifactOf('test/a', 'one').digest });
    assert.equal(harness.role.pushedTree('test'), request.tree);
    await assert.rejects(harness.role.push({ ...request, tags: ['other'] }, OWNER), isCode('conflict'));
  });

  it('moves a tag with its history, and only when it moves', async () => {
    await harness.role.push(pushOf('one'), OWNER);
    await harness.role.push(pushOf('two'), OWNER);
    await harness.role.push(pushOf('two', { key: 'again', blobs: [] }), OWNER);
    const [one, two] = [artifactOf('test/a', 'one').digest, artifactOf('test/a', 'two').digest];
    const moves = harness.store.events.read(toTagStream('test/a')).map(({ event }) => event);
    assert.deepEqual(moves, [
      { type: 'tag.moved', module: 'test/a', tag: 'latestAlpha', from: null, to: one },
      { type: 'tag.moved', module: 'test/a', tag: 'latestAlpha', from: one, to: two },
    ]);
    assert.equal(harness.store.events.last(toModuleStream('test/a')), 2);
  });

  it('takes pushes that come at the same time one after another', async () => {
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((code) => harness.role.push(pushOf(code), OWNER)));
    assert.equal(harness.store.events.last(toTagStream('test/a')), 5);
    assert.deepEqual(harness.role.tags('test/a'), { latestAlpha: artifactOf('test/a', 'e').digest });
  });

  it('refuses what is not whole or not what it says, and keeps nothing', async () => {
    const request = pushOf('one');
    for (const [index, blob] of request.blobs.entries()) {
      const blobs = request.blobs.filter((each) => each.digest !== blob.digest);
      await assert.rejects(
        harness.role.push({ ...request, key: `missing-${String(index)}`, blobs }, OWNER),
        isCode('unknown-blob'),
        String(index),
      );
    }
    const [first, ...rest] = request.blobs;
    assert.ok(first);
    const wrong = [{ ...first, bytes: Buffer.from('x') }, ...rest];
    await assert.rejects(harness.role.push({ ...request, blobs: wrong }, OWNER), isCode('invalid-request'));
    await assert.rejects(harness.role.push({ ...request, tree: first.digest }, OWNER), isCode('invalid-request'));
    await assert.rejects(harness.role.push(request, { id: 'local:other' }), isCode('denied'));
    assert.deepEqual(harness.role.tags('test/a'), {});
    assert.equal(harness.role.pushedTree('test'), undefined);
  });

  it('refuses manifests that reach out of their folder', async () => {
    for (const path of ['../x.py', '/x.py', 'a//b.py', 'a/../../b.py', 'a\\b.py', '']) {
      const text = JSON.stringify({
        v: 1,
        kind: 'module',
        name: 'test/a',
        language: 'python',
        entry: { file: 'main.py', function: 'run' },
        files: [{ path, mode: 0o644, digest: digestOf('one'), size: 3 }],
      });
      const request = pushOf('one');
      const evil = { artifacts: [{ module: 'test/a', artifact: digestOf(text) }], blobs: [...request.blobs, blobOf(text)] };
      await assert.rejects(harness.role.push({ ...request, ...evil }, OWNER), isCode('invalid-request'), path);
    }
  });

  it('keeps blobs of any size', async () => {
    const big = 'x'.repeat(200_000);
    await harness.role.push(pushOf(big, { key: 'big' }), OWNER);
    assert.equal((await harness.store.blobs.read(digestOf(big)))?.length, 200_000);
  });
});
