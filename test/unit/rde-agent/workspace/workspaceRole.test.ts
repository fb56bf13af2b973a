import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { toTaskGraph } from '../../../../rde-agent/engine/taskGraph.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { toDigest } from '../../../../rde-agent/builder/digest.ts';
import type { PlanDocument, PushDocument } from '../../../../rde-agent/protocol/documents.ts';
import type { PinnedStep } from '../../../../rde-agent/protocol/pinned.ts';
import { reduceWorkspace, type WorkspaceAction } from '../../../../rde-agent/protocol/workspaceView.ts';
import { OWNER } from '../../../support/runRole.ts';
import { CHAIN_WORKSPACE } from '../../../support/chainWorkspace.ts';
import { createTempFolder, removeFolder, writeFiles } from '../../../support/tempFolder.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { WorkspaceHarness } from '../../../support/workspaceHarness.ts';

const EXAMPLE = path.join(import.meta.dirname, '../../../../examples/flights');
const WORKFLOW = 'flights/train-delay-model';
const EXAMPLE_MODULES = ['card', 'clean', 'evaluate', 'features', 'report', 'score', 'select', 'slices', 'train'];
const never = new AbortController().signal;

describe('the workspace role', () => {
  const harness = (): WorkspaceHarness => opened;
  let opened: WorkspaceHarness;
  let root: string;
  let keys = 0;
  const at = (file: string): string => path.join(root, file);
  const nextKey = (): string => `key-${String((keys += 1)).padStart(8, '0')}`;
  const submit = (
    workflow: string,
    params = {},
    more: { readonly key?: string; readonly documents?: { readonly [file: string]: string } } = {},
  ): Promise<{ readonly run: string }> =>
    harness().role.submit({ root, workflow, params, documents: {}, force: false, key: nextKey(), ...more }, OWNER);
  const plan = (workflow: string, params = {}): Promise<PlanDocument> =>
    harness().role.plan({ root, workflow, params, documents: {} }, OWNER);
  const push = (tag?: string): Promise<PushDocument> =>
    harness().role.push({ root, documents: {}, key: nextKey(), ...(tag === undefined ? {} : { tag }) }, OWNER);
  const steps = (): readonly PinnedStep[] => harness().submits.at(-1)?.definition.steps ?? [];
  const refused =
    (code: string, text: RegExp) =>
    (error: unknown): boolean =>
      error instanceof CairnError && error.code === code && text.test(error.message);

  beforeEach(async () => {
    root = createTempFolder();
    opened = new WorkspaceHarness();
    await opened.open();
  });
  afterEach(async () => {
    await opened.remove();
    removeFolder(root);
  });

  describe('on the example', () => {
    beforeEach(() => cpSync(EXAMPLE, root, { recursive: true }));

    it('checks clean, builds every module and says what is in the environment', async () => {
      assert.deepEqual(await harness().role.check({ root, overlays: {} }), { v: 1, diagnostics: [] });
      const built = await harness().role.build({ root, modules: [], documents: {}, environments: true }, never);
      assert.deepEqual(
        built.modules.map(({ module, rebuilt }) => [module, rebuilt]),
        [...EXAMPLE_MODULES, 'errors'].map((name) => [`flights/${name}`, true]),
      );
      assert.deepEqual(
        built.environments.map(({ environment, ready, node }) => [environment, ready, node === undefined ? 'python' : 'node']),
        [
          ['python-ml', true, 'python'],
          ['python-ml', true, 'node'],
        ],
      );
    });

    it('rebuilds after an edit exactly the module that was edited, also in the next life of the agent', async () => {
      const build = async (): Promise<readonly string[]> => {
        const { modules } = await harness().role.build({ root, modules: [], documents: {}, environments: false }, never);
        return modules.filter((module) => module.rebuilt).map((module) => module.module);
      };
      await build();
      assert.deepEqual(await build(), []);
      appendFileSync(at('modules/flights/features/history.py'), '\nMORE = 1\n');
      assert.deepEqual(await build(), ['flights/features']);
      await harness().reopen();
      assert.deepEqual(await build(), []);
      appendFileSync(at('modules/flights/clean/clean.py'), '\nMORE = 1\n');
      assert.deepEqual(await build(), ['flights/clean']);
    });

    it('tells of what has changed alone, where that is asked', async () => {
      const build = async (changedOnly: boolean, modules: readonly string[] = []): Promise<readonly string[]> => {
        const params = { root, modules: [...modules], documents: {}, environments: false, changedOnly };
        const built = await harness().role.build(params, never);
        const { length } = built.modules;
        assert.equal(built.unchanged, changedOnly ? (modules.length === 0 ? EXAMPLE_MODULES.length + 1 : 1) - length : undefined);
        return built.modules.map((module) => module.module);
      };
      const all = await build(true);
      assert.equal(all.length, EXAMPLE_MODULES.length + 1);
      assert.deepEqual(await build(true), []);
      assert.deepEqual(await build(false), all);
      appendFileSync(at('modules/flights/clean/clean.py'), '\nMORE = 1\n');
      assert.deepEqual(await build(true), ['flights/clean']);
      assert.deepEqual(await build(true), []);
      appendFileSync(at('modules/flights/clean/clean.py'), '\nMORE = 2\n');
      assert.deepEqual(await build(true, ['flights/features']), []);
      assert.deepEqual(await build(true, ['flights/clean']), ['flights/clean']);
      writeFiles(root, { 'modules/flights/clean/module.yaml': 'module: flights/clean\nentry: gone.py:run\n' });
      await assert.rejects(build(true));
    });

    it('submits a dataset step as a module that loads its labelled columns', async () => {
      await submit(WORKFLOW);
      assert.deepEqual(
        steps().map((step) => step.id),
        ['raw', 'clean', 'features', 'train', 'best', 'check'],
      );
      const [raw] = steps();
      assert.equal(raw?.kind, 'dataset');
      assert.deepEqual(
        raw?.contract.outputs.map((output) => output.name),
        ['data'],
      );
      assert.deepEqual(raw?.columns?.find((column) => column.name === 'tailnum')?.labels, ['restricted']);
      assert.deepEqual(raw?.columns?.find((column) => column.name === 'dep_time')?.labels, ['public']);
    });

    it('plans without sending anything', async () => {
      const document = await plan(WORKFLOW);
      assert.equal(document.steps.length, 8);
      assert.equal(harness().submits.length + harness().pushes.length, 0);
      assert.deepEqual(harness().asked, []);
    });

    it('sends after an edit only what is new: the file, the artifact and the folders above', async () => {
      await submit(WORKFLOW);
      await submit(WORKFLOW);
      assert.equal(harness().submits.at(-1)?.blobs.length, 0);
      appendFileSync(at('modules/flights/features/features.py'), '\nMORE = 1\n');
      await submit(WORKFLOW);
      const names = harness()
        .submits.at(-1)
        ?.blobs.map((blob) => new TextDecoder().decode(blob.bytes));
      assert.equal(names?.length, 6);
      assert.equal(names?.filter((text) => text.includes('"entries"')).length, 4);
      assert.equal(names?.filter((text) => text.includes('"kind":"module"')).length, 1);
      assert.ok((harness().asked.at(-1) ?? 100) <= 6);
    });

    it('offers everything again to a run role that has lost it', async () => {
      await submit(WORKFLOW);
      await harness().runs.remove();
      const lost = harness();
      const next = new WorkspaceHarness();
      await next.open();
      opened = next;
      await lost.remove();
      await submit(WORKFLOW);
      assert.ok((next.submits.at(-1)?.blobs.length ?? 0) > 20);
    });

    it('shows modules, workflows and diagnostics, and their changes as numbered actions', async () => {
      const actions: { readonly seq: number; readonly action: WorkspaceAction }[] = [];
      await harness().role.open(root);
      const before = harness().role.view(root);
      harness().role.onDidChange((_root, seq, action) => actions.push({ seq, action }));
      assert.equal(before?.view.modules.length, EXAMPLE_MODULES.length);
      assert.equal(before?.view.name, 'flights');
      assert.ok(before?.view.modules.every((module) => module.build.state === 'built'));
      assert.deepEqual(
        before?.view.workflows.map(({ name, errors }) => [name, errors]),
        ['flights/monitor-delay-model', 'flights/refresh-flights', 'flights/retrain-delay-model', WORKFLOW].map((name) => [name, 0]),
      );
      writeFileSync(at('modules/flights/select/module.yaml'), 'module: flights/select\nentri: x\n');
      await waitFor('the diagnostics', () => (harness().role.view(root)?.view.diagnostics.length ?? 0) > 0);
      await push().catch(() => undefined);
      const after = harness().role.view(root);
      const replayed = actions.reduce((view, { action }) => reduceWorkspace(view, action), before?.view ?? assert.fail());
      assert.deepEqual(replayed, after?.view);
      assert.deepEqual(
        actions.map(({ seq }) => seq),
        actions.map((_, index) => (before?.seq ?? 0) + index + 1),
      );
      assert.ok((after?.view.workflows[0]?.errors ?? 0) > 0);
    });
  });

  describe('on a small workspace', () => {
    beforeEach(() => writeFiles(root, CHAIN_WORKSPACE));

    it('puts parameters in, keeps their types, and fills in defaults', async () => {
      await submit('n/w', { much: 7 });
      const definition = harness().submits.at(-1)?.definition;
      assert.ok(definition);
      const [make] = toTaskGraph(definition, { id: 'r', nominalTime: null }, null).nodes;
      assert.deepEqual(make?.params, { count: 7, scale: 1, text: 'n=7!' });
      assert.deepEqual(
        definition.declared?.map(({ name }) => name),
        ['much'],
      );
      await submit('workflows/w.workflow.yaml');
      assert.deepEqual(harness().submits.at(-1)?.definition.params, { much: 5 });
      assert.deepEqual(steps()[1]?.inputs['given'], { step: 'make', port: 'out', select: { kind: 'none' } });
    });

    it('refuses unknown, wrong and out-of-range parameters by name', async () => {
      await assert.rejects(plan('n/w', { mush: 1 }), refused('invalid-request', /no parameter mush; it has much/));
      await assert.rejects(plan('n/w', { much: '7' }), refused('invalid-request', /much must be int, not "7"/));
      await assert.rejects(plan('n/w', { much: 1 }), refused('invalid-request', /much must be at least 2/));
      await assert.rejects(plan('n/w', { much: 1.5 }), refused('invalid-request', /much must be int/));
      await assert.rejects(plan('n/w', JSON.parse('{"__proto__": 1}') as object), refused('invalid-request', /__proto__/));
    });

    it('checks a value against the module once it is known', async () => {
      writeFiles(root, {
        'workflows/w.workflow.yaml':
          'workflow: n/w\nparams:\n  much: int\nsteps:\n  make:\n    module: n/make\n    params: { count: "${params.much}" }\n',
      });
      await assert.rejects(
        plan('n/w', { much: -1 }),
        refused('check-failed', /w\.workflow\.yaml:5:1: step make: the parameter count must be at least 1/),
      );
    });

    it('names the place of what stands in the way of a run, and lets errors elsewhere be', async () => {
      writeFiles(root, { 'modules/n/other/module.yaml': 'module: n/other\nnonsense: 1\n' });
      await submit('n/w');
      appendFileSync(at('modules/n/take/module.yaml'), 'nonsense: 1\n');
      await assert.rejects(submit('n/w'), refused('check-failed', /modules\/n\/take\/module\.yaml:7:1: .*nonsense/));
    });

    it('refuses a contract that the function does not keep', async () => {
      writeFileSync(at('modules/n/take/take.py'), 'def take(given, more):\n    return {"out": given}\n');
      await assert.rejects(submit('n/w'), refused('check-failed', /more/));
      writeFileSync(at('modules/n/take/take.py'), 'def take(given):\n    return {"out": given}\n');
      await submit('n/w');
    });

    it('says which workflow was probably meant, which module, and which clusters there are', async () => {
      await assert.rejects(submit('n/v'), refused('unknown-workflow', /did you mean n\/w/));
      const build = harness().role.build({ root, modules: ['n/makes'], documents: {}, environments: false }, never);
      await assert.rejects(build, refused('unknown-module', /did you mean n\/make/));
      appendFileSync(at('cairn.yaml'), 'defaults: { cluster: gpu }\n');
      await assert.rejects(submit('n/w'), refused('check-failed', /the cluster gpu is not known; there is local/));
    });

    it('runs in the environment of the module, else of the workspace, else in an empty one', async () => {
      await submit('n/w');
      assert.deepEqual(
        harness()
          .submits.at(-1)
          ?.definition.environments.map((environment) => environment.name),
        ['default'],
      );
      writeFiles(root, {
        'environments/own.environment.yaml': 'environment: own\nlock: own.lock\n',
        'environments/own.lock': 'six==1.17.0\n',
        'environments/all.environment.yaml': 'environment: all\n',
      });
      appendFileSync(at('cairn.yaml'), 'defaults: { environment: all }\n');
      appendFileSync(at('modules/n/take/module.yaml'), 'environment: own\n');
      await submit('n/w');
      const request = harness().submits.at(-1);
      assert.deepEqual(
        request?.definition.environments.map((environment) => environment.name),
        ['all', 'own'],
      );
      const lock = toDigest('six==1.17.0\n');
      assert.equal(request?.definition.environments[1]?.lock, lock);
      assert.ok(request?.blobs.some((blob) => blob.digest === lock));
      unlinkSync(at('environments/own.lock'));
      await assert.rejects(
        submit('n/w'),
        (error: CairnError) => ['check-failed', 'environment-failed'].includes(error.code) && error.message.includes('own.lock'),
      );
    });

    it('waits for the documents that the editor saved, and names one that is not so', async () => {
      await harness().role.open(root);
      const text = 'def take(given):\n    return {"out": [given]}\n';
      setTimeout(() => writeFileSync(at('modules/n/take/take.py'), text), 30);
      await submit('n/w', {}, { documents: { 'modules/n/take/take.py': toDigest(text) } });
      const manifest = harness()
        .submits.at(-1)
        ?.blobs.map((blob) => new TextDecoder().decode(blob.bytes))
        .find((blob) => blob.includes('"n/take"'));
      assert.ok(manifest?.includes(toDigest(text)));
    });

    it('answers a repeated request with the first run although files have changed, and refuses its key for another', async () => {
      const key = nextKey();
      const first = await submit('n/w', {}, { key });
      appendFileSync(at('modules/n/take/take.py'), '\nMORE = 1\n');
      const repeats = await Promise.all(Array.from({ length: 20 }, () => submit('n/w', {}, { key })));
      assert.deepEqual(new Set(repeats.map((repeat) => repeat.run)), new Set([first.run]));
      await assert.rejects(submit('n/w', { much: 9 }, { key }), refused('conflict', /key/));
    });

    it('starts again when a file changes while it is collected', async () => {
      // Too big to be kept in memory after it was hashed: it is read again to be sent.
      const padding = `# ${'x'.repeat(400_000)}\n`;
      appendFileSync(at('modules/n/take/take.py'), padding);
      const missing = harness().runs.role.missing.bind(harness().runs.role);
      let touched = false;
      harness().runs.role.missing = (digests) => {
        // In the one moment between deciding and reading.
        if (!touched) writeFileSync(at('modules/n/take/take.py'), `def take(given):\n    return {"out": 2}\n${padding}`);
        touched = true;
        return missing(digests);
      };
      await submit('n/w');
      assert.equal(harness().submits.length, 1);
      const text =
        harness()
          .submits[0]?.blobs.map((blob) => new TextDecoder().decode(blob.bytes))
          .join('') ?? '';
      assert.ok(text.includes('{"out": 2}') && !text.includes('{"out": given}'));
    });

    it('checks unsaved texts, also of files that are not there', async () => {
      const { diagnostics } = await harness().role.check({
        root,
        overlays: {
          'modules/n/take/module.yaml': 'module: n/take\nnonsense: 1\n',
          'modules/n/new/module.yaml': 'module: n/new\nentry: new.py:run\noutputs: { out: json }\n',
        },
      });
      assert.deepEqual(
        new Set(diagnostics.map((diagnostic) => diagnostic.file)),
        new Set(
          ['modules/n/take/module.yaml', 'modules/n/new/module.yaml', 'workflows/w.workflow.yaml'].filter((file) =>
            diagnostics.some((diagnostic) => diagnostic.file === file),
          ),
        ),
      );
      assert.ok(diagnostics.some((diagnostic) => diagnostic.code === 'unknown-key'));
      assert.ok(diagnostics.some((diagnostic) => diagnostic.code === 'missing-file' && diagnostic.file === 'modules/n/new/module.yaml'));
      assert.deepEqual((await harness().role.check({ root, overlays: {} })).diagnostics, []);
    });

    it('builds the good modules when one is broken, names it, and keeps its last artifact', async () => {
      await harness().role.build({ root, modules: [], documents: {}, environments: false }, never);
      const last = harness()
        .role.view(root)
        ?.view.modules.find((module) => module.name === 'n/take')?.artifact;
      renameSync(at('modules/n/take/take.py'), at('modules/n/take/gone.py'));
      appendFileSync(at('modules/n/make/make.py'), '\nMORE = 1\n');
      await assert.rejects(
        harness().role.build({ root, modules: [], documents: {}, environments: false }, never),
        refused('build-failed', /take\.py/),
      );
      const module = await waitFor('the failed build', () =>
        harness()
          .role.view(root)
          ?.view.modules.find(({ name, build }) => name === 'n/take' && build.state === 'failed'),
      );
      assert.equal(module.artifact, last);
      const made = await harness().role.build({ root, modules: ['n/make'], documents: {}, environments: false }, never);
      assert.equal(made.modules.length, 1);
    });

    it('fails where a definition can not be read, whether it is one or all of them, and when it is named', async () => {
      const build = (modules: string[] = []) => harness().role.build({ root, modules, documents: {}, environments: false }, never);
      writeFiles(root, { 'modules/n/other/module.yaml': 'module: [' });
      await assert.rejects(build(), refused('check-failed', /^a file with errors: modules\/n\/other\/module\.yaml:1:/));
      await build(['n/make']);
      writeFileSync(at('modules/n/make/module.yaml'), 'module: n/make\nkind: {');
      await assert.rejects(build(['n/make']), refused('check-failed', /modules\/n\/make\/module\.yaml/));
      writeFileSync(at('modules/n/take/module.yaml'), 'module: ');
      await assert.rejects(build(), refused('check-failed', /3 files with errors/));
    });

    it('tells what it has built after a save', async () => {
      await harness().role.open(root);
      harness().built.length = 0;
      appendFileSync(at('modules/n/take/take.py'), '\nMORE = 1\n');
      const hint = await waitFor('the hint', () => harness().built[0]);
      assert.equal(hint.module, 'n/take');
      assert.equal(hint.files[0]?.path, at('modules/n/take/take.py'));
      assert.equal(hint.environment?.name, 'default');
    });

    it('is not a workspace without cairn.yaml', async () => {
      unlinkSync(at('cairn.yaml'));
      await assert.rejects(harness().role.open(root), refused('no-workspace', /cairn\.yaml/));
      await assert.rejects(harness().role.open(at('nowhere')), refused('no-workspace', /nowhere/));
      await assert.rejects(harness().role.open('relative'), refused('invalid-request', /absolute/));
    });

    it('serves one workspace for every path to a root, and closes it', async () => {
      const link = `${root}-link`;
      execFileSync('ln', ['-s', root, link]);
      const [one, other] = await Promise.all([harness().role.open(root), harness().role.open(link)]);
      assert.deepEqual(one, other);
      await harness().role.close(link);
      assert.equal(harness().role.view(root), undefined);
      unlinkSync(link);
    });
  });
});
