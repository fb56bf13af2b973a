import assert from 'node:assert/strict';
import { Slots, type SlotRequest } from '../../../../rde-agent/executor/slots.ts';

/** Requests that write down when they get their place. */
class Line {
  readonly started: string[] = [];

  ask(slots: Slots, name: string, changes: Partial<SlotRequest> = {}): SlotRequest {
    const run = name.replace(/\d+$/, '');
    const request = {
      cluster: 'local',
      run,
      task: name,
      share: run,
      priority: 0,
      limit: undefined,
      start: () => this.started.push(name),
      ...changes,
    };
    slots.request(request);
    return request;
  }
}

describe('executor: slots', () => {
  let line: Line;
  beforeEach(() => (line = new Line()));

  it('gives a free place to the run that has the fewest, the oldest of equals', () => {
    const slots = new Slots(2);
    const [a0, a1] = ['a0', 'a1', 'a2', 'a3'].map((name) => line.ask(slots, name)) as [SlotRequest, SlotRequest];
    const b0 = line.ask(slots, 'b0');
    line.ask(slots, 'c0');
    assert.deepEqual(line.started, ['a0', 'a1']);
    slots.release(a0);
    slots.release(a1);
    assert.deepEqual(line.started, ['a0', 'a1', 'b0', 'a2']);
    slots.release(b0);
    assert.deepEqual(line.started.slice(4), ['c0']);
  });

  it('tells who has a place and for how long, and how many tasks wait', () => {
    let now = 10;
    let changes = 0;
    const slots = new Slots(1, { big: 2 }, () => now);
    slots.onDidChange = () => (changes += 1);
    assert.deepEqual([slots.status('local'), slots.status('big').size], [{ size: 1, queued: 0, held: [] }, 2]);
    const a0 = line.ask(slots, 'a0');
    line.ask(slots, 'a1');
    line.ask(slots, 'b0', { tasks: () => 40 });
    now = 12.5;
    assert.deepEqual(slots.status('local'), { size: 1, queued: 41, held: [{ run: 'a', task: 'a0', seconds: 2.5 }] });
    slots.release(a0);
    assert.deepEqual(slots.status('local').held, [{ run: 'a', task: 'a1', seconds: 0 }]);
    assert.ok(changes >= 4);
  });

  it('forgets what was withdrawn', () => {
    const slots = new Slots(1);
    const a = line.ask(slots, 'a');
    slots.withdraw(line.ask(slots, 'b'));
    slots.release(a);
    line.ask(slots, 'c');
    assert.deepEqual(line.started, ['a', 'c']);
  });

  it('gives a place to the higher priority first, whoever came before', () => {
    const slots = new Slots(1);
    const first = line.ask(slots, 'a0');
    line.ask(slots, 'a1', { priority: -5 });
    const high = line.ask(slots, 'b0', { priority: 10 });
    line.ask(slots, 'c0');
    line.ask(slots, 'a2', { priority: 1 });
    slots.release(first);
    assert.deepEqual(line.started, ['a0', 'b0']);
    slots.release(high);
    assert.deepEqual(line.started, ['a0', 'b0', 'a2']);
  });

  it('has places of its own for each cluster', () => {
    const slots = new Slots(1, { big: 2 });
    for (const name of ['a0', 'a1', 'a2']) line.ask(slots, name, { cluster: 'big' });
    for (const name of ['b0', 'b1']) line.ask(slots, name);
    assert.deepEqual(line.started, ['a0', 'a1', 'b0']);
  });

  it('keeps a run to its own limit over all clusters, and gives the places to others', () => {
    const slots = new Slots(4);
    const first = line.ask(slots, 'a0', { limit: 2 });
    for (const name of ['a1', 'a2']) line.ask(slots, name, { limit: 2 });
    line.ask(slots, 'a3', { limit: 2, cluster: 'other' });
    line.ask(slots, 'b0');
    assert.deepEqual(line.started, ['a0', 'a1', 'b0']);
    slots.release(first);
    assert.deepEqual(line.started, ['a0', 'a1', 'b0', 'a2']);
  });

  it('shares between a run with all that are nested in it, and others', () => {
    const slots = new Slots(2);
    const places = ['a0', 'b0'].map((name) => line.ask(slots, name, { share: 'top' }));
    line.ask(slots, 'c0', { share: 'top' });
    line.ask(slots, 'd0');
    places.forEach((place) => slots.release(place));
    assert.deepEqual(line.started, ['a0', 'b0', 'd0', 'c0']);
  });
});
