import assert from 'node:assert/strict';
import { createWorkflowReader } from '../../../../language/parse/incrementalWorkflow.ts';
import { createRandom, findDifference, makeWorkflowText } from '../../../support/editFuzz.ts';

const FILE = 'workflows/flow.workflow.yaml';
const EDITS = Number(process.env['CAIRN_FUZZ_EDITS'] ?? 150);
const SEED = Number(process.env['CAIRN_FUZZ_SEED'] ?? 20_261_121);

describe('a workflow that is read as it is typed', () => {
  it(`means the same as one that is read whole, over ${EDITS} edits (seed ${SEED})`, function () {
    this.timeout(600_000);
    assert.equal(findDifference(FILE, EDITS, createRandom(SEED)), undefined);
  });

  it('keeps the steps that did not change', () => {
    const reader = createWorkflowReader(FILE);
    const text = makeWorkflowText(200);
    const before = reader.read(text).value?.steps ?? [];
    const after = reader.read(text.replace('module: bench/step', 'module: bench/steq')).value?.steps ?? [];
    assert.equal(after.filter((step, index) => step !== before[index]).length, 1);
  });
});
