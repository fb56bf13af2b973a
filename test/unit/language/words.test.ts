import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Diagnostic } from '../../../language/model/diagnostic.ts';
import { setWords, t } from '../../../language/model/words.ts';
import type { PythonReader } from '../../../language/python/pythonReader.ts';
import { checkWorkspace } from '../../../language/service/checkWorkspace.ts';
import { readFixture, readPython, toAbilities } from '../../support/languageWorkspace.ts';
import { dropTranslated, readPseudoWords } from '../../support/pseudoLanguage.ts';

const CASES = join(import.meta.dirname, '../../fixtures/language/cases');
const NAMES = readdirSync(CASES)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => basename(file, '.txt'));

/** Codes whose words are partly somebody else's: what the reader of YAML or of schedules says. */
const OTHERS = new Set(['syntax', 'invalid-schedule']);

/** Names of things and types, and what stands in quotes of code, is the same in every language. */
function dropNames(text: string): string {
  return text
    .replaceAll(/`[^`]*`/g, '')
    .replaceAll(/[\w-]+(?:[/.[][\w*\].-]+)+/g, '')
    .replaceAll(/\b(?:table|model|json|float|int|string|bool|csv|parquet|Python|TypeScript|YAML|UTF)\b/g, '');
}

describe('what the checker says, in another language', () => {
  let python: PythonReader;
  before(async () => {
    python = await readPython();
    setWords(readPseudoWords('l10n/bundle.l10n.json'));
  });
  after(() => setWords(undefined));

  const check = (name: string): readonly Diagnostic[] => {
    const files = new Map([...readFixture('base.txt'), ...readFixture(`cases/${name}.txt`)]);
    return checkWorkspace(files, toAbilities(files, python)).diagnostics;
  };

  it('keeps no English of its own, neither in sentences nor in offers of repairs', () => {
    const plain: string[] = [];
    for (const name of NAMES) {
      for (const { code, message, fix } of check(name)) {
        for (const text of [message, fix?.title ?? '']) {
          const rest = dropTranslated(text, dropNames);
          if (!OTHERS.has(code) && /\p{L}{3,}/u.test(rest)) plain.push(`${name} ${code}: ${text}`);
        }
      }
    }
    assert.deepEqual(plain, []);
  });

  it('finds the same, at the same places, with the same repairs', () => {
    const toPlain = ({ message: _, fix, ...rest }: Diagnostic) => ({ ...rest, edits: fix?.edits });
    for (const name of NAMES) {
      const translated = check(name).map(toPlain);
      setWords(undefined);
      const english = check(name).map(toPlain);
      setWords(readPseudoWords('l10n/bundle.l10n.json'));
      assert.deepEqual(translated, english, name);
    }
  });
});

describe('texts', () => {
  afterEach(() => setWords(undefined));

  it('are looked up as they are written, whether a literal or a template', () => {
    setWords({ 'No step uses `{0}`.': 'Kein Schritt nutzt `{0}`.', 'not here': 'nicht hier', '{0} of {1}': '{1}: {0}' });
    assert.equal(t('not here'), 'nicht hier');
    assert.equal(t`No step uses \`${'{1} $&'}\`.`, 'Kein Schritt nutzt `{1} $&`.');
    assert.equal(t`${1} of ${2}`, '2: 1');
    assert.equal(t`unknown ${'x'}`, 'unknown x');
    assert.equal(t('toString'), 'toString');
  });
});
