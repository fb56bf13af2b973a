import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { extractStrings } from '../../../../tools/l10n/extractStrings.mjs';
import { root } from '../../../../tools/setup/paths.mjs';
import { setWords, t } from '../../../../webviews/protocol/words.ts';

const read = (file: string): unknown => JSON.parse(readFileSync(path.join(root, file), 'utf8'));

/** What of the manifest people read. */
const SHOWN = new Set(['title', 'displayName', 'description', 'markdownDescription', 'contents', 'name', 'label']);
/** Names, which are the same in every language. */
const NAMES = /^(Cairn|cairn-ml|cairn|cairn-watch|\$\(.*\))$|^An ML development studio inside VS Code/;

function collectTexts(value: unknown, key = ''): readonly string[] {
  if (typeof value === 'string') return SHOWN.has(key) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([inner, one]) => collectTexts(one, Array.isArray(value) ? key : inner));
}

describe('the words of the extension', () => {
  let found: ReturnType<typeof extractStrings>;

  before(function () {
    this.timeout(30_000);
    found = extractStrings();
  });

  it('are all translated where they stand', () => assert.deepEqual(found.untranslated, []));

  it('are all in the bundle that translators begin from (`npm run l10n`)', () => {
    assert.deepEqual(Object.keys(read('l10n/bundle.l10n.json') as object), found.messages);
  });

  it('of the manifest are all in its language file, and none there is left over', () => {
    const manifest = readFileSync(path.join(root, 'package.json'), 'utf8');
    const used = new Set([...manifest.matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key));
    assert.deepEqual(Object.keys(read('package.nls.json') as object).sort(), [...used].sort());
  });

  it('of the manifest are no literals', () => {
    const { contributes } = read('package.json') as { contributes: unknown };
    const literals = collectTexts(contributes).filter((text) => !/^%[\w.]+%$/.test(text) && !NAMES.test(text));
    assert.deepEqual(literals, []);
  });

  it('take the place of the English ones, with the same arguments', () => {
    setWords({ '{0} of {1} reused': '{1}, davon {0} wiederverwendet' });
    try {
      assert.equal(t('{0} of {1} reused', 3, 5), '5, davon 3 wiederverwendet');
      assert.equal(t('toString {0}', 'x'), 'toString x');
      assert.equal(t('{0} {2}', 'a'), 'a {2}');
    } finally {
      setWords(undefined);
    }
  });
});
