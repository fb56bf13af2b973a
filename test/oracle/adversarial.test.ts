import assert from 'node:assert/strict';
import path from 'node:path';
import { readCases, type AdversarialCase, type CaseEdit } from './cases.ts';
import { toMoment, type Judge } from './judge.ts';
import { Machines } from './machines.ts';
import type { Given, OracleRuntime } from './oracleRuntime.ts';
import { toTable } from './report.ts';
import { Tree, type Change } from './tree.ts';
import { describeTrial, isChanged, isReused, isStale, type Trial } from './trials.ts';

describe('oracle: edits written to break the rules', function () {
  this.timeout(60_000);
  const cases = readCases();
  const trials: Trial[] = [];
  let machines: Machines;

  before(async () => {
    machines = await Machines.start(['3.10', '3.11', '3.12', '3.13']);
  });
  after(async () => {
    console.log(toTable(trials));
    await machines.dispose();
  });

  it('has enough of them', () => {
    assert.ok(cases.flatMap(({ edits }) => edits).length >= 60);
    assert.ok(machines.runtimes.length > 0, 'needs a Python from 3.10 on');
  });

  for (const one of cases) {
    it(`${one.name}: ${one.why}`, async () => {
      const found = await Promise.all(machines.runtimes.map((runtime) => tryCase(one, runtime, machines.judge)));
      trials.push(...found.flat().map(({ trial }) => trial));
      assert.deepEqual(found.flat().flatMap(findFaults), []);
    });
  }
});

interface CaseTrial {
  readonly trial: Trial;
  readonly edit: CaseEdit;
}

async function tryCase(one: AdversarialCase, runtime: OracleRuntime, judge: Judge): Promise<CaseTrial[]> {
  const files = Object.fromEntries(Object.entries(one.files).map(([file, text]) => [file, text ?? '']));
  const tree = new Tree(path.join(runtime.folder, 'trees', one.name), files);
  judge.remember(tree);
  const given: Given = { file: 'main.py', function: 'run', params: one.params ?? {}, variables: one.variables ?? {} };
  const before = await runtime.run(tree, given);
  assert.ok(before.succeeded, `fails as it is on ${runtime.python}: ${before.result}`);
  const moment = toMoment(tree, given);
  const trials: CaseTrial[] = [];
  for (const edit of one.edits) {
    const now: Given = { ...given, params: edit.params ?? given.params, variables: edit.variables ?? given.variables };
    const { verdict, after } = await withChange(tree, edit.files, async () => {
      judge.remember(tree);
      return { verdict: await judge.verdict(moment, before, toMoment(tree, now)), after: await runtime.run(tree, now) };
    });
    const place = {
      kind: edit.changes === false ? 'same' : 'changes',
      file: Object.keys(edit.files).join(', '),
      label: edit.name,
      reached: true,
    };
    trials.push({ edit, trial: { program: one.name, function: 'run', python: runtime.python, edit: place, before, verdict, after } });
  }
  return trials;
}

async function withChange<T>(tree: Tree, change: Change, work: () => Promise<T>): Promise<T> {
  const back = tree.change(change);
  try {
    return await work();
  } finally {
    tree.change(back);
  }
}

function findFaults({ trial, edit }: CaseTrial): string[] {
  if (isStale(trial)) return [`stale: ${describeTrial(trial)}`];
  // A case that does not do what it says proves nothing.
  if (edit.changes !== undefined && isChanged(trial) !== edit.changes)
    return [`says (${edit.changes ? 'changes' : 'same'}), but: ${describeTrial(trial)}`];
  return edit.mustReuse && !isReused(trial) ? [`needless: ${describeTrial(trial)}`] : [];
}
