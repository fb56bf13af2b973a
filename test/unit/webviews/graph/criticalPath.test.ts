import assert from 'node:assert/strict';
import fc from 'fast-check';
import { NO_RUN, type RunView } from '../../../../rde-agent/protocol/runView.ts';
import { findCriticalPath, toPlannedSteps, toTimedSteps, type TimedStep } from '../../../../webviews/graph/criticalPath.ts';
import { makeTask } from '../../../support/runViews.ts';

/** `c 2 a,b`: the step c takes two seconds and needs a and b. */
function step(text: string): TimedStep {
  const [id = '', seconds = '0', needs = ''] = text.split(' ');
  return { id, seconds: Number(seconds), needs: needs.split(',').filter((need) => need !== '') };
}

function find(...texts: readonly string[]) {
  return findCriticalPath(texts.map(step));
}

const STEPS = fc
  .array(fc.record({ seconds: fc.integer({ min: 0, max: 9 }), needs: fc.array(fc.nat(30), { maxLength: 4 }) }), { maxLength: 30 })
  .map((all) =>
    all.map(({ seconds, needs }, index): TimedStep => ({
      id: `s${index}`,
      seconds,
      needs: [...new Set(needs.filter((need) => need < index))].map((need) => `s${need}`),
    })),
  );

/** By hand: the longest sum of seconds over all chains that end at a step. */
function longestTo(steps: readonly TimedStep[], id: string): number {
  const found = steps.find((one) => one.id === id);
  if (found === undefined) return 0;
  return found.seconds + Math.max(0, ...found.needs.map((need) => longestTo(steps, need)));
}

describe('findCriticalPath', () => {
  it('finds the longest chain, and by how much the others may be late', () => {
    const { path, seconds, times } = find('load 2', 'fast 1 load', 'slow 5 load', 'join 1 fast,slow', 'aside 3');
    assert.deepEqual(path, ['load', 'slow', 'join']);
    assert.equal(seconds, 8);
    assert.deepEqual(times.get('fast'), { earliestStart: 2, earliestFinish: 3, latestFinish: 7, slack: 4, isCritical: false });
    assert.equal(times.get('aside')?.slack, 5);
    assert.equal(times.get('slow')?.isCritical, true);
  });

  it('begins where time begins to be spent: what is reused is no part of it', () => {
    const { path, times } = find('reused 0', 'work 3 reused');
    assert.deepEqual(path, ['work']);
    assert.equal(times.get('reused')?.isCritical, false);
  });

  it('says nothing where nothing takes time, and survives unknown needs and cycles', () => {
    assert.deepEqual(find('a 0', 'b 0 a').path, []);
    assert.deepEqual(findCriticalPath([]).path, []);
    assert.deepEqual(find('a 1 gone').path, ['a']);
    assert.equal(find('a 1 c', 'b 1 a', 'c 1 b').times.size, 3);
    assert.equal(find('a 1 a').seconds, 1);
  });

  it('does not depend on the order of the steps', () => {
    assert.deepEqual(find('c 1 b', 'b 2 a', 'a 3').path, ['a', 'b', 'c']);
  });

  it('agrees with trying all chains (random steps)', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const { path, seconds, times } = findCriticalPath(steps);
        assert.equal(seconds, Math.max(0, ...steps.map((one) => longestTo(steps, one.id))));
        const byId = new Map(steps.map((one) => [one.id, one]));
        path.forEach((id, index) => {
          assert.equal(times.get(id)?.slack, 0);
          assert.ok(index === 0 || byId.get(id)?.needs.includes(path[index - 1] ?? ''));
        });
        assert.equal(
          path.reduce((sum, id) => sum + (byId.get(id)?.seconds ?? 0), 0),
          seconds,
        );
        for (const one of steps) assert.equal(times.get(one.id)?.earliestFinish, longestTo(steps, one.id));
        for (const one of times.values()) assert.ok(one.slack >= 0 && one.latestFinish <= seconds);
      }),
      { numRuns: 200 },
    );
  });
});

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

describe('steps with what they take', () => {
  const run: RunView = {
    ...NO_RUN,
    steps: [
      { id: 'load', kind: 'module', name: 'm', needs: [], tasks: ['load'] },
      { id: 'each', kind: 'module', name: 'm', needs: ['load'], tasks: ['each[0]', 'each[1]'] },
      { id: 'sum', kind: 'module', name: 'm', needs: ['each'], tasks: ['sum'] },
      { id: 'late', kind: 'module', name: 'm', needs: ['sum'], tasks: ['late'] },
    ],
    tasks: {
      load: makeTask('load', { state: 'succeeded', decision: 'reused', started: at(0), finished: at(0) }),
      'each[0]': makeTask('each[0]', { state: 'succeeded', decision: 'executed', started: at(1), finished: at(3), seconds: 2 }),
      'each[1]': makeTask('each[1]', { state: 'succeeded', decision: 'executed', started: at(6), finished: at(6), seconds: 2 }),
      sum: makeTask('sum', { state: 'running', decision: 'executed', started: at(6) }),
      late: makeTask('late'),
    },
  };

  it('takes a fan-out from its first start to its last end, and what runs until now', () => {
    const seconds = toTimedSteps(run, Date.parse(at(10))).map((one) => one.seconds);
    assert.deepEqual(seconds, [0, 5, 4, 0]);
  });

  it('takes the longest task of a planned fan-out, and leaves what is nested to the step that nests it', () => {
    const planned = ['load 3', 'each[a] 1', 'each[b] 4', 'each[b]/inner 4'].map((text) => {
      const { id, seconds } = step(text);
      return { step: id, decision: 'miss' as const, reasons: [], predictedSeconds: seconds };
    });
    const plan = { v: 1 as const, workflow: 'w', steps: planned, saved: 0, predictedSeconds: 12 };
    const steps = toPlannedSteps(plan, [{ from: 'load', to: 'each' }]);
    assert.deepEqual(steps, [step('load 3'), step('each 4 load')]);
    assert.deepEqual(findCriticalPath(steps).path, ['load', 'each']);
  });
});
