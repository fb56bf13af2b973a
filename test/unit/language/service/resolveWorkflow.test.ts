import assert from 'node:assert/strict';
import { checkWorkspace, type CheckedWorkspace } from '../../../../language/service/checkWorkspace.ts';
import { resolveWorkflow } from '../../../../language/service/resolveWorkflow.ts';
import type { ResolvedWorkflow } from '../../../../language/service/resolvedWorkflow.ts';
import { wantedFiles } from '../../../../language/service/wantedFiles.ts';
import { toWorkflowGraph } from '../../../../language/service/workflowGraph.ts';
import { readFixture, toAbilities } from '../../../support/languageWorkspace.ts';

const WORKFLOW = 'workflows/all.workflow.yaml';

function check(changes: { readonly [path: string]: string } = {}): CheckedWorkspace {
  const files = new Map([...readFixture('base.txt'), ...Object.entries(changes)]);
  return checkWorkspace(files, toAbilities(files, undefined));
}

function toText(path: string): string {
  return readFixture('base.txt').get(path) ?? '';
}

describe('resolveWorkflow', () => {
  function resolve(checked: CheckedWorkspace, name = 'demo/all'): ResolvedWorkflow {
    const resolution = resolveWorkflow(checked, name);
    assert.ok(resolution.kind === 'resolved', JSON.stringify(resolution));
    return resolution.workflow;
  }

  it('finds it by name, by its last part and by path', () => {
    for (const name of ['demo/all', 'all', WORKFLOW, `./${WORKFLOW}`, 'workflows\\all.workflow.yaml'])
      assert.equal(resolve(check(), name).file, WORKFLOW);
    assert.deepEqual(resolveWorkflow(check(), 'demo/al'), { kind: 'unknown', near: ['demo/all'] });
  });

  it('fills in ports, parameters, elements and environments', () => {
    const { steps, outputs } = resolve(check());
    assert.deepEqual(
      steps.map(({ step, use, inputs, elements, environment, folder, line }) => ({
        id: step.id,
        use: use.name,
        inputs,
        elements,
        environment,
        folder,
        line,
      })),
      [
        { id: 'raw', use: 'demo/numbers', inputs: {}, elements: undefined, environment: 'plain', folder: 'datasets/demo', line: 5 },
        {
          id: 'scale',
          use: 'demo/scale',
          inputs: { numbers: { step: 'raw', port: 'data', select: { kind: 'none' } } },
          ...{ elements: undefined, environment: 'plain', folder: 'modules/demo/scale', line: 7 },
        },
        {
          id: 'fit',
          use: 'demo/fit',
          inputs: { data: { step: 'scale', port: 'scaled', select: { kind: 'none' } } },
          ...{ elements: ['ridge', 'forest'], environment: 'plain', folder: 'modules/demo/fit', line: 11 },
        },
        {
          id: 'pick',
          use: 'demo/pick',
          inputs: { candidates: { step: 'fit', port: 'model', select: { kind: 'all' } } },
          ...{ elements: undefined, environment: 'plain', folder: 'modules/demo/pick', line: 17 },
        },
      ],
    );
    assert.deepEqual(steps[2]?.params, {
      kind: { kind: 'template', parts: [{ kind: 'substitution', scope: 'foreach', name: 'kind' }] },
      depth: { kind: 'literal', value: 3 },
    });
    assert.deepEqual(outputs.best, { step: 'pick', port: 'best', select: { kind: 'none' } });
    assert.equal(steps[0]?.contract.outputs[0]?.name, 'data');
  });

  it('puts what is used first, whatever the order of the file', () => {
    const text = 'workflow: demo/all\nsteps:\n  b: { module: demo/scale, in: { numbers: a } }\n  a: { dataset: demo/numbers }\n';
    assert.deepEqual(
      resolve(check({ [WORKFLOW]: text })).steps.map(({ step }) => step.id),
      ['a', 'b'],
    );
  });

  it('names the errors of what it uses, and of nothing else', () => {
    const elsewhere = check({ 'modules/demo/unused/module.yaml': 'module: demo/unused\nentry: nothing.py:f\n' });
    assert.equal(resolveWorkflow(elsewhere, 'demo/all').kind, 'resolved');
    const broken = check({ 'modules/demo/fit/module.yaml': toText('modules/demo/fit/module.yaml').replace('kind: train', 'kid: train') });
    const resolution = resolveWorkflow(broken, 'demo/all');
    assert.ok(resolution.kind === 'broken');
    assert.deepEqual(
      resolution.diagnostics.map(({ file, code }) => `${file} ${code}`),
      ['modules/demo/fit/module.yaml unknown-key'],
    );
    const environment = check({ 'environments/plain.environment.yaml': 'environment: plain\nlock: no.lock\n' });
    assert.equal(resolveWorkflow(environment, 'demo/all').kind, 'broken');
  });

  it('can’t run a module that only a tag could name', () => {
    const checked = check({ [WORKFLOW]: toText(WORKFLOW).replace('demo/pick', 'other/pick@latest') });
    const resolution = resolveWorkflow(checked, 'demo/all');
    assert.ok(resolution.kind === 'broken');
    assert.deepEqual(
      resolution.diagnostics.map(({ code, severity }) => `${code} ${severity}`),
      ['unresolved-tag error'],
    );
  });
});

describe('toWorkflowGraph', () => {
  it('shows steps and edges, with ports filled in', () => {
    const { model } = check();
    const definition = model.workflows.get('demo/all');
    assert.ok(definition !== undefined);
    const { steps, edges } = toWorkflowGraph(model, definition);
    assert.deepEqual(
      steps.map(({ id, kind, name, line, elements, inputs }) => [id, kind, name, line, elements, inputs.map(({ type }) => type)]),
      [
        ['raw', 'dataset', 'demo/numbers', 5, null, []],
        ['scale', 'module', 'demo/scale', 7, null, ['table(n, x)']],
        ['fit', 'module', 'demo/fit', 11, ['ridge', 'forest'], ['table(x)']],
        ['pick', 'module', 'demo/pick', 17, null, ['list of model']],
      ],
    );
    assert.deepEqual(
      edges.map(({ from, to }) => `${from.step}.${from.port} → ${to.step}.${to.port}`),
      ['raw.data → scale.numbers', 'scale.scaled → fit.data', 'fit.model → pick.candidates'],
    );
  });

  it('shows what it can of a workflow with errors', () => {
    const { model } = check({
      [WORKFLOW]: toText(WORKFLOW).replace('demo/fit', 'demo/none').replace('data: scale.scaled', 'data: nowhere.x'),
    });
    const definition = model.workflows.get('demo/all');
    assert.ok(definition !== undefined && definition.errors > 0);
    const { steps, edges } = toWorkflowGraph(model, definition);
    assert.deepEqual(steps[2]?.inputs, [{ name: 'data', type: '' }]);
    assert.deepEqual(edges.length, 2);
  });
});

describe('wantedFiles', () => {
  it('asks for the manifest, then for what it names, then for entries, then for nothing', () => {
    const all = readFixture('base.txt');
    const paths = [...all.keys(), 'modules/demo/fit/helper.py', 'README.md', 'elsewhere/module.yaml'];
    const known = new Map<string, string>();
    const rounds: (readonly string[])[] = [];
    for (let more = true; more;) {
      const wanted = wantedFiles(known, paths, toAbilities(all, undefined)).filter((path) => !known.has(path));
      for (const path of wanted) known.set(path, all.get(path) ?? '');
      rounds.push(wanted);
      more = wanted.length > 0;
    }
    assert.deepEqual(
      rounds.map((round) => round.map((path) => path.replace(/.*[./]/, '')).sort()),
      [['yaml'], Array.from({ length: 6 }, () => 'yaml'), Array.from({ length: 4 }, () => 'py'), []],
    );
    assert.deepEqual([...known.keys()].sort(), [...all.keys()].sort());
  });

  it('takes the usual places where there is no manifest', () => {
    const paths = ['modules/a/module.yaml', 'other/module.yaml', 'workflows/w.workflow.yaml'];
    assert.deepEqual(wantedFiles(new Map(), paths, toAbilities(new Map(), undefined)), [
      'modules/a/module.yaml',
      'workflows/w.workflow.yaml',
    ]);
  });
});
