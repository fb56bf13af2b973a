import assert from 'node:assert/strict';
import { Slots } from '../../../../rde-agent/executor/slots.ts';

describe('executor: slots', () => {
  it('gives a free place to the run that has the fewest, the oldest of equals', () => {
    const slots = new Slots(2);
    const started: string[] = [];
    const request = (run: string, task: number): { run: string; start: () => void } => ({
      run,
      start: () => started.push(`${run}${String(task)}`),
    });
    for (let task = 0; task < 4; task += 1) slots.request(request('a', task));
    slots.request(request('b', 0));
    slots.request(request('c', 0));
    assert.deepEqual(started, ['a0', 'a1']);
    slots.release('a');
    slots.release('a');
    assert.deepEqual(started, ['a0', 'a1', 'b0', 'a2']);
    slots.release('b');
    slots.release('a');
    assert.deepEqual(started.slice(4), ['c0', 'a3']);
  });

  it('forgets what was withdrawn', () => {
    const slots = new Slots(1);
    const started: string[] = [];
    slots.request({ run: 'a', start: () => started.push('a') });
    const waiting = { run: 'b', start: () => started.push('b') };
    slots.request(waiting);
    slots.withdraw(waiting);
    slots.release('a');
    slots.request({ run: 'c', start: () => started.push('c') });
    assert.deepEqual(started, ['a', 'c']);
  });
});
