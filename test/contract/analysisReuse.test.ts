import assert from 'node:assert/strict';
import path from 'node:path';
import type { Reason } from '../../rde-agent/protocol/reason.ts';
import { Machines } from '../oracle/machines.ts';
import { toMoment, type Moment, type Verdict } from '../oracle/judge.ts';
import type { Execution, Given, OracleRuntime } from '../oracle/oracleRuntime.ts';
import { Tree, type Change } from '../oracle/tree.ts';

/** Replaces a text that stands once in a file. */
type Edit = readonly [file: string, old: string, next: string];

const FILES: Change = {
  'main.py': `"""Entry."""
import functools
from dataclasses import dataclass
from functools import partial

from features import Box, Settings, clean, make, scale
from features.late import later as soon
import settings
import names.inside

LIMIT = 3
UNUSED = 4


@dataclass
class Row:
    value: int
    weight: float = 1.0


def helper(x):
    "Adds."
    return x + LIMIT  # a comment


def unreached(x):
    return x * 1000


def outer(n):
    def inner(x):
        return x + n

    def never():
        return 5

    return inner


def run():
    rows = [Row(value) for value in clean([3, 1, 2])]
    total = sum(row.value * row.weight for row in rows)
    both = partial(scale, factor=2)
    box = Box(total)
    ordered = sorted([3, 1], key=lambda x: -x)
    return [helper(total), both(5), box.size, outer(1)(2), make(3), ordered, soon(), settings.MODE, settings.optional(), names.inside.VALUE]
`,
  'features/__init__.py': `from .cleaning import clean
from .shapes import Box
from .shapes import make, scale


class Settings:
    depth = 2

    def never(self):
        return 0
`,
  'features/cleaning.py': `from . import constants


def clean(rows, drop=constants.DROP):
    return [row for row in rows if row != drop]


def spare(rows):
    return rows
`,
  'features/constants.py': `DROP = 2
OTHER = 1
`,
  'features/shapes.py': `import functools

CACHE = {}


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **keywords):
        return function(*args, **keywords) + 0

    return wrapper


class Base:
    factor = 10

    @property
    def size(self):
        return self.value * self.factor

    def unreached(self):
        return 1


class Box(Base):
    def __init__(self, value):
        self.value = value


@logged
def scale(x, factor=1):
    return x * factor


def make(n):
    return sum(step(n))


def step(n):
    for i in range(n):
        yield i
`,
  'features/late.py': `def later():
    return "late"
`,
  'settings.py': `try:
    import speedups
    MODE = "fast"
except ImportError:
    MODE = "slow"


def optional():
    from features import constants
    return constants.DROP
`,
  'names/inside.py': `VALUE = 7
`,
  'unloaded.py': `print("never imported")
`,
};

/** What must be reused, as nothing that ran or was looked at differs. */
const REUSED: readonly (readonly [string, Edit | Change])[] = [
  ['a comment', ['main.py', '# a comment', '# another one']],
  ['a comment above everything', ['main.py', '"""Entry."""\n', '# new\n\n"""Entry."""\n']],
  ['a docstring', ['main.py', '"Adds."', '"Adds the limit."']],
  ['a docstring that goes', ['main.py', '    "Adds."\n', '']],
  ['the docstring of the module', ['main.py', '"""Entry."""', '"""The entry."""']],
  ['formatting', ['main.py', 'both = partial(scale, factor=2)', 'both = partial(\n        scale,\n        factor=2,\n    )']],
  ['an unreached function', ['main.py', 'x * 1000', 'x * 2000 + 1']],
  ['an unreached function that goes', ['main.py', 'def unreached(x):\n    return x * 1000\n', '']],
  ['a new function', ['main.py', 'def unreached(x):', 'def fresh(a: int = 1) -> int:\n    return a\n\n\ndef unreached(x):']],
  ['an unreached method', ['features/shapes.py', 'return 1\n', 'return 11\n']],
  ['an unreached function in another file', ['features/cleaning.py', 'return rows\n', 'return rows[:1]\n']],
  ['an unreached nested function', ['main.py', 'return 5', 'return 6']],
  ['a constant that nothing asks for', ['main.py', 'UNUSED = 4', 'UNUSED = 5']],
  ['a constant that comes', ['features/constants.py', 'OTHER = 1', 'OTHER = 1\nMORE = [1, 2]']],
  ['an empty table that goes', ['features/shapes.py', 'CACHE = {}\n', '']],
  ['two functions that change places', { 'main.py': swap(FILES['main.py'] ?? '', 'def helper(x):', 'def unreached(x):', 'def outer(n):') }],
  ['a file that is not loaded', ['unloaded.py', 'never', 'not']],
  ['a file that comes', { 'another.py': 'x = 1\n' }],
  ['a default of an unreached function', ['features/cleaning.py', 'def spare(rows):', 'def spare(rows, more=1):']],
];

/** What must run again, and what is named. */
const RERUN: readonly (readonly [string, Edit | Change, Partial<Reason>])[] = [
  ['the entry', ['main.py', 'return [helper(total)', 'return [1 + helper(total)'], { symbol: 'run', file: 'main.py', line: 40 }],
  ['a helper', ['main.py', 'return x + LIMIT', 'return x - LIMIT'], { symbol: 'helper', file: 'main.py' }],
  ['a constant', ['main.py', 'LIMIT = 3', 'LIMIT = 30'], { symbol: 'LIMIT', before: '3', after: '30' }],
  ['the type of a constant', ['main.py', 'LIMIT = 3', 'LIMIT = 3.0'], { symbol: 'LIMIT', before: '3', after: '3.0' }],
  [
    'a constant in another file',
    ['features/constants.py', 'DROP = 2', 'DROP = 1'],
    { symbol: 'DROP', file: 'features/constants.py', line: 1 },
  ],
  [
    'a field of a dataclass',
    ['main.py', 'weight: float = 1.0', 'weight: float = 2.0'],
    { symbol: 'Row.weight', before: '1.0', after: '2.0' },
  ],
  ['a method of a base class', ['features/shapes.py', 'self.value * self.factor', 'self.value + self.factor'], { symbol: 'Base.size' }],
  ['an attribute of a class', ['features/shapes.py', 'factor = 10', 'factor = 11'], { symbol: 'Base.factor', before: '10', after: '11' }],
  ['a base class', ['features/shapes.py', 'class Box(Base):', 'class Box(Base, dict):'], { symbol: 'Box' }],
  [
    'what a decorator does',
    ['features/shapes.py', 'function(*args, **keywords) + 0', 'function(*args, **keywords) + 1'],
    { symbol: 'logged.wrapper' },
  ],
  ['a decorator that goes', ['features/shapes.py', '@logged\n', ''], { symbol: 'scale', file: 'features/shapes.py' }],
  ['a default', ['features/cleaning.py', 'drop=constants.DROP', 'drop=1'], { symbol: 'clean', file: 'features/cleaning.py' }],
  ['a closure', ['main.py', 'return x + n', 'return x - n'], { symbol: 'outer.inner' }],
  ['a capture by a function that never ran', ['main.py', 'return 5', 'return n'], { symbol: 'outer' }],
  ['a lambda', ['main.py', 'lambda x: -x', 'lambda x: x'], { symbol: 'run.<lambda>' }],
  ['a generator', ['features/shapes.py', 'yield i\n', 'yield i + 1\n'], { symbol: 'step' }],
  ['a helper through two files', ['features/late.py', '"late"', '"later"'], { symbol: 'later', file: 'features/late.py' }],
  [
    'an import that is exported again',
    ['features/__init__.py', 'from .shapes import Box', 'from .shapes import Base as Box'],
    { file: 'features/__init__.py', line: 2 },
  ],
  [
    'a statement with effects',
    ['settings.py', 'try:', 'print("loaded")\ntry:'],
    { symbol: 'print("loaded")', file: 'settings.py', line: 1 },
  ],
  ['a file that an import looked for', { 'speedups.py': 'x = 1\n' }, { kind: 'import', file: 'speedups.py' }],
  ['a file that hides another', { 'settings/__init__.py': 'MODE = "other"\n' }, { kind: 'import' }],
  ['a constant in a namespace package', ['names/inside.py', 'VALUE = 7', 'VALUE = 8'], { symbol: 'VALUE', file: 'names/inside.py' }],
  ['a file that is gone', { 'features/late.py': null }, { kind: 'code', file: 'features/late.py' }],
  [
    'a file that does not parse any more',
    ['features/late.py', 'return "late"', 'return "late'],
    { kind: 'code', file: 'features/late.py', line: 2 },
  ],
  ['a name that hides another', ['main.py', 'UNUSED = 4', 'sum = max'], { symbol: 'sum' }],
  ['a definition that comes later again', ['main.py', 'def unreached(x):', 'def helper(x):'], { file: 'main.py' }],
];

for (const python of ['3.11', '3.13']) {
  // Debian's own is always there; others are where somebody has installed them.
  const needs = python === '3.11' ? '' : ` (needs interpreter: Python ${python})`;
  describe(`reuse by what ran, on Python ${python}${needs}`, function () {
    this.timeout(120_000);
    let machines: Machines;
    let runtime: OracleRuntime;
    let tree: Tree;
    let execution: Execution;
    let moment: Moment;
    const given: Given = { file: 'main.py', function: 'run', params: {}, variables: {} };

    before(async function () {
      machines = await Machines.start([python]);
      const [found] = machines.runtimes;
      if (found === undefined) return this.skip();
      runtime = found;
      tree = new Tree(
        path.join(runtime.folder, 'tree'),
        Object.fromEntries(Object.entries(FILES).map(([file, text]) => [file, text ?? ''])),
      );
      machines.judge.remember(tree);
      execution = await runtime.run(tree, given);
      assert.ok(execution.succeeded, execution.result);
      moment = toMoment(tree, given);
    });
    after(() => machines.dispose());

    async function judge(edit: Edit | Change): Promise<Verdict> {
      const back = tree.change(toChange(tree, edit));
      try {
        machines.judge.remember(tree);
        return await machines.judge.verdict(moment, execution, toMoment(tree, given));
      } finally {
        tree.change(back);
      }
    }

    for (const [what, edit] of REUSED) {
      it(`reuses after ${what}`, async () => {
        const verdict = await judge(edit);
        assert.equal(verdict.kind, 'same', verdict.kind === 'differs' ? verdict.reasons.map(({ message }) => message).join('; ') : '');
      });
    }

    for (const [what, edit, expected] of RERUN) {
      it(`runs again after ${what}`, async () => {
        const verdict = await judge(edit);
        assert.equal(verdict.kind, 'differs');
        const [first] = verdict.kind === 'differs' ? verdict.reasons : [];
        assert.deepEqual(first && Object.fromEntries(Object.entries(first).filter(([key]) => key in expected)), expected, first?.message);
      });
    }

    it('says where an excuse was needed', async () => {
      const [strict, excused] = [await judge(['main.py', '# a comment', '#']), await judge(['main.py', 'UNUSED = 4', 'UNUSED = 5'])];
      assert.deepEqual(
        [strict, excused],
        [
          { kind: 'same', excused: false },
          { kind: 'same', excused: true },
        ],
      );
    });

    it('names both of two causes', async () => {
      const text = (FILES['main.py'] ?? '')
        .replace('LIMIT = 3', 'LIMIT = 30')
        .replace('return x + n', 'return x - n')
        .replace('UNUSED = 4', 'UNUSED = 5');
      const verdict = await judge({ 'main.py': text });
      assert.deepEqual(verdict.kind === 'differs' && verdict.reasons.map(({ symbol }) => symbol), ['outer.inner', 'LIMIT']);
    });
  });
}

function toChange(tree: Tree, edit: Edit | Change): Change {
  if (!Array.isArray(edit)) return edit as Change;
  const [file, old, next] = edit as Edit;
  const text = tree.text(file) ?? '';
  assert.equal(text.split(old).length, 2, `${old} stands once in ${file}`);
  return { [file]: text.replace(old, () => next) };
}

/** The parts that begin at `first` and `second` change places; `end` begins what follows. */
function swap(text: string, first: string, second: string, end: string): string {
  const [a, b, c] = [text.indexOf(first), text.indexOf(second), text.indexOf(end)];
  return text.slice(0, a) + text.slice(b, c) + text.slice(a, b) + text.slice(c);
}
