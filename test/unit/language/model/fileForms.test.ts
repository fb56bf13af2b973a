import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';
import { FILE_FORMS, toJsonSchema, type FileKind } from '../../../../language/model/fileForms.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const KINDS: readonly FileKind[] = ['manifest', 'module', 'library', 'dataset', 'environment', 'workflow'];
const SUFFIXES: { readonly [suffix: string]: FileKind } = {
  'cairn.yaml': 'manifest',
  'module.yaml': 'module',
  'library.yaml': 'library',
  '.dataset.yaml': 'dataset',
  '.environment.yaml': 'environment',
  '.workflow.yaml': 'workflow',
};

function toSchemaPath(kind: FileKind): string {
  return join(ROOT, 'language/schemas', `${kind}.schema.json`);
}

describe('JSON schemas', () => {
  const validators = new Map<FileKind, ValidateFunction>();
  before(() => {
    for (const kind of KINDS) validators.set(kind, new Ajv({ strict: false }).compile(toJsonSchema(kind)));
  });

  it('has one per kind of file', () => {
    assert.deepEqual(Object.keys(FILE_FORMS).sort(), [...KINDS].sort());
  });

  for (const kind of KINDS) {
    it(`${kind}.schema.json is what the forms say (UPDATE_GOLDEN=1 rewrites it)`, async () => {
      const text = await format(JSON.stringify(toJsonSchema(kind)), { parser: 'json', ...(await resolveConfig(toSchemaPath(kind))) });
      if (process.env.UPDATE_GOLDEN === '1') writeFileSync(toSchemaPath(kind), text);
      assert.equal(readFileSync(toSchemaPath(kind), 'utf8'), text);
    });
  }

  it('accept every file of the example', () => {
    const files = globSync('**/*.yaml', { cwd: join(ROOT, 'examples/flights') });
    assert.ok(files.length >= 9);
    for (const file of files) {
      const kind = Object.entries(SUFFIXES).find(([suffix]) => basename(file).endsWith(suffix))?.[1];
      assert.ok(kind !== undefined, file);
      const validate = validators.get(kind);
      validate?.(parse(readFileSync(join(ROOT, 'examples/flights', file), 'utf8')));
      assert.deepEqual(validate?.errors ?? [], [], file);
    }
  });

  const refused: readonly (readonly [FileKind, unknown])[] = [
    ['manifest', { workspace: 'Upper' }],
    ['manifest', { workspace: 'a', moduls: [] }],
    ['module', { module: 'a/b' }],
    ['module', { module: 'a/b', entry: 'a.py:f', inputs: { x: 'tabel' } }],
    ['module', { module: 'a/b', entry: 'a.py:f', outputs: { x: { table: { columns: { c: 'int' } } } } }],
    ['dataset', { dataset: 'a/b', source: { kind: 's3' }, columns: {} }],
    ['environment', { environment: 'a', python: 3.1 }],
    ['workflow', { workflow: 'a/b', steps: { a: { module: 'a/b', join: 1 } } }],
    ['workflow', { workflow: 'a/b', steps: {}, schedule: { timezone: 'UTC' } }],
    ['library', { library: 'a/b', uses: 'a/c' }],
  ];
  for (const [kind, value] of refused) {
    it(`refuse ${JSON.stringify(value)} as ${kind}`, () => assert.equal(validators.get(kind)?.(value), false));
  }
});
