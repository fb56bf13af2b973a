import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIAGNOSTIC_CODES } from '../../../language/model/diagnostic.ts';
import { parseDataset } from '../../../language/parse/parseDataset.ts';
import { parseEnvironment } from '../../../language/parse/parseEnvironment.ts';
import { parseManifest } from '../../../language/parse/parseManifest.ts';
import { parseModule } from '../../../language/parse/parseModule.ts';
import { parseWorkflow } from '../../../language/parse/parseWorkflow.ts';
import { toFindingText } from '../../support/languageWorkspace.ts';

const PARSERS = {
  workspace: parseManifest,
  module: parseModule,
  dataset: parseDataset,
  environment: parseEnvironment,
  workflow: parseWorkflow,
};

describe('docs/language.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/language.md'), 'utf8');
  const blocks = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => match[1] ?? '');

  it('has an example of every kind of file', () => {
    assert.deepEqual(blocks.map((text) => text.slice(0, text.indexOf(':'))).sort(), Object.keys(PARSERS).sort());
  });

  for (const [kind, parse] of Object.entries(PARSERS)) {
    it(`shows a ${kind} that can be read`, () => {
      const text = blocks.find((block) => block.startsWith(`${kind}:`)) ?? '';
      assert.deepEqual(parse('example.yaml', text).diagnostics.map(toFindingText), []);
    });
  }

  it('lists every code', () => {
    assert.deepEqual(
      DIAGNOSTIC_CODES.filter((code) => !page.includes(`\`${code}\``)),
      [],
    );
  });
});
