import assert from 'node:assert/strict';
import { findConcerned, findModuleOf } from '../../../../extension/agent/concernedWorkflows.ts';
import type { GraphStep, ModuleView, WorkflowView } from '../../../../rde-agent/protocol/workspaceView.ts';

function toModule(name: string): ModuleView {
  const rest = { kind: 'data', description: '', inputs: [], outputs: [], artifact: null, tags: {} } as const;
  const build = { state: 'none', seconds: 0, message: '' } as const;
  return { name, file: `modules/${name}/module.yaml`, entry: { file: 'main.py', function: 'run' }, build, ...rest };
}

function toWorkflow(name: string, ...uses: readonly (readonly [GraphStep['kind'], string])[]): WorkflowView {
  const steps = uses.map(([kind, used], index) => ({
    id: `s${index}`,
    kind,
    name: used,
    line: 1,
    elements: null,
    inputs: [],
    outputs: [],
  }));
  return { name, file: `workflows/${name}.workflow.yaml`, description: '', params: [], steps, edges: [], errors: 0 };
}

const view = {
  modules: [toModule('demo/clean'), toModule('demo/clean/inner'), toModule('demo/unused')],
  workflows: [
    toWorkflow('demo/whole', ['workflow', 'demo/part']),
    toWorkflow('demo/part', ['module', 'demo/clean']),
    toWorkflow('demo/other', ['dataset', 'demo/clean']),
  ],
};

describe('what a file is about', () => {
  const names = (file: string) => findConcerned(view, file).map(({ name }) => name);

  it('is the workflow that it defines, and what that is nested in', () => {
    assert.deepEqual(names('workflows/demo/part.workflow.yaml'), ['demo/part', 'demo/whole']);
    assert.deepEqual(names('workflows/demo/other.workflow.yaml'), ['demo/other']);
  });

  it('is what uses its module, nearest first', () => {
    assert.deepEqual(names('modules/demo/clean/helpers/scale.py'), ['demo/part', 'demo/whole']);
    assert.deepEqual(names('modules/demo/unused/main.py'), []);
    assert.deepEqual(names('libraries/demo/text/code.py'), []);
  });

  it('belongs to the nearest module', () => {
    assert.equal(findModuleOf(view, 'modules/demo/clean/inner/main.py')?.name, 'demo/clean/inner');
    assert.equal(findModuleOf(view, 'modules/demo/cleaner/main.py'), undefined);
  });
});
