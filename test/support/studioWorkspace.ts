import { moduleFiles, type Files } from './smallWorkspace.ts';
import { writeFiles } from './tempFolder.ts';

/** What a file could say in the hope of being taken for markup, an icon or a link (A38). */
export const HOSTILE = '<img src=x onerror="window.pwned=1"> [click](command:cairn.push) $(flame) **bold**';

/** A workspace with something for every view: modules in two namespaces, workflows, a dataset, an environment, a schedule. */
const STUDIO: Files = {
  'cairn.yaml':
    'workspace: studio\nmodules: [modules/**]\nworkflows: [workflows/**]\nenvironments: [environments/**]\ndatasets: [datasets/**]\n',
  'environments/plain.environment.yaml': `environment: plain\ndescription: ${JSON.stringify(HOSTILE)}\n`,
  'datasets/studio/people.csv': 'name,age\nAda,36\nGrace,85\n',
  'datasets/studio/people.dataset.yaml': [
    'dataset: studio/people',
    `description: ${JSON.stringify(HOSTILE)}`,
    'source: { kind: file, path: people.csv }',
    'format: csv',
    'owner: team-people',
    'columns:',
    '  name: { type: string, labels: [restricted] }',
    '  age: { type: int64, labels: [public] }',
    '',
  ].join('\n'),
  ...moduleFiles('studio/numbers', { code: 'def run():\n    return {"out": [1, 2, 3]}\n', more: 'tests: tests\n' }),
  'modules/studio/numbers/tests/test_numbers.py':
    'import unittest\n\n\nclass Numbers(unittest.TestCase):\n    def test_true(self):\n        self.assertTrue(True)\n',
  ...moduleFiles('studio/double', {
    inputs: '{ rows: json }',
    params: '{ factor: { type: int, default: 2 } }',
    code: 'def run(rows, factor: int = 2):\n    print("doubling", len(rows))\n    return {"out": [row * factor for row in rows]}\n',
    more: `description: ${JSON.stringify(HOSTILE)}\n`,
  }),
  ...moduleFiles('shared/sum', { inputs: '{ rows: json }', code: 'def run(rows):\n    return {"out": sum(rows)}\n' }),
  'workflows/nightly.workflow.yaml': [
    'workflow: studio/nightly',
    `description: ${JSON.stringify(HOSTILE)}`,
    'params: { factor: { type: int, default: 2 } }',
    'steps:',
    '  numbers:',
    '    module: studio/numbers',
    '  double:',
    '    module: studio/double',
    '    in: { rows: numbers.out }',
    '    params:',
    '      factor: ${params.factor}',
    '  total:',
    '    module: shared/sum',
    '    in: { rows: double.out }',
    'schedule: { cron: "0 3 * * *", timezone: Australia/Sydney }',
    '',
  ].join('\n'),
};

/** A workflow more, whose run goes on until it is cancelled. */
export const SLOW: Files = {
  ...moduleFiles('studio/wait', { code: 'import time\n\n\ndef run():\n    time.sleep(600)\n    return {"out": 1}\n' }),
  'workflows/slow.workflow.yaml': 'workflow: studio/slow\nsteps:\n  wait:\n    module: studio/wait\n',
};

export function writeStudio(folder: string, more: Files = {}): void {
  writeFiles(folder, { ...STUDIO, ...more });
}
