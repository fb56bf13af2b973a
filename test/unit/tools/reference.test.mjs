import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { toReferencePages } from '../../../tools/reference/pages.mjs';

const folder = new URL('../../../docs/reference/', import.meta.url);

describe('reference pages', () => {
  for (const [name, text] of Object.entries(toReferencePages()))
    it(`docs/reference/${name} says what the program declares`, () => {
      const file = new URL(name, folder);
      const isFresh = existsSync(file) && readFileSync(file, 'utf8') === text;
      assert.ok(isFresh, `docs/reference/${name} has fallen behind: run \`npm run reference\``);
    });

  it('has an example of every command', () => {
    const parts = toReferencePages()['commands.md'].split('\n## ').slice(1);
    assert.deepEqual(
      parts.filter((part) => !part.includes('```sh\n')).map((part) => part.split('\n', 1)[0]),
      [],
    );
  });
});
