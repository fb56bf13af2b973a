import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import { newKey } from '../../rde-agent/client/newKey.ts';
import type { RunDocument } from '../../rde-agent/protocol/documents.ts';
import { CairnError } from '../../rde-agent/protocol/errors.ts';
import type { TagMovedDocument } from '../../rde-agent/protocol/tagDocuments.ts';
import { TestAgent } from '../support/agent.ts';
import { commitAll, initRepository } from '../support/gitRepository.ts';
import { moduleFiles, SmallWorkspace } from '../support/smallWorkspace.ts';
import { waitFor } from '../support/waitFor.ts';

const version = (value: number): string => `def run(times: int = 1):\n    return {"out": ${String(value)} * times}\n`;
const WAIT = `import pathlib, time\n\ndef run(path: str = ""):\n    while not pathlib.Path(path).exists():\n        time.sleep(0.01)\n    return {"metrics": {"ok": 1.0}}\n`;
const USER = 'from lib import VALUE\n\ndef run():\n    return {"out": VALUE}\n';

/** `flow` takes a module by `latest`, `outer` the same in a nested workflow and beside it, `slow` waits for a file before, `libs` takes a library. */
function createWorkspace(): SmallWorkspace {
  return new SmallWorkspace({
    ...moduleFiles('ns/one', { code: version(1), params: '{ times: { type: int, default: 1 } }' }),
    ...moduleFiles('ns/wait', {
      code: WAIT,
      params: '{ path: { type: string } }',
      outputs: '{ metrics: metrics }',
      more: 'determinism: external\n',
    }),
    ...moduleFiles('ns/user', { code: USER, more: 'uses: [ns/lib@stable]\n' }),
    'libraries/ns/lib/library.yaml': 'library: ns/lib\nfiles: ["**/*.py"]\n',
    'libraries/ns/lib/__init__.py': 'VALUE = 10\n',
    'workflows/flow.workflow.yaml': 'workflow: ns/flow\nsteps:\n  one:\n    module: ns/one@latest\noutputs: { out: one.out }\n',
    'workflows/outer.workflow.yaml':
      'workflow: ns/outer\nsteps:\n  inside:\n    workflow: ns/flow\n  beside:\n    module: ns/one@latest\n    params: { times: 1 }\n',
    'workflows/slow.workflow.yaml':
      'workflow: ns/slow\nparams:\n  path: { type: string }\nsteps:\n  wait:\n    module: ns/wait\n    params: { path: "${params.path}" }\n  one:\n    module: ns/one@latest\n    when: wait.metrics.ok > 0\n',
    'workflows/libs.workflow.yaml': 'workflow: ns/libs\nsteps:\n  user:\n    module: ns/user\n',
  });
}

describe('agent/tags', function () {
  this.timeout(180_000);
  let agent: TestAgent;
  let client: AgentClient;
  let workspace: SmallWorkspace;

  beforeEach(async () => {
    workspace = createWorkspace();
    initRepository(workspace.root);
    agent = await TestAgent.start();
    client = agent.connect();
  });
  afterEach(async () => {
    await agent.dispose();
    workspace.dispose();
  });

  const push = (modules?: string[]) =>
    client.request('workspace.push', { root: workspace.root, key: newKey(), ...(modules && { modules }) });
  const promote = (dryRun = false): Promise<TagMovedDocument> =>
    client.request('tag.promote', { root: workspace.root, modules: ['ns/one'], reviewer: 'grace', dryRun, key: newKey() });
  const rollback = (more: { to?: string; expect?: number; dryRun?: boolean } = {}): Promise<TagMovedDocument> =>
    client.request('tag.rollback', { module: 'ns/one', key: newKey(), ...more });
  const isCode =
    (code: string, words = /./) =>
    (thrown: unknown) =>
      thrown instanceof CairnError && thrown.code === code && words.test(`${thrown.message} ${thrown.next}`);

  async function release(value: number): Promise<void> {
    workspace.write({ 'modules/ns/one/main.py': version(value) });
    commitAll(workspace.root, `version ${String(value)}`);
    await push();
  }

  const trigger = async (workflow: string, params = {}): Promise<string> =>
    (await client.request('run.trigger', { workflow, params, key: newKey() })).run;

  const finished = (run: string): Promise<RunDocument> =>
    waitFor(`run ${run} has ended`, async () => {
      const document = await client.request('run.show', { run });
      return document.state !== 'queued' && document.state !== 'running' && document;
    });

  /** digest of each step's output by its path, nested ones included */
  async function outputs(run: string): Promise<{ readonly [step: string]: string | undefined }> {
    const document = await finished(run);
    assert.equal(document.state, 'succeeded', JSON.stringify(document.steps.map(({ error }) => error)));
    const found: { [step: string]: string | undefined } = {};
    for (const { step, outputs: own, run: inner } of document.steps) {
      found[step] = own['out']?.digest;
      if (inner !== undefined) for (const [path, digest] of Object.entries(await outputs(inner))) found[`${step}/${path}`] = digest;
    }
    return found;
  }

  const runOf = async (workflow: string): Promise<{ readonly [step: string]: string | undefined }> => outputs(await trigger(workflow));

  it('a move matters to the next run of what was pushed, nested or not, and never to one in flight', async () => {
    await push();
    const first = await promote();
    await push();
    assert.deepEqual(first.moved[0]?.affected.workflows, ['ns/flow', 'ns/outer', 'ns/slow']);
    const one = (await runOf('ns/flow'))['one'];
    await release(2);
    assert.equal((await runOf('ns/flow'))['one'], one, 'a push moves no `latest`');
    const path = join(workspace.root, 'go');
    const slow = await trigger('ns/slow', { path });
    await waitFor('it waits', async () => (await client.request('run.show', { run: slow })).steps.some(({ state }) => state === 'running'));
    const told = await promote(true);
    assert.deepEqual(told.moved[0]?.affected.running, [slow]);
    assert.equal((await runOf('ns/flow'))['one'], one, 'a dry run moves nothing');
    await promote();
    const both = await runOf('ns/outer');
    const two = both['beside'];
    assert.notEqual(two, one);
    assert.deepEqual([both['inside/one'] ?? both['inside'], (await runOf('ns/flow'))['one']], [two, two]);
    writeFileSync(path, '');
    assert.equal((await outputs(slow))['one'], one, 'it keeps what it had resolved');
    const { moved } = await rollback();
    assert.deepEqual([moved[0]?.from, moved[0]?.to], [told.moved[0]?.to, first.moved[0]?.to]);
    assert.equal((await runOf('ns/outer'))['beside'], one);
    // Runs are repeated as they were.
    const again = await client.request('run.rerun', { run: slow, key: newKey() });
    assert.equal((await outputs(again.run))['one'], one);
    await agent.kill();
    await agent.start();
    client = agent.connect();
    assert.equal((await runOf('ns/flow'))['one'], one, 'and after a restart');
  });

  it('goes back step by step, only to what the tag has named, and not where somebody was first', async () => {
    await push();
    await promote();
    const artifacts: string[] = [];
    for (const value of [2, 3]) {
      await release(value);
      artifacts.push((await promote()).moved[0]?.to ?? '');
    }
    const list = async () =>
      (await client.request('tag.list', { module: 'ns/one', history: true })).tags.find(({ tag }) => tag === 'latest');
    const { generation = 0 } = (await list()) ?? {};
    await assert.rejects(rollback({ expect: generation - 1 }), isCode('conflict'));
    assert.equal((await rollback({ expect: generation })).moved[0]?.to, artifacts[0]);
    const third = (await rollback()).moved[0]?.to;
    assert.ok(third !== undefined && !artifacts.includes(third));
    await assert.rejects(rollback(), isCode('invalid-request', /nothing before/));
    assert.equal((await rollback({ to: artifacts[1]?.slice(0, 20) ?? '' })).moved[0]?.to, artifacts[1]);
    await release(4);
    await assert.rejects(rollback({ to: 'latestAlpha' }), isCode('invalid-request', /never named/));
    assert.deepEqual(
      ((await list())?.history ?? []).map(({ how }) => how),
      ['rollback', 'rollback', 'rollback', 'promote', 'promote', 'promote'],
    );
  });

  it('a team has tags of its own, and two who move one at a time do not both win', async () => {
    await push();
    const tag = (name: string, more: { to?: string; expect?: number } = {}): Promise<TagMovedDocument> =>
      client.request('tag.move', { module: 'ns/one', tag: name, key: newKey(), ...more });
    await assert.rejects(tag('latest'), isCode('invalid-request', /promot/));
    await assert.rejects(tag('latestAlpha'), isCode('invalid-request', /push/));
    await assert.rejects(tag('lat\u200best'), isCode('invalid-request'));
    await assert.rejects(tag('candidate', { to: 'nothing' }), isCode('unknown-tag'));
    await assert.rejects(tag('candidate', { to: `sha256:${'0'.repeat(64)}` }), isCode('invalid-request', /no artifact/));
    const both = await Promise.allSettled([tag('candidate', { expect: 0 }), tag('candidate', { expect: 0 })]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const { tags } = await client.request('tag.list', { module: 'ns/one' });
    assert.deepEqual(
      tags.map(({ tag: name }) => name),
      ['candidate', 'latestAlpha'],
    );
  });

  it('takes a library by its tag when it starts, and tells its users', async () => {
    await push();
    const stable = (more: { dryRun?: boolean } = {}): Promise<TagMovedDocument> =>
      client.request('tag.move', { module: 'ns/lib', tag: 'stable', key: newKey(), ...more });
    const { moved } = await stable();
    assert.deepEqual(moved[0]?.affected.modules, ['ns/user']);
    await push();
    const ten = (await runOf('ns/libs'))['user'];
    workspace.write({ 'libraries/ns/lib/__init__.py': 'VALUE = 20\n' });
    await push(['ns/lib']);
    assert.equal((await runOf('ns/libs'))['user'], ten);
    assert.deepEqual((await stable({ dryRun: true })).moved[0]?.affected.workflows, ['ns/libs']);
    await stable();
    assert.notEqual((await runOf('ns/libs'))['user'], ten);
  });

  it('another team uses a library by its tag, without a copy of its source', async () => {
    const USER_OF_LIB = 'from words import shout\n\ndef run():\n    return {"out": shout("a")}\n';
    const library = (uses: string, code: string): { readonly [path: string]: string } => ({
      'libraries/search/words/library.yaml': `library: search/words\nfiles: ["**/*.py"]\n${uses}`,
      'libraries/search/words/__init__.py': code,
    });
    const owner = new SmallWorkspace({
      ...library('uses: [search/marks]\n', 'from marks import MARK\n\ndef shout(text):\n    return text + MARK\n'),
      'libraries/search/marks/library.yaml': 'library: search/marks\nfiles: ["**/*.py"]\n',
      'libraries/search/marks/__init__.py': 'MARK = "!"\n',
    });
    const other = new SmallWorkspace({
      ...moduleFiles('team/user', { code: USER_OF_LIB, more: 'uses: [search/words@stable]\ntests: tests\n' }),
      'modules/team/user/tests/test_it.py':
        'import unittest\nfrom main import run\n\nclass T(unittest.TestCase):\n    def test_run(self):\n        self.assertEqual(run()["out"], "a!")\n',
      'workflows/b.workflow.yaml': 'workflow: team/b\nsteps:\n  user:\n    module: team/user\n',
    });
    const pushOf = ({ root }: SmallWorkspace) => client.request('workspace.push', { root, key: newKey() });
    const submit = async (): Promise<string> =>
      (await client.request('run.submit', { root: other.root, workflow: 'team/b', key: newKey() })).run;
    const plan = async () => (await client.request('workspace.plan', { root: other.root, workflow: 'team/b' })).steps;
    const stable = () => client.request('tag.move', { module: 'search/words', tag: 'stable', key: newKey() });
    const resultOf = async (run: string): Promise<string> => {
      await outputs(run);
      const { content } = await client.request('output.preview', { run, step: 'user' });
      return content.kind === 'json' ? content.text : content.kind;
    };
    try {
      await assert.rejects(submit(), isCode('check-failed', /search\/words@stable.*Nothing named search\/words was pushed/s));
      await assert.rejects(pushOf(other), isCode('check-failed', /modules\/team\/user\/module\.yaml:.*push it from its workspace/s));
      await pushOf(owner);
      await assert.rejects(submit(), isCode('check-failed', /Of search\/words there is latestAlpha/));
      await stable();
      const first = await submit();
      assert.equal(await resultOf(first), '"a!"');
      const { receipt } = await client.request('run.receipt', { run: first });
      assert.match(JSON.stringify(receipt), /"search\/words".*"search\/marks"/);
      const tests = await client.request('workspace.test', { root: other.root, modules: ['team/user'] });
      assert.deepEqual([tests.passed, tests.failed], [1, 0], JSON.stringify(tests));
      await pushOf(other);
      assert.deepEqual((await stable()).moved[0]?.affected.workflows, ['team/b']);
      assert.equal((await plan())[0]?.decision, 'hit');
      // What was pushed takes what the tag names when it starts, with what that brings along.
      owner.write({ 'libraries/search/marks/__init__.py': 'MARK = "?"\n' });
      await pushOf(owner);
      assert.equal((await plan())[0]?.decision, 'hit', 'a push moves no `stable`');
      await stable();
      const [planned] = await plan();
      assert.equal(planned?.decision, 'miss');
      assert.deepEqual(
        planned.reasons.map(({ kind, file, symbol }) => [kind, file, symbol]),
        [['code', 'marks/__init__.py', 'MARK']],
      );
      assert.equal(await resultOf(await trigger('team/b')), '"a?"');
      assert.equal(await resultOf(await submit()), '"a?"');
      owner.write(library('', 'def shout(text):\n    return text.upper()\n'));
      await pushOf(owner);
      await stable();
      const third = await trigger('team/b');
      assert.equal(await resultOf(third), '"A"');
      const { receipt: last } = await client.request('run.receipt', { run: third });
      assert.doesNotMatch(JSON.stringify(last), /search\/marks/);
      // A version of a module carries them along, for whoever has neither.
      await client.request('tag.rollback', { module: 'search/words', tag: 'stable', key: newKey() });
      await pushOf(other);
      const { tags } = await client.request('tag.list', { module: 'team/user' });
      assert.equal(tags.find(({ tag }) => tag === 'latestAlpha')?.generation, 2, 'another library is another version');
      other.write({ 'modules/team/user/words.py': '' });
      await assert.rejects(submit(), isCode('check-failed', /hides `search\/words`/));
    } finally {
      for (const { root } of [owner, other]) await client.request('workspace.close', { root });
      owner.dispose();
      other.dispose();
    }
  });

  it('says before a run begins that what the tag names now does not fit, and publishes one module alone', async () => {
    await push();
    await promote();
    await push();
    const { tags: before } = await client.request('tag.list', {});
    workspace.write({
      ...moduleFiles('ns/one', { code: 'def run():\n    return {"other": 1}\n', outputs: '{ other: json }' }),
      'modules/ns/wait/main.py': `${WAIT}\n`,
    });
    commitAll(workspace.root, 'another contract');
    const { artifacts } = await push(['ns/one']);
    assert.deepEqual(
      artifacts.map(({ module }) => module),
      ['ns/one'],
    );
    const { tags: after } = await client.request('tag.list', {});
    const changed = after.filter(({ generation }, index) => generation !== before[index]?.generation);
    assert.deepEqual(
      changed.map(({ module, tag }) => [module, tag]),
      [['ns/one', 'latestAlpha']],
    );
    await promote();
    await assert.rejects(trigger('ns/flow'), isCode('check-failed', /no output out.*rollback/));
    await rollback();
    assert.equal((await finished(await trigger('ns/flow'))).state, 'succeeded');
    await assert.rejects(push(['ns/nothing']), isCode('unknown-module'));
  });

  it('another team uses a module by its tag, without a copy of its source', async () => {
    const flow = (more: string, inputs = '{ value: one.out }'): { readonly [path: string]: string } => ({
      'workflows/b.workflow.yaml': `workflow: team/b\nsteps:\n  one:\n    module: ns/one@latest\n    params: { ${more} }\n  plus:\n    module: team/plus\n    in: ${inputs}\n`,
    });
    const other = new SmallWorkspace({
      ...moduleFiles('team/plus', { code: 'def run(value):\n    return {"out": value + 100}\n', inputs: '{ value: json }' }),
      ...flow('times: 2'),
    });
    const submit = async (): Promise<string> =>
      (await client.request('run.submit', { root: other.root, workflow: 'team/b', key: newKey() })).run;
    try {
      await assert.rejects(submit(), isCode('check-failed', /not in this workspace/));
      await push();
      const { moved } = await promote();
      assert.deepEqual(moved[0]?.affected.workflows, ['ns/flow', 'ns/outer', 'ns/slow', 'team/b'], 'it is open');
      const first = await outputs(await submit());
      await client.request('workspace.push', { root: other.root, key: newKey() });
      assert.deepEqual(await runOf('team/b'), first);
      await release(2);
      await promote();
      const second = await runOf('team/b');
      assert.notEqual(second['plus'], first['plus']);
      assert.deepEqual(await outputs(await submit()), second);
      assert.equal(
        (await client.request('workspace.plan', { root: other.root, workflow: 'team/b' })).steps.every(
          ({ decision }) => decision === 'hit',
        ),
        true,
      );
      await rollback();
      assert.deepEqual(await runOf('team/b'), first);
      other.write(flow('often: 2'));
      await assert.rejects(submit(), isCode('check-failed', /b\.workflow\.yaml:5:15: `ns\/one` has no parameter `often`/));
      other.write(flow('times: 2', '{ value: one.inn }'));
      await assert.rejects(submit(), isCode('check-failed', /b\.workflow\.yaml:8:\d+: .*no output `inn`/));
    } finally {
      await client.request('workspace.close', { root: other.root });
      other.dispose();
    }
  });
});
