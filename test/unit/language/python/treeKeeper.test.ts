import assert from 'node:assert/strict';
import { createRandom } from '../../../support/editFuzz.ts';
import { readPython } from '../../../support/languageWorkspace.ts';

const EDITS = 60;
const SEED = Number(process.env['CAIRN_FUZZ_SEED'] ?? 7);
const PIECES = [
  'x',
  '(',
  ')',
  ':',
  '\n',
  '\n    ',
  '"',
  '#',
  'def run(b):\n    return {}\n',
  ', c=1',
  '{',
  '}',
  'return {"a": 1}',
  '\\',
  '"""',
  'é',
];

function makeCode(): string {
  const helpers = Array.from(
    { length: 80 },
    (_, index) => `def helper${index}(a, b=1):\n    """About it."""\n    return [a * b for _ in range(${index})]\n\n`,
  );
  return `import os\n\n${helpers.join('')}def run(rows, window: int = 7):\n    if rows:\n        return {"out": rows}\n    return {"out": window}\n`;
}

/** Two long texts that are near to nothing: after them no tree is left to go on from. */
const strangers = [1, 2].map((index) => `VALUE_${index} = [\n${`    ${index},\n`.repeat(900)}]\n`);

describe('code that is read as it is typed', () => {
  it(`is read as if it were whole, over ${EDITS} edits (seed ${SEED})`, async function () {
    this.timeout(120_000);
    const python = await readPython();
    const random = createRandom(SEED);
    let text = makeCode();
    for (let edit = 0; edit < EDITS; edit += 1) {
      if (edit % 5 === 0) text = makeCode();
      const before = text;
      const at = text.length - 1 - random(edit % 2 === 0 ? 200 : text.length - 1);
      text = text.slice(0, at) + (PIECES[random(PIECES.length)] ?? '') + text.slice(at + random(3));
      python.readEntry(before, 'run');
      const typed = python.readEntry(text, 'run');
      for (const stranger of strangers) python.readEntry(stranger, 'run');
      assert.deepEqual(typed, python.readEntry(text, 'run'), `edit ${edit}: ${text.slice(-300)}`);
    }
  });
});
