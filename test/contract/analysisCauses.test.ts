import assert from 'node:assert/strict';
import path from 'node:path';
import type { Reason } from '../../rde-agent/protocol/reason.ts';
import { toMoment } from '../oracle/judge.ts';
import { Machines } from '../oracle/machines.ts';
import type { Given } from '../oracle/oracleRuntime.ts';
import { Tree } from '../oracle/tree.ts';

/** Where more counts than what ran, what differs is named all the same. */
interface Case {
  readonly what: string;
  readonly main: string;
  readonly edit: readonly [old: string, next: string];
  readonly expected: readonly Partial<Reason>[];
}

const DOCS = `def work():
    """One."""


def other():
    """Not asked for."""


def run():
    return work.__doc__
`;

const TEXT = `import inspect


def work():
    return 1


def run():
    return inspect.getsource(work)
`;

const EFFECTS = `SEEN = []
SEEN.append(1)


def run():
    return SEEN
`;

const CASES: readonly Case[] = [
  { what: 'a docstring', main: DOCS, edit: ['One.', 'Two.'], expected: [{ kind: 'code', symbol: 'work', file: 'main.py', line: 1 }] },
  {
    what: 'the docstring of the module',
    main: DOCS,
    edit: ['def work', '"""All."""\ndef work'],
    expected: [{ symbol: '<module>', line: 1 }],
  },
  {
    what: 'a function whose text is read',
    main: TEXT,
    edit: ['return 1', 'return 2'],
    expected: [{ symbol: 'work', file: 'main.py', line: 4 }],
  },
  {
    what: 'a comment in text that is read',
    main: TEXT,
    edit: ['return 1', 'return 1  # one'],
    expected: [{ kind: 'code', file: 'main.py' }],
  },
  {
    what: 'one effect in the place of another',
    main: EFFECTS,
    edit: ['append(1)', 'append(2)'],
    expected: [{ symbol: 'SEEN.append(2)', line: 2, before: 'SEEN.append(1)', after: 'SEEN.append(2)' }],
  },
];

describe('causes of running again', function () {
  this.timeout(120_000);
  let machines: Machines;

  before(async function () {
    machines = await Machines.start(['3.11', '3.13']);
    // needs: one of these versions of Python on the machine
    if (machines.runtimes.length === 0) this.skip();
  });
  after(() => machines.dispose());

  for (const { what, main, edit, expected } of CASES) {
    it(`names ${what}`, async () => {
      for (const runtime of machines.runtimes) {
        const given: Given = { file: 'main.py', function: 'run', params: {}, variables: {} };
        const tree = new Tree(path.join(runtime.folder, what.replaceAll(' ', '-')), { 'main.py': main });
        machines.judge.remember(tree);
        const moment = toMoment(tree, given);
        const execution = await runtime.run(tree, given);
        assert.ok(execution.succeeded, execution.result);
        tree.change({ 'main.py': main.replace(edit[0], () => edit[1]) });
        machines.judge.remember(tree);
        const verdict = await machines.judge.verdict(moment, execution, toMoment(tree, given));
        assert.equal(verdict.kind, 'differs');
        const reasons = verdict.kind === 'differs' ? verdict.reasons : [];
        const found = reasons.map((reason, at) =>
          Object.fromEntries(Object.entries(reason).filter(([key]) => key in (expected[at] ?? {}))),
        );
        assert.deepEqual(found, expected, JSON.stringify(reasons));
      }
    });
  }
});
