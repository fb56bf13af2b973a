import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyEdits } from '../../../../language/service/applyEdits.ts';
import { createCheckCache } from '../../../../language/service/checkCache.ts';
import { checkWorkspace } from '../../../../language/service/checkWorkspace.ts';
import { resolveWorkflow } from '../../../../language/service/resolveWorkflow.ts';
import type { WorkflowResolution } from '../../../../language/service/resolvedWorkflow.ts';
import { toWorkflowGraph } from '../../../../language/service/workflowGraph.ts';
import { readFixture, readPython, toAbilities } from '../../../support/languageWorkspace.ts';

const BASE = new Map([...readFixture('base.txt'), ...readFixture('rich.txt')]);
const WORDS = [
  '',
  '\n',
  '  ',
  ':',
  '- ',
  '{ ',
  ' }',
  '[',
  ']',
  '"',
  ' #x',
  '&a ',
  '*a',
  '!x ',
  '${',
  '[*]',
  '1',
  'x',
  'demo/fit',
  'raw',
  'toString',
  'demo/inner',
  'inputs.data',
  'params.floor',
  ' && ',
  '(',
  'product: true',
  'fit[*].model',
  'demo/words',
  'internal',
  'model',
  '.',
  '@t',
];

/** A change of one file: something cut out, something put in; or the file gone. */
const anyChange = fc.record({
  path: fc.constantFrom(...BASE.keys()),
  at: fc.nat(),
  cut: fc.nat({ max: 20 }),
  word: fc.constantFrom(...WORDS),
  isGone: fc.boolean(),
  chance: fc.nat({ max: 9 }),
});

/** What is resolved can be pinned without another question: every step, every input and every parameter is there. */
function assertComplete(resolution: WorkflowResolution): void {
  assert.ok(resolution.kind === 'resolved');
  const { steps, workflow, outputs } = resolution.workflow;
  assert.equal(steps.length, workflow.steps.length);
  assert.equal(Object.keys(outputs).length, Object.keys(workflow.outputs).length);
  const seen = new Set(['inputs']);
  for (const { step, contract, inputs, params } of steps) {
    assert.deepEqual(Object.keys(inputs).sort(), contract.inputs.map(({ name }) => name).sort());
    assert.deepEqual(
      Object.keys(params),
      contract.params.map(({ name }) => name),
    );
    for (const input of Object.values(inputs)) {
      for (const reference of 'items' in input ? input.items : [input]) assert.ok(seen.has(reference.step));
    }
    seen.add(step.id);
  }
}

describe('a workspace after any edits', () => {
  it('is checked without a throw, with the same answer from a cache, and every repair can be applied', async function () {
    this.timeout(400_000);
    const python = await readPython();
    fc.assert(
      fc.property(fc.array(anyChange, { minLength: 1, maxLength: 6 }), (changes) => {
        const files = new Map(BASE);
        const cache = createCheckCache();
        for (const { path, at, cut, word, isGone, chance } of changes) {
          const text = files.get(path) ?? '';
          const start = at % (text.length + 1);
          if (isGone && chance === 0) files.delete(path);
          else files.set(path, text.slice(0, start) + word + text.slice(start + cut));
          const abilities = toAbilities(files, python);
          const checked = checkWorkspace(files, abilities, cache);
          assert.deepEqual(checked.diagnostics, checkWorkspace(files, abilities).diagnostics);
          for (const { fix, range, file } of checked.diagnostics) {
            assert.ok(range.start.line <= range.end.line, file);
            for (const edit of fix?.edits ?? []) assert.equal(applyEdits(files.get(edit.file) ?? '', [edit]).kind, 'applied');
          }
          for (const definition of checked.model.workflows.values()) {
            toWorkflowGraph(checked.model, definition);
            const resolution = resolveWorkflow(checked, definition.name);
            if (resolution.kind === 'broken') assert.ok(resolution.diagnostics.length > 0);
            else assertComplete(resolution);
          }
        }
      }),
      { numRuns: Number(process.env.CAIRN_EDITS ?? 600) },
    );
  });
});
