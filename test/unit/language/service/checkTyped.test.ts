import assert from 'node:assert/strict';
import { createCheckCache } from '../../../../language/service/checkCache.ts';
import { checkWorkspace } from '../../../../language/service/checkWorkspace.ts';
import { createRandom, editText, makeWorkflowText } from '../../../support/editFuzz.ts';
import { readFixture, readPython, toAbilities } from '../../../support/languageWorkspace.ts';
import { moduleFiles } from '../../../support/smallWorkspace.ts';

const EDITS = Number(process.env['CAIRN_FUZZ_EDITS'] ?? 150);
const SEED = Number(process.env['CAIRN_FUZZ_SEED'] ?? 20_261_121);
const WORKFLOW = 'workflows/flow.workflow.yaml';
const MODULE = 'modules/bench/step/module.yaml';
const IN_A_ROW = 5;

function makeWorkspace(): Map<string, string> {
  const outside = [...readFixture('base.txt')].filter(([path]) => !path.startsWith('workflows/'));
  return new Map([
    ...outside,
    ...Object.entries(moduleFiles('bench/load', { code: 'def run():\n    return {"out": 1}\n' })),
    ...Object.entries(moduleFiles('bench/step', { inputs: '{ value: json }', code: 'def run(value):\n    return {"out": value}\n' })),
    [WORKFLOW, makeWorkflowText(60)],
  ]);
}

/** What is typed into a module changes what all steps that use it may say. */
const MODULE_EDITS = [
  (text: string) => text.replace('value: json', 'value: table'),
  (text: string) => text.replace('value: json', 'other: json'),
  (text: string) => `${text}# a comment\n`,
  (text: string) => text.replace('outputs', 'output'),
];

describe('a long workflow that is checked as it is typed', () => {
  it(`is told the same as one that is checked for the first time, over ${EDITS} edits (seed ${SEED})`, async function () {
    this.timeout(600_000);
    const python = await readPython();
    const random = createRandom(SEED);
    const whole = makeWorkspace();
    const files = new Map(whole);
    const cache = createCheckCache();
    for (let edit = 0; edit < EDITS; edit += 1) {
      if (edit % IN_A_ROW === 0) files.set(WORKFLOW, whole.get(WORKFLOW) ?? '');
      const toModule = random(4) === 0 ? MODULE_EDITS[random(MODULE_EDITS.length)] : undefined;
      files.set(MODULE, toModule?.(whole.get(MODULE) ?? '') ?? whole.get(MODULE) ?? '');
      files.set(WORKFLOW, editText(files.get(WORKFLOW) ?? '', random));
      const abilities = toAbilities(files, python);
      const typed = checkWorkspace(files, abilities, cache);
      assert.deepEqual(typed.diagnostics, checkWorkspace(files, abilities).diagnostics, `edit ${edit}: ${files.get(WORKFLOW) ?? ''}`);
    }
  });
});
