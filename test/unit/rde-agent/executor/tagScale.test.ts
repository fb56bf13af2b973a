import assert from 'node:assert/strict';
import { toTreeText } from '../../../../rde-agent/protocol/tree.ts';
import type { BlobBytes, PushRequest } from '../../../../rde-agent/protocol/roles.ts';
import { artifactOf, digestOf, sketchWorkflow } from '../../../support/pinnedWorkflow.ts';
import { OWNER, RunRoleHarness } from '../../../support/runRole.ts';

const MODULES = 2000;
const WORKFLOWS = 1000;
const STEPS = 10;

const nameOf = (index: number): string => `test/m${String(index % MODULES)}`;

/** Everything at once: 2,000 modules, and 1,000 workflows of 10 steps that take them by `stable`. */
function pushOf(code: string): PushRequest {
  const tree: BlobBytes = { digest: digestOf(toTreeText([])), bytes: Buffer.from(toTreeText([])) };
  const artifacts = Array.from({ length: MODULES }, (_, index) => ({ module: nameOf(index), made: artifactOf(nameOf(index), code) }));
  const blobs = new Map([tree, ...artifacts.flatMap(({ made }) => made.blobs)].map((blob) => [blob.digest, blob]));
  const workflows = Array.from({ length: WORKFLOWS }, (_, flow) => {
    const steps = Array.from({ length: STEPS }, (__, step) => {
      const module = nameOf(flow * STEPS + step);
      return [`s${String(step)}`, { module, code, changes: { tag: 'stable', given: [] } }] as const;
    });
    return { ...sketchWorkflow(Object.fromEntries(steps)), workflow: `test/flow-${String(flow)}`, tree: tree.digest };
  });
  return {
    key: `push-of-${code}`,
    workspace: 'test',
    tree: tree.digest,
    changed: 1,
    blobs: [...blobs.values()],
    artifacts: artifacts.map(({ module, made }) => ({ module, artifact: made.digest })),
    tags: ['latestAlpha', 'stable'],
    dirty: true,
    commit: null,
    workflows,
  };
}

describe('unit/rde-agent/executor/tagScale', function () {
  this.timeout(180_000);
  const harness = new RunRoleHarness();
  before(() => harness.open());
  after(() => harness.remove());

  it('B8: rolls a tag back with everything that follows it, among 2,000 modules and 10,000 references', async () => {
    const push = pushOf('one');
    await harness.role.push(push, OWNER);
    await harness.role.push({ ...pushOf('two'), tags: ['latestAlpha'], workflows: [] }, OWNER);
    const { releases } = harness.role;
    const module = nameOf(7);
    const asked = { module, tag: 'stable', expect: undefined, to: 'latestAlpha', dryRun: false };
    const seconds: { [what: string]: number } = {};
    const measure = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
      const started = performance.now();
      const answer = await work();
      seconds[what] = (performance.now() - started) / 1000;
      return answer;
    };
    const { moved } = await measure('first move', () => releases.move({ ...asked, key: 'move-of-a-tag' }, OWNER));
    // 10,000 references over 2,000 modules: five each.
    assert.equal(moved[0]?.affected.workflows.length, (WORKFLOWS * STEPS) / MODULES);
    const told = await measure('rollback, told', () =>
      releases.rollback({ ...asked, to: undefined, dryRun: true, key: 'only-told' }, OWNER),
    );
    const back = await measure('rollback', () => releases.rollback({ ...asked, to: undefined, key: 'roll-it-back' }, OWNER));
    assert.deepEqual(back.moved[0]?.affected, told.moved[0]?.affected);
    assert.equal(back.moved[0]?.to, push.artifacts[7]?.artifact);
    await measure('all tags', () => Promise.resolve(releases.tags({ module: undefined, history: false }, OWNER)));
    const told2 = Object.entries(seconds).map(([what, value]) => `${what} ${(value * 1000).toFixed(1)} ms`);
    console.log(`    ${told2.join(', ')}`);
  });
});
