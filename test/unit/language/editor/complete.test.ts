import assert from 'node:assert/strict';
import { completePython } from '../../../../language/service/completePython.ts';
import { completeYaml, type Completion } from '../../../../language/service/completeYaml.ts';
import { FLIGHTS, toEditor } from '../../../support/editorWorkspace.ts';

const FLOW = 'workflows/train.workflow.yaml';
const CLEAN = 'modules/flights/clean/module.yaml';

/** What is offered at `‸` in a file whose text is replaced by this one; the rest of the workspace stays. */
async function offer(file: string, marked: string): Promise<Completion> {
  const at = marked.indexOf('‸');
  assert.ok(at >= 0);
  const text = marked.replace('‸', '');
  const editor = await toEditor({ ...FLIGHTS, [file]: text });
  const before = text.slice(0, at).split('\n');
  const position = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  const completion = file.endsWith('.py') ? completePython(editor, file, text, position) : completeYaml(editor, file, text, position);
  assert.ok(completion);
  return completion;
}

async function labels(file: string, marked: string): Promise<readonly string[]> {
  return (await offer(file, marked)).suggestions.map(({ label }) => label);
}

const STEPS =
  'workflow: flights/x\nparams:\n  month: int\nsteps:\n  raw: { dataset: flights/2013 }\n  clean:\n    module: flights/clean\n    in: { flights: raw }\n';

describe('completion', () => {
  it('of keys: what the file kind knows there and does not have yet', async () => {
    const top = await labels(FLOW, `${STEPS}‸`);
    assert.ok(top.includes('outputs') && top.includes('schedule'), top.join());
    assert.ok(!top.includes('steps') && !top.includes('params'), top.join());
    const ofStep = await labels(FLOW, `${STEPS}    ret‸`);
    assert.ok(ofStep.includes('retry') && ofStep.includes('when') && !ofStep.includes('module'), ofStep.join());
    assert.deepEqual((await labels(FLOW, `${STEPS}    retry: { at‸ }`)).toSorted(), ['attempts', 'backoff', 'on']);
    assert.ok((await labels(CLEAN, `${FLIGHTS[CLEAN]}resources:\n  ‸`)).includes('memory'));
    assert.ok((await labels('cairn.yaml', 'workspace: flights\n‸')).includes('defaults'));
  });

  it('of keys says what each is for, and goes on in the next line where a map follows', async () => {
    const { suggestions } = await offer(FLOW, `${STEPS}sched‸`);
    const schedule = suggestions.find(({ label }) => label === 'schedule');
    assert.equal(schedule?.insert, 'schedule:\n  ');
    const timeout = (await offer(FLOW, `${STEPS}    tim‸`)).suggestions.find(({ label }) => label === 'timeout');
    assert.equal(timeout?.insert, 'timeout: ');
  });

  it('of modules, datasets, environments, with a range that a choice replaces', async () => {
    const { suggestions, range } = await offer(FLOW, `${STEPS}  more:\n    module: flights/cl‸ean\n`);
    assert.ok(suggestions.some(({ label }) => label === 'flights/train'));
    assert.ok(suggestions.some(({ label }) => label === 'flights/train@latestAlpha'));
    assert.deepEqual(range, { start: { line: 10, column: 13 }, end: { line: 10, column: 26 } });
    assert.deepEqual(await labels(FLOW, `${STEPS}  more: { dataset: ‸ }`), ['flights/2013']);
    assert.deepEqual(await labels(CLEAN, `${FLIGHTS[CLEAN]}environment: ‸`), ['python-ml']);
  });

  it('of ports: the inputs of the module, and what the other steps give', async () => {
    const flow = `${STEPS}  train:\n    module: flights/train\n`;
    assert.deepEqual(await labels(FLOW, `${flow}    in:\n      ‸`), ['rows']);
    assert.deepEqual(await labels(FLOW, `${flow}    in: { r‸`), ['rows']);
    assert.deepEqual(await labels(FLOW, `${flow}    in: { rows: ‸ }`), ['raw.data', 'clean.clean']);
    assert.deepEqual(await labels(FLOW, `${flow}    in:\n      rows: cl‸`), ['raw.data', 'clean.clean']);
    assert.deepEqual(await labels(FLOW, `${flow}    params: { ‸`), ['kind']);
  });

  it('of a fan-out: all its elements, in quotes where YAML would take the brackets', async () => {
    const flow = `${STEPS}  train:\n    module: flights/train\n    in: { rows: clean.clean }\n    foreach: { kind: [a] }\n  pick:\n    module: flights/pick\n`;
    const inFlow = (await offer(FLOW, `${flow}    in: { models: ‸ }\n`)).suggestions.find(({ label }) => label === 'train[*].model');
    assert.equal(inFlow?.insert, '"train[*].model"');
    const inBlock = (await offer(FLOW, `${flow}    in:\n      models: tr‸\n`)).suggestions.find(({ label }) => label === 'train[*].model');
    assert.equal(inBlock?.insert, 'train[*].model');
    assert.ok((await labels(FLOW, `${flow.replace('[a] }', '[a] }\n    params:\n      kind: ${‸')}`)).includes('${foreach.kind}'));
  });

  it('of substitutions, conditions, joins, clusters, schedules and zones', async () => {
    assert.deepEqual(await labels(FLOW, `${STEPS}    params:\n      limit: ‸`), ['${params.month}', '${run.nominalTime}']);
    assert.deepEqual(await labels(FLOW, `${STEPS}    when: ‸`), ['raw.metrics.', 'params.month', 'true', 'false']);
    assert.ok((await labels(FLOW, `${STEPS}    join: ‸`)).includes('quorum(2)'));
    assert.ok((await labels(FLOW, `${STEPS}    cluster: ‸`)).includes('local'));
    assert.deepEqual(await labels(FLOW, `${STEPS}    cache: ‸`), ['on', 'off', 'refresh']);
    assert.ok((await labels(FLOW, `${STEPS}schedule: { timezone: Aus‸ }`)).includes('Australia/Sydney'));
    assert.equal((await offer(FLOW, `${STEPS}schedule:\n  cron: ‸`)).suggestions[0]?.insert, '"0 3 * * *"');
  });

  it('of types, labels and columns in modules and datasets', async () => {
    assert.ok(
      (await labels(CLEAN, 'module: a/b\nentry: a.py:b\ninputs:\n  rows: { table: { columns: { x: fl‸ } } }\n')).includes('float64'),
    );
    assert.ok(
      (await labels('datasets/flights/2013.dataset.yaml', 'dataset: flights/2013\ncolumns:\n  x:\n    labels: [pu‸]\n')).includes('public'),
    );
    const sources = await labels(CLEAN, (FLIGHTS[CLEAN] ?? '').replace('from: [flights.carrier]', 'from: [fl‸ights.carrier]'));
    assert.deepEqual(sources, ['flights.carrier', 'flights.dep_delay']);
    assert.ok((await labels(CLEAN, 'module: a/b\nkind: ‸')).includes('evaluate'));
  });

  it('says nothing in comments and in YAML that is not ours', async () => {
    assert.deepEqual(await labels(FLOW, `${STEPS}# a comment ‸`), []);
    assert.deepEqual(await labels('.github/ci.yaml', 'on: ‸'), []);
  });

  it('of arguments and returned keys in an entry function', async () => {
    const file = 'modules/flights/train/train.py';
    assert.deepEqual(await labels(file, 'def train(rows, k‸):\n    return {}\n'), ['kind']);
    assert.deepEqual(await labels(file, 'def train(rows, kind):\n    return {"mo‸": rows}\n'), ['model', 'quality']);
  });
});
