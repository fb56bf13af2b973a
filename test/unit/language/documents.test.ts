import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIAGNOSTIC_CODES } from '../../../language/model/diagnostic.ts';
import { FILE_FORMS } from '../../../language/model/fileForms.ts';
import { checkWorkspace } from '../../../language/service/checkWorkspace.ts';
import { resolveWorkflow } from '../../../language/service/resolveWorkflow.ts';
import { readExamples, toExampleWorkspace } from '../../support/documentExamples.ts';
import { readFixture, readPython, toAbilities, toFindingText } from '../../support/languageWorkspace.ts';

const PAGE = 'docs/language.md';
const SEVERE = ['error', 'warning'];

/** Everything is sound (remarks aside) and every workflow that is not only a step could be run. */
async function assertSound(files: ReadonlyMap<string, string>): Promise<void> {
  const checked = checkWorkspace(files, toAbilities(files, await readPython()));
  assert.deepEqual(checked.diagnostics.filter(({ severity }) => SEVERE.includes(severity)).map(toFindingText), []);
  for (const name of checked.model.workflows.keys()) assert.equal(resolveWorkflow(checked, name).kind, 'resolved', name);
}

describe('docs/language.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../..', PAGE), 'utf8');
  const examples = readExamples(PAGE);

  it('has an example of every kind of file, and one of Python', () => {
    const shown = new Set(examples.map(({ text, language }) => (language === 'python' ? language : text.slice(0, text.indexOf(':')))));
    const kinds = Object.keys(FILE_FORMS).map((kind) => (kind === 'manifest' ? 'workspace' : kind));
    assert.deepEqual([...shown].sort(), [...kinds, 'python'].sort());
  });

  it('shows nothing that belongs nowhere', () => {
    assert.deepEqual(
      examples.filter(({ path }) => path === undefined),
      [],
    );
  });

  it('shows one workspace, in which nothing is wrong', async () => {
    await assertSound(new Map([...readFixture('documentRest.txt'), ...toExampleWorkspace(PAGE)]));
  });

  it('lists every code', () => {
    assert.deepEqual(
      DIAGNOSTIC_CODES.filter((code) => !page.includes(`\`${code}\``)),
      [],
    );
  });
});

describe('README.md', () => {
  it('shows nothing of the language that is wrong', async () => {
    const files = toExampleWorkspace('README.md');
    if (files.size > 0) await assertSound(new Map([...readFixture('documentRest.txt'), ...toExampleWorkspace(PAGE), ...files]));
    assert.deepEqual(
      readExamples('README.md').filter(({ path, language }) => path === undefined && language === 'yaml'),
      [],
    );
  });
});

describe('the examples that the language was designed by', () => {
  it('are a workspace in which nothing is wrong', async () => {
    await assertSound(new Map([...readFixture('documentRest.txt'), ...readFixture('design.txt')]));
  });
});
