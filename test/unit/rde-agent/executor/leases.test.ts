import assert from 'node:assert/strict';
import type { Digest } from '../../../../language/model/names.ts';
import { Leases, type Lease, type LeaseOwner } from '../../../../rde-agent/executor/leases.ts';

const KEY: Digest = `sha256:${'a'.repeat(64)}`;
const OTHER: Digest = `sha256:${'b'.repeat(64)}`;

describe('leases: one computation per key', () => {
  let now = 0;
  let leases: Leases;
  let woken: string[] = [];
  beforeEach(() => {
    now = 0;
    woken = [];
    leases = new Leases({ monotonic: () => now });
  });

  const owner = (run: string, isAlive = (): boolean => true): LeaseOwner => ({ run, task: 't', isAlive });
  const take = (run: string, key = KEY, isAlive?: () => boolean): Lease | string => {
    const taken = leases.take(key, owner(run, isAlive), () => woken.push(run));
    return taken.kind === 'mine' ? taken.lease : taken.for.run;
  };
  const mine = (taken: Lease | string): Lease => {
    assert.ok(typeof taken !== 'string', `waits for ${String(taken)}`);
    return taken;
  };

  it('gives a key to the first, and tells the others whom they wait for', () => {
    const lease = mine(take('one'));
    assert.equal(take('two'), 'one');
    assert.equal(take('three'), 'one');
    mine(take('four', OTHER));
    leases.release(lease);
    assert.deepEqual(woken, ['two', 'three']);
    assert.deepEqual(leases.size, { held: 1, waiting: 0 });
  });

  it('has exactly one new owner when the owner dies with fifty waiters', () => {
    let lease = mine(take('owner'));
    const waiters = Array.from({ length: 50 }, (_, index) => `w${String(index)}`);
    for (const waiter of waiters) assert.equal(take(waiter), 'owner');
    const served: string[] = [];
    while (served.length < waiters.length) {
      leases.release(lease);
      const again = woken.splice(0);
      assert.equal(again.length, waiters.length - served.length);
      const owners = again.map((waiter) => ({ waiter, taken: take(waiter) })).filter(({ taken }) => typeof taken !== 'string');
      assert.equal(owners.length, 1);
      for (const { waiter, taken } of owners) {
        served.push(waiter);
        lease = mine(taken);
      }
    }
    leases.release(lease);
    assert.deepEqual(leases.size, { held: 0, waiting: 0 });
  });

  it('publishes a result once, and none that comes with a lease that was given back', () => {
    const lease = mine(take('one'));
    assert.equal(leases.publishes(lease), true);
    assert.equal(leases.publishes(lease), false);
    leases.release(lease);
    assert.equal(leases.publishes(lease), false);
    leases.release(lease);
  });

  it('takes a lease away from an owner that is silent, and fences its late result off', () => {
    let isAlive = true;
    const first = mine(take('one', KEY, () => isAlive));
    assert.equal(take('two'), 'one');
    now = 100;
    leases.beat();
    assert.deepEqual(woken, [], 'a long task is no dead one');
    isAlive = false;
    now = 120;
    leases.beat();
    assert.deepEqual(woken, [], 'it may have been heard a moment ago');
    now = 131;
    leases.beat();
    assert.deepEqual(woken, ['two']);
    const second = mine(take('two'));
    assert.ok(second.token > first.token);
    assert.equal(leases.publishes(first), false);
    leases.release(first);
    assert.equal(take('three'), 'two', 'a late release is not the new owner’s');
    assert.equal(leases.publishes(second), true);
    leases.release(second);
  });

  it('lets forced work go beside the owner, and keeps the newest result', () => {
    const first = mine(take('one'));
    const forced = leases.takeBeside(KEY, owner('forced'));
    assert.equal(take('two'), 'one');
    assert.equal(leases.publishes(forced), true);
    assert.equal(leases.publishes(first), false, 'the forced one began later and is there');
    leases.release(forced);
    assert.deepEqual(woken, []);
    leases.release(first);
    assert.deepEqual(woken, ['two']);
  });

  it('lets others wait for forced work where there was no owner', () => {
    const forced = leases.takeBeside(KEY, owner('forced'));
    assert.equal(take('two'), 'forced');
    leases.release(forced);
    assert.deepEqual(woken, ['two']);
  });

  it('stores both when the owner ends before forced work does', () => {
    const first = mine(take('one'));
    const forced = leases.takeBeside(KEY, owner('forced'));
    assert.equal(leases.publishes(first), true);
    leases.release(first);
    assert.equal(leases.publishes(forced), true);
    leases.release(forced);
    assert.deepEqual(leases.size, { held: 0, waiting: 0 });
  });
});
