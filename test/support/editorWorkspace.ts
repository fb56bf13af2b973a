import type { Position, TextEdit } from '../../language/model/diagnostic.ts';
import { applyEdits } from '../../language/service/applyEdits.ts';
import { checkWorkspace } from '../../language/service/checkWorkspace.ts';
import type { EditorWorkspace } from '../../language/service/editorWorkspace.ts';
import { readPython, toAbilities } from './languageWorkspace.ts';

/** A small workspace of everything that can be named, without errors. */
export const FLIGHTS: { readonly [path: string]: string } = {
  'cairn.yaml': 'workspace: flights\nnamespaces:\n  flights: { owners: [team-data] }\ndefaults: { environment: python-ml }\n',
  'environments/python-ml.environment.yaml': 'environment: python-ml\ndescription: For everything.\n',
  'datasets/flights/2013.dataset.yaml': [
    'dataset: flights/2013',
    'source: { kind: python, entry: flights.py:load }',
    'owner: team-data',
    'columns:',
    '  carrier: { type: string, labels: [public] }',
    '  dep_delay: { type: float64, labels: [public] }  # minutes',
    '',
  ].join('\n'),
  'datasets/flights/flights.py': 'def load():\n    return None\n',
  'modules/flights/clean/module.yaml': [
    'module: flights/clean',
    'description: Drops what never flew.',
    'entry: clean.py:clean',
    'inputs:',
    '  flights:',
    '    table:',
    '      columns: { carrier: string, "dep_delay": float64 }',
    'params:',
    '  limit: { type: int, default: 7, min: 1 }',
    'outputs:',
    '  clean:',
    '    table:',
    '      columns:',
    '        carrier: { type: string, from: [flights.carrier] }',
    '        late: { type: bool, from: [flights.dep_delay], using: [ flights.carrier ] }',
    '',
  ].join('\n'),
  'modules/flights/clean/clean.py': [
    'def clean(flights, limit: int = 7):',
    '    """Drops what never flew: flights is a table."""',
    '    kept = flights.filter(flights=flights.carrier, limit=limit)',
    '    rows = [flights for flights in kept]',
    '    later = lambda limit: limit + 1',
    '    return {"clean": rows, **{}} if False else {"clean": later(limit)}',
    '',
  ].join('\n'),
  'modules/flights/train/module.yaml':
    'module: flights/train\nentry: train.py:train\ninputs:\n  rows: { table: { columns: { carrier: string, late: bool } } }\nparams: { kind: string }\noutputs: { model: model, quality: metrics }\n',
  'modules/flights/train/train.py': 'def train(rows, kind):\n    return {"model": rows, "quality": kind}\n',
  'modules/flights/pick/module.yaml':
    'module: flights/pick\nentry: pick.py:pick\ninputs: { models: { list: model } }\noutputs: { best: model }\n',
  'modules/flights/pick/pick.py': 'def pick(models):\n    return {"best": models[0]}\n',
  'workflows/train.workflow.yaml': [
    'workflow: flights/train-all',
    'params:',
    '  limit: { type: int, default: 3 }',
    'steps:',
    '  raw: { dataset: flights/2013 }',
    '  clean:',
    '    module: flights/clean',
    '    in: { flights: raw }',
    '    params: { limit: "${params.limit}" }',
    '  train:   # one for each kind',
    '    module: flights/train',
    '    in: { rows: clean.clean }',
    '    foreach: { kind: [ridge, forest] }',
    '    params:',
    '      kind: ${foreach.kind}',
    '  pick:',
    '    module: flights/pick',
    '    in:',
    '      models: train[*].model',
    '    when: params.limit > 1',
    'outputs: { model: pick.best }',
    'schedule: { cron: "0 3 * * *", timezone: Australia/Sydney }',
    '',
  ].join('\n'),
};

export async function toEditor(files: { readonly [path: string]: string } = FLIGHTS): Promise<EditorWorkspace> {
  const texts = new Map(Object.entries(files));
  const abilities = toAbilities(texts, await readPython());
  return { texts, abilities, checked: checkWorkspace(texts, abilities) };
}

/** The place of the `nth` appearance of a word, `offset` code units into it. */
export function placeOf({ texts }: EditorWorkspace, file: string, word: string, nth = 1, offset = 1): Position {
  const text = texts.get(file) ?? '';
  let at = -1;
  for (let index = 0; index < nth; index += 1) at = text.indexOf(word, at + 1);
  if (at === -1) throw new Error(`${word} is not ${nth} times in ${file}`);
  const before = text.slice(0, at + offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** The workspace with edits made. */
export async function withEdits({ texts }: EditorWorkspace, edits: readonly TextEdit[]): Promise<EditorWorkspace> {
  const after: { [path: string]: string } = Object.fromEntries(texts);
  for (const file of new Set(edits.map((edit) => edit.file))) {
    const result = applyEdits(
      texts.get(file) ?? '',
      edits.filter((edit) => edit.file === file),
    );
    if (result.kind === 'refused') throw new Error(`${file}: ${result.message}`);
    after[file] = result.text;
  }
  return toEditor(after);
}

/** Lines that differ, as `path: before → after`. */
export function toChanges(before: EditorWorkspace, after: EditorWorkspace): readonly string[] {
  return [...before.texts].flatMap(([path, text]) => {
    const others = (after.texts.get(path) ?? '').split('\n');
    return text
      .split('\n')
      .flatMap((line, index) => (line === others[index] ? [] : [`${path}: ${line.trim()} → ${others[index]?.trim() ?? ''}`]));
  });
}
