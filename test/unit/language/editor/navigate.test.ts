import assert from 'node:assert/strict';
import { findDefinitions, findHighlights, findReferences } from '../../../../language/service/findDefinitions.ts';
import { hoverAt } from '../../../../language/service/hover.ts';
import { FLIGHTS, placeOf, toEditor } from '../../../support/editorWorkspace.ts';
import { toPlaceText } from '../../../support/languageWorkspace.ts';

const FLOW = 'workflows/train.workflow.yaml';
const CLEAN = 'modules/flights/clean/module.yaml';
const CODE = 'modules/flights/clean/clean.py';
const NOW = '2026-11-21T00:00:00Z';

type At = readonly [file: string, word: string, nth?: number, offset?: number];

async function definitions([file, word, nth, offset]: At): Promise<readonly string[]> {
  const editor = await toEditor();
  const jump = findDefinitions(editor, file, placeOf(editor, file, word, nth, offset));
  return (jump?.targets ?? []).map((place) => `${place.file}:${toPlaceText(place.range)}`);
}

async function references([file, word, nth, offset]: At): Promise<readonly string[]> {
  const editor = await toEditor();
  return findReferences(editor, file, placeOf(editor, file, word, nth, offset), false).map(
    (place) => `${place.file}:${place.range.start.line}`,
  );
}

async function hover([file, word, nth, offset]: At, files = FLIGHTS): Promise<string> {
  const editor = await toEditor(files);
  return hoverAt(editor, file, placeOf(editor, file, word, nth, offset), NOW)?.markdown ?? '';
}

describe('going to a definition', () => {
  it('leads from a step to the function and to the module', async () => {
    assert.deepEqual(await definitions([FLOW, 'flights/clean']), [`${CODE}:1:5-1:10`, `${CLEAN}:1:9-1:22`]);
    assert.deepEqual(await definitions([FLOW, 'flights/2013']), [
      'datasets/flights/flights.py:1:5-1:9',
      'datasets/flights/2013.dataset.yaml:1:10-1:22',
    ]);
  });

  it('leads from a module to its function, and back from the function', async () => {
    assert.deepEqual(await definitions([CLEAN, 'clean.py']), [`${CODE}:1:5-1:10`, `${CLEAN}:1:9-1:22`]);
    assert.deepEqual(await definitions([CODE, 'clean(']), [`${CLEAN}:1:9-1:22`]);
    assert.deepEqual(await definitions([CODE, 'limit']), [`${CLEAN}:9:3-9:8`]);
    assert.deepEqual(await definitions([CLEAN, 'limit']), [`${CODE}:1:20-1:25`]);
  });

  it('leads from references to steps and ports', async () => {
    assert.deepEqual(await definitions([FLOW, 'clean.clean']), [`${FLOW}:6:3-6:8`]);
    assert.deepEqual(await definitions([FLOW, 'clean.clean', 1, 7]), [`${CLEAN}:11:3-11:8`]);
    assert.deepEqual(await definitions([FLOW, 'params.limit', 1, 8]), [`${FLOW}:3:3-3:8`]);
    assert.deepEqual(await definitions([FLOW, 'params.limit', 2, 8]), [`${FLOW}:3:3-3:8`]);
  });

  it('leads nowhere from what means nothing', async () => {
    assert.deepEqual(await definitions([FLOW, '# one', 1, 2]), []);
  });
});

describe('references', () => {
  it('lead from a function to every workflow that uses it', async () => {
    assert.deepEqual(await references([CODE, 'clean(']), [`${CLEAN}:3`, `${CLEAN}:3`, `${FLOW}:7`]);
  });

  it('lead from a step and from a port to their uses', async () => {
    assert.deepEqual(await references([FLOW, 'clean:']), [`${FLOW}:12`]);
    assert.deepEqual(await references(['modules/flights/train/module.yaml', 'model: model']), [`${FLOW}:19`]);
    const editor = await toEditor();
    assert.equal(findHighlights(editor, FLOW, placeOf(editor, FLOW, 'train:')).length, 2);
  });

  it('lead from a default environment and from an entry', async () => {
    assert.deepEqual(await references(['environments/python-ml.environment.yaml', 'python-ml']), ['cairn.yaml:4']);
  });
});

describe('hover', () => {
  it('shows the contract of a module, its owner and how often it is used', async () => {
    const text = await hover([FLOW, 'flights/clean']);
    assert.match(text, /^\*\*flights\/clean\*\* · data · pure · environment python-ml/);
    assert.match(text, /in {3}flights: table\(carrier, dep_delay\)\nparam limit: int = 7 \(min 1\)\nout {2}clean: table\(carrier, late\)/);
    assert.match(text, /Owner: team-data/);
    assert.match(text, /Used by 1 workflow, in 1 step/);
    assert.equal(await hover([CODE, 'clean(']), text);
  });

  it('shows columns with labels, ports, parameters and steps', async () => {
    assert.match(await hover([FLOW, 'flights/2013']), /dep_delay: float64 \[public\]/);
    assert.match(await hover([CLEAN, '"dep_delay"']), /\*\*dep_delay\*\*: float64 · column of `flights` of module flights\/clean/);
    assert.match(await hover([FLOW, 'clean.clean', 1, 7]), /\*\*clean\*\*: table\(carrier, late\) · output of module flights\/clean/);
    assert.match(await hover([FLOW, '${params.limit}', 1, 10]), /limit: int = 3/);
    assert.match(await hover([FLOW, 'train[*]']), /One task for each of `kind`/);
  });

  it('shows the next five fire times in the schedule’s own zone', async () => {
    const text = await hover([FLOW, '0 3 * * *']);
    assert.match(text, /Australia\/Sydney/);
    assert.equal((text.match(/^- /gm) ?? []).length, 5);
    assert.match(text, /- Sun 2026-11-22 03:00 GMT\+11/);
  });

  it('says what a key is for', async () => {
    assert.match(await hover([FLOW, 'foreach:']), /One task per value/);
    assert.match(await hover([CLEAN, 'entry:']), /file\.py:function/);
  });
});
