import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DEFAULT_CATCH_UP_LIMIT, type Schedule } from '../../../../language/model/schedule.ts';
import { nextFires } from '../../../../language/service/nextFires.ts';
import {
  NO_SCHEDULE,
  QUEUE_LIMIT,
  decideSchedule,
  reduceSchedule,
  toNextFire,
  toPausedMiss,
  type ScheduleCommand,
  type ScheduleState,
} from '../../../../rde-agent/engine/schedule.ts';
import { ScheduleBench, toTime } from '../../../support/scheduleBench.ts';

const HOURLY: Schedule = {
  cron: '0 * * * *',
  timezone: 'UTC',
  catchUp: 'latest',
  catchUpLimit: DEFAULT_CATCH_UP_LIMIT,
  overlap: 'skip',
  params: {},
};

function toActive(schedule: Schedule, at: string): ScheduleState {
  return reduceSchedule(NO_SCHEDULE, { type: 'schedule.started', workflow: 'a/b', schedule }, toTime(at), 'local:me');
}

/** `fire 03:00`, `miss 01:00-02:00 (2, catch-up)` */
function toText(command: ScheduleCommand): string {
  const clock = (time: string): string => time.slice(11, 16);
  switch (command.kind) {
    case 'cancel':
      return 'cancel';
    case 'miss':
      return `miss ${clock(command.from)}-${clock(command.to)} (${String(command.count)}, ${command.because})`;
    default:
      return `${command.kind} ${clock(command.nominalTime)}`;
  }
}

interface Case {
  readonly changes?: Partial<Schedule>;
  readonly now: string;
  /** default: the start of the schedule */
  readonly watching?: string;
  readonly busy?: boolean;
  readonly expected: readonly string[];
}

function check(title: string, { changes = {}, now, watching = '00:00', busy = false, expected }: Case): void {
  it(title, () => {
    const state = toActive({ ...HOURLY, ...changes }, '00:00');
    const commands = decideSchedule(state, { now: toTime(now), watching: toTime(watching), busy }, nextFires);
    assert.deepEqual(commands.map(toText), expected);
  });
}

describe('schedule: what is due', () => {
  check('does nothing before the first fire time', { now: '00:59', expected: [] });
  check('fires at the fire time', { now: '01:00', expected: ['fire 01:00'] });
  check('fires late within its watch, once', { now: '01:10', expected: ['fire 01:00'] });

  check('overlap skip: misses while a run is not finished', { now: '01:00', busy: true, expected: ['miss 01:00-01:00 (1, overlap)'] });
  check('overlap skip: the first of several fires', { now: '03:30', expected: ['fire 01:00', 'miss 02:00-03:00 (2, overlap)'] });
  check('overlap queue: waits while a run is not finished', {
    changes: { overlap: 'queue' },
    now: '02:00',
    busy: true,
    expected: ['queue 01:00', 'queue 02:00'],
  });
  check('overlap cancel: ends the run and fires', {
    changes: { overlap: 'cancel' },
    now: '01:00',
    busy: true,
    expected: ['cancel', 'fire 01:00'],
  });
  check('overlap cancel: of several only the newest fires', {
    changes: { overlap: 'cancel' },
    now: '03:00',
    busy: true,
    expected: ['cancel', 'miss 01:00-02:00 (2, overlap)', 'fire 03:00'],
  });

  const away = { watching: '05:30', now: '05:30' };
  check('catchUp none: what passed while nobody was here is missed', {
    changes: { catchUp: 'none' },
    ...away,
    expected: ['miss 01:00-05:00 (5, catch-up)'],
  });
  check('catchUp latest: the last of it fires', { ...away, expected: ['miss 01:00-04:00 (4, catch-up)', 'fire 05:00'] });
  check('catchUp latest: meets a run that goes on like any other time', {
    ...away,
    busy: true,
    expected: ['miss 01:00-04:00 (4, catch-up)', 'miss 05:00-05:00 (1, overlap)'],
  });
  check('catchUp all: one after another, whatever overlap says', {
    changes: { catchUp: 'all' },
    ...away,
    expected: ['fire 01:00', 'queue 02:00', 'queue 03:00', 'queue 04:00', 'queue 05:00'],
  });
  check('catchUp all: at most the limit, the newest', {
    changes: { catchUp: 'all', catchUpLimit: 2 },
    ...away,
    expected: ['miss 01:00-03:00 (3, catch-up)', 'fire 04:00', 'queue 05:00'],
  });
  check('a time after the break is met by overlap', {
    watching: '04:30',
    now: '05:00',
    expected: ['miss 01:00-03:00 (3, catch-up)', 'fire 04:00', 'miss 05:00-05:00 (1, overlap)'],
  });
});

describe('schedule: its life', () => {
  it('keeps at most so many waiting, and fires them in order', () => {
    const bench = new ScheduleBench({ ...HOURLY, overlap: 'queue' }, '00:00');
    bench.busy = true;
    bench.passTo('20:00');
    assert.equal(bench.state.queue.length, QUEUE_LIMIT);
    assert.equal(bench.missed.length, 4, 'what came last found no room');
    bench.busy = false;
    bench.passTo('20:30');
    assert.equal(bench.fired.at(-1), toTime('01:00'));
    assert.equal(bench.state.queue.length, QUEUE_LIMIT - 1);
  });

  it('misses what passes in a pause, and does not catch it up', () => {
    const bench = new ScheduleBench({ ...HOURLY, catchUp: 'all' }, '00:00');
    bench.pause();
    bench.passTo('04:30');
    assert.deepEqual(bench.fired, []);
    const missed = toPausedMiss(bench.state, toTime('04:30'), nextFires);
    assert.deepEqual(missed && toText(missed), 'miss 01:00-04:00 (4, paused)');
    bench.resume();
    bench.passTo('05:00');
    assert.deepEqual(bench.fired, [toTime('05:00')]);
    assert.deepEqual(
      bench.missed,
      ['01:00', '04:00'].map((time) => toTime(time)),
    );
  });

  it('fires nothing after a stop, and from the new start on', () => {
    const bench = new ScheduleBench(HOURLY, '00:00');
    bench.stop();
    bench.passTo('03:30');
    bench.start({ ...HOURLY, cron: '15 * * * *' });
    bench.passTo('05:00');
    assert.deepEqual(
      bench.fired,
      ['04:15'].map((time) => toTime(time)),
      'the run of 04:15 goes on at 05:00',
    );
    assert.equal(toNextFire(bench.state, nextFires), toTime('05:15'));
  });

  it('F23: fires no time twice though the clock goes back, and goes on after it', () => {
    const bench = new ScheduleBench(HOURLY, '00:00');
    bench.endsAtOnce = true;
    bench.passTo('03:00');
    bench.jumpTo('01:30');
    bench.passTo('04:00');
    assert.deepEqual(
      bench.fired,
      ['01:00', '02:00', '03:00', '04:00'].map((time) => toTime(time)),
    );
  });

  it('F23: a jump of the clock forward is a break like any other', () => {
    const bench = new ScheduleBench({ ...HOURLY, catchUp: 'latest' }, '00:00');
    bench.endsAtOnce = true;
    bench.passTo('01:00');
    bench.jumpTo('09:10');
    assert.deepEqual(
      bench.fired,
      ['01:00', '09:00'].map((time) => toTime(time)),
    );
  });

  it('F23: started anew after the clock was ahead, it fires again, but not what was fired', () => {
    const bench = new ScheduleBench(HOURLY, '00:00');
    bench.endsAtOnce = true;
    bench.jumpTo('05:10');
    bench.jumpTo('03:30');
    bench.stop();
    bench.start(HOURLY);
    bench.passTo('06:00');
    assert.deepEqual(
      bench.fired,
      ['05:00', '04:00', '06:00'].map((time) => toTime(time)),
    );
  });

  it('looks at a second-by-second schedule that slept for a year without counting each second', () => {
    const secondly: Schedule = { ...HOURLY, cron: '* * * * * *', catchUp: 'all', catchUpLimit: 3 };
    const state = toActive(secondly, '00:00');
    const now = '2027-01-10T00:00:00.500Z';
    const commands = decideSchedule(state, { now, watching: now, busy: false }, nextFires);
    assert.deepEqual(
      commands.map((command) =>
        command.kind === 'miss' ? `miss to ${command.to}` : 'nominalTime' in command ? `${command.kind} ${command.nominalTime}` : 'cancel',
      ),
      [
        'miss to 2027-01-09T23:59:57.999Z',
        'fire 2027-01-09T23:59:58.000Z',
        'queue 2027-01-09T23:59:59.000Z',
        'queue 2027-01-10T00:00:00.000Z',
      ],
    );
  });
});

describe('F23: fire times of zones', () => {
  const TABLE: readonly (readonly [why: string, cron: string, timezone: string, after: string, expected: readonly string[]])[] = [
    [
      '02:30 in the gap of Berlin is 03:00 local',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T12:00',
      ['2026-03-29T01:00', '2026-03-30T00:30'],
    ],
    [
      '02:30 in the gap of Sydney is 03:00 local',
      '30 2 * * *',
      'Australia/Sydney',
      '2026-10-03T00:00',
      ['2026-10-03T16:00', '2026-10-04T15:30'],
    ],
    [
      '01:30 in the repeat of New York fires once',
      '30 1 * * *',
      'America/New_York',
      '2026-11-01T00:00',
      ['2026-11-01T05:30', '2026-11-02T06:30'],
    ],
    [
      'hourly goes through the repeat',
      '30 * * * *',
      'America/New_York',
      '2026-11-01T04:45',
      ['2026-11-01T05:30', '2026-11-01T06:30', '2026-11-01T07:30'],
    ],
    ['hourly goes through the gap', '30 * * * *', 'America/New_York', '2026-03-08T06:00', ['2026-03-08T06:30', '2026-03-08T07:30']],
    ['the 29th of February', '0 12 29 2 *', 'UTC', '2026-01-01T00:00', ['2028-02-29T12:00', '2032-02-29T12:00']],
    ['a day that never comes', '0 0 30 2 *', 'UTC', '2026-01-01T00:00', []],
    ['the other side of midnight', '0 3 * * *', 'Australia/Sydney', '2026-06-30T00:00', ['2026-06-30T17:00', '2026-07-01T17:00']],
  ];
  for (const [why, cron, timezone, after, expected] of TABLE) {
    it(why, () => {
      const found = nextFires({ cron, timezone }, `${after}:00.000Z`, expected.length === 0 ? 1 : expected.length);
      assert.deepEqual(
        found,
        expected.map((time) => `${time}:00.000Z`),
      );
    });
  }

  it('a schedule that is asked every three hours fires or misses each time that one question lists, once', () => {
    for (const timezone of ['America/New_York', 'Australia/Lord_Howe']) {
      const schedule: Schedule = { ...HOURLY, cron: '*/45 1-3 * * *', timezone };
      const bench = new ScheduleBench(schedule, '00:00');
      bench.endsAtOnce = true;
      for (let step = 1; step <= 800; step += 1) bench.tick(new Date(Date.parse(toTime('00:00')) + step * 10_800_000).toISOString());
      const all = nextFires(schedule, toTime('00:00'), 1_000).filter((time) => time <= bench.now);
      assert.equal(bench.fired.length + bench.missedCount, all.length);
      assert.deepEqual(
        bench.fired,
        [...new Set(bench.fired)].filter((time) => all.includes(time)),
      );
    }
  });
});

describe('F23: whatever the clock does', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 300 }) }) },
    fc.record({ kind: fc.constant('jump' as const), minutes: fc.integer({ min: -600, max: 600 }) }),
    fc.record({ kind: fc.constantFrom('end' as const, 'pause' as const, 'resume' as const, 'restart' as const), minutes: fc.constant(0) }),
  );
  const schedules = fc.record({
    cron: fc.constantFrom('0 * * * *', '*/20 * * * *', '30 2 * * *', '7,8 */3 * * *'),
    catchUp: fc.constantFrom('none' as const, 'latest' as const, 'all' as const),
    overlap: fc.constantFrom('skip' as const, 'queue' as const, 'cancel' as const),
    catchUpLimit: fc.integer({ min: 1, max: 6 }),
  });

  it('each fire time is fired at most once, what is missed is not fired, and what waits is bounded', () => {
    fc.assert(
      fc.property(schedules, fc.array(step, { maxLength: 30 }), (changes, steps) => {
        const bench = new ScheduleBench({ ...HOURLY, ...changes }, '12:00');
        for (const { kind, minutes } of steps) {
          const then = new Date(Date.parse(bench.now) + minutes * 60_000).toISOString();
          if (kind === 'pass') bench.passToTime(then);
          else if (kind === 'jump') bench.jumpToTime(then);
          else if (kind === 'end') bench.busy = false;
          else if (kind === 'pause') bench.pause();
          else if (kind === 'resume' && bench.state.kind === 'paused') bench.resume();
          else if (kind === 'restart') bench.jumpToTime(bench.now);
          assert.ok(bench.state.queue.length <= Math.max(QUEUE_LIMIT, changes.catchUpLimit));
        }
        assert.equal(new Set(bench.fired).size, bench.fired.length);
        assert.deepEqual(
          bench.fired.filter((time) => bench.missed.includes(time)),
          [],
        );
      }),
      { numRuns: 150 },
    );
  });
});
