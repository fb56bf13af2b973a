import assert from 'node:assert/strict';
import type { EditorWorkspace } from '../../../../language/service/editorWorkspace.ts';
import { renameAt, startRename } from '../../../../language/service/renameEntity.ts';
import { FLIGHTS, placeOf, toChanges, toEditor, withEdits } from '../../../support/editorWorkspace.ts';

const FLOW = 'workflows/train.workflow.yaml';
const CLEAN = 'modules/flights/clean/module.yaml';
const CODE = 'modules/flights/clean/clean.py';

type At = readonly [file: string, word: string, nth?: number, offset?: number];

/** Renames, checks that nothing is wrong afterwards, and answers the lines that changed. */
async function rename(at: At, newName: string, files = FLIGHTS): Promise<readonly string[]> {
  const editor = await toEditor(files);
  assert.deepEqual(errorsOf(editor), []);
  const [file, word, nth, offset] = at;
  const renaming = renameAt(editor, file, placeOf(editor, file, word, nth, offset), newName);
  assert.equal(renaming.kind, 'edits', JSON.stringify(renaming));
  const after = await withEdits(editor, renaming.kind === 'edits' ? renaming.edits : []);
  assert.deepEqual(errorsOf(after), []);
  return toChanges(editor, after);
}

function errorsOf({ checked }: EditorWorkspace): readonly string[] {
  return checked.diagnostics.filter(({ severity }) => severity === 'error').map(({ file, message }) => `${file}: ${message}`);
}

async function refusal(at: At, newName: string, files = FLIGHTS): Promise<string> {
  const editor = await toEditor(files);
  const [file, word, nth, offset] = at;
  const renaming = renameAt(editor, file, placeOf(editor, file, word, nth, offset), newName);
  return renaming.kind === 'refused' ? renaming.message : 'renamed';
}

describe('renaming', () => {
  it('of a step follows every reference to it', async () => {
    assert.deepEqual(await rename([FLOW, 'train:'], 'fit'), [
      `${FLOW}: train:   # one for each kind → fit:   # one for each kind`,
      `${FLOW}: models: train[*].model → models: fit[*].model`,
    ]);
    assert.deepEqual(await rename([FLOW, 'train[*]'], 'fit'), await rename([FLOW, 'train:'], 'fit'));
  });

  it('of an input changes the contract, the workflows and the argument with all its uses', async () => {
    const changes = await rename([CLEAN, 'flights:', 1], 'taken');
    assert.deepEqual(
      changes.toSorted(),
      [
        `${CODE}: def clean(flights, limit: int = 7): → def clean(taken, limit: int = 7):`,
        `${CODE}: kept = flights.filter(flights=flights.carrier, limit=limit) → kept = taken.filter(flights=taken.carrier, limit=limit)`,
        `${CODE}: rows = [flights for flights in kept] → rows = [taken for taken in kept]`,
        `${CLEAN}: carrier: { type: string, from: [flights.carrier] } → carrier: { type: string, from: [taken.carrier] }`,
        `${CLEAN}: flights: → taken:`,
        `${CLEAN}: late: { type: bool, from: [flights.dep_delay], using: [ flights.carrier ] } → late: { type: bool, from: [taken.dep_delay], using: [ taken.carrier ] }`,
        `${FLOW}: in: { flights: raw } → in: { taken: raw }`,
      ].toSorted(),
    );
  });

  it('of a parameter leaves inner functions with a name of their own alone', async () => {
    const changes = await rename([CLEAN, 'limit:'], 'window');
    assert.ok(
      changes.includes(
        `${CODE}: kept = flights.filter(flights=flights.carrier, limit=limit) → kept = flights.filter(flights=flights.carrier, limit=window)`,
      ),
    );
    assert.ok(
      changes.includes(
        `${CODE}: return {"clean": rows, **{}} if False else {"clean": later(limit)} → return {"clean": rows, **{}} if False else {"clean": later(window)}`,
      ),
    );
    assert.ok(!changes.some((line) => line.includes('lambda')));
    assert.ok(changes.includes(`${FLOW}: params: { limit: "\${params.limit}" } → params: { window: "\${params.limit}" }`));
  });

  it('of an output changes the key of what is returned and every reference', async () => {
    assert.deepEqual(await rename([FLOW, 'train[*].model', 1, 10], 'fitted'), [
      'modules/flights/train/module.yaml: outputs: { model: model, quality: metrics } → outputs: { fitted: model, quality: metrics }',
      'modules/flights/train/train.py: return {"model": rows, "quality": kind} → return {"fitted": rows, "quality": kind}',
      `${FLOW}: models: train[*].model → models: train[*].fitted`,
    ]);
  });

  it('of a column follows it through the workflow, and stops where a module makes another', async () => {
    assert.deepEqual(await rename(['datasets/flights/2013.dataset.yaml', 'dep_delay'], 'delay'), [
      'datasets/flights/2013.dataset.yaml: dep_delay: { type: float64, labels: [public] }  # minutes → delay: { type: float64, labels: [public] }  # minutes',
      `${CLEAN}: columns: { carrier: string, "dep_delay": float64 } → columns: { carrier: string, "delay": float64 }`,
      `${CLEAN}: late: { type: bool, from: [flights.dep_delay], using: [ flights.carrier ] } → late: { type: bool, from: [flights.delay], using: [ flights.carrier ] }`,
    ]);
    const carriers = await rename([CLEAN, 'carrier: { type'], 'airline');
    assert.deepEqual(carriers, [
      `${CLEAN}: carrier: { type: string, from: [flights.carrier] } → airline: { type: string, from: [flights.carrier] }`,
      'modules/flights/train/module.yaml: rows: { table: { columns: { carrier: string, late: bool } } } → rows: { table: { columns: { airline: string, late: bool } } }',
    ]);
  });

  it('of a workflow’s parameter and of a fan-out’s name stays in the workflow', async () => {
    assert.deepEqual(await rename([FLOW, 'limit: {'], 'most'), [
      `${FLOW}: limit: { type: int, default: 3 } → most: { type: int, default: 3 }`,
      `${FLOW}: params: { limit: "\${params.limit}" } → params: { limit: "\${params.most}" }`,
      `${FLOW}: when: params.limit > 1 → when: params.most > 1`,
    ]);
    assert.deepEqual(await rename([FLOW, '${foreach.kind}', 1, 12], 'sort'), [
      `${FLOW}: foreach: { kind: [ridge, forest] } → foreach: { sort: [ridge, forest] }`,
      `${FLOW}: kind: \${foreach.kind} → kind: \${foreach.sort}`,
    ]);
  });

  it('follows nested workflows, lists of outputs and fan-outs over outputs', async () => {
    const outer = 'workflows/outer.workflow.yaml';
    const inner = 'workflows/inner.workflow.yaml';
    const files = {
      'cairn.yaml': 'workspace: demo\n',
      'modules/demo/make/module.yaml': 'module: demo/make\nentry: make.py:make\noutputs: { rows: json }\n',
      'modules/demo/make/make.py': 'def make():\n    return {"rows": []}\n',
      'modules/demo/take/module.yaml':
        'module: demo/take\nentry: take.py:take\ninputs: { many: { list: json } }\noutputs: { best: json }\n',
      'modules/demo/take/take.py': 'def take(many):\n    return {"best": many[0]}\n',
      [inner]:
        'workflow: demo/inner\ninputs: { first: json }\nsteps:\n  take:\n    module: demo/take\n    in:\n      many: [inputs.first, inputs.first]\noutputs: { best: take.best }\n',
      [outer]:
        'workflow: demo/outer\nsteps:\n  make: { module: demo/make }\n  nest:\n    workflow: demo/inner\n    in: { first: make.rows }\n    foreach: { row: make.rows }\noutputs: { all: "nest[*].best" }\n',
    };
    assert.deepEqual(await rename([inner, 'first:'], 'given', files), [
      `${inner}: inputs: { first: json } → inputs: { given: json }`,
      `${inner}: many: [inputs.first, inputs.first] → many: [inputs.given, inputs.given]`,
      `${outer}: in: { first: make.rows } → in: { given: make.rows }`,
    ]);
    assert.deepEqual(await rename([outer, 'make:'], 'load', files), [
      `${outer}: make: { module: demo/make } → load: { module: demo/make }`,
      `${outer}: in: { first: make.rows } → in: { first: load.rows }`,
      `${outer}: foreach: { row: make.rows } → foreach: { row: load.rows }`,
    ]);
    assert.deepEqual(await rename([outer, 'nest[*].best', 1, 9], 'top', files), [
      `${inner}: outputs: { best: take.best } → outputs: { top: take.best }`,
      `${outer}: outputs: { all: "nest[*].best" } → outputs: { all: "nest[*].top" }`,
    ]);
  });

  it('is refused with a reason, and then changes nothing', async () => {
    assert.match(await refusal([FLOW, 'train:'], 'clean'), /is a step there already/);
    assert.match(await refusal([FLOW, 'train:'], 'a b'), /must be letters/);
    assert.match(await refusal([CLEAN, 'flights:', 1], 'limit'), /is a param there already/);
    assert.match(await refusal([CLEAN, 'flights:', 1], 'kept'), /uses the name `kept` in this function already/);
    assert.match(await refusal([CLEAN, 'flights/clean'], 'flights/cleaned'), /known by its name/);
    assert.match(await refusal(['datasets/flights/2013.dataset.yaml', 'dep_delay'], 'carrier'), /is a column there already/);
    const odd = { ...FLIGHTS, 'modules/flights/pick/pick.py': 'def pick(models):\n    return make(models)\n' };
    assert.match(await refusal(['modules/flights/pick/module.yaml', 'best'], 'winner', odd), /keys can’t be read/);
  });

  it('begins with the name alone, without the quotes around it', async () => {
    const editor = await toEditor();
    const start = startRename(editor, CLEAN, placeOf(editor, CLEAN, '"dep_delay"', 1, 3));
    assert.deepEqual(start, { kind: 'ready', name: 'dep_delay', range: { start: { line: 7, column: 36 }, end: { line: 7, column: 45 } } });
  });
});
