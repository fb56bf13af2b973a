import assert from 'node:assert/strict';
import { nextFires } from '../../../../language/service/nextFires.ts';

describe('nextFires', () => {
  const rows: readonly (readonly [string, string, string, string, readonly string[]])[] = [
    [
      'after the given time, not at it',
      '0 3 * * *',
      'UTC',
      '2026-01-01T03:00:00Z',
      ['2026-01-02T03:00:00.000Z', '2026-01-03T03:00:00.000Z'],
    ],
    [
      'in the zone, on both sides of summer time',
      '0 3 * * *',
      'Australia/Sydney',
      '2026-10-02T18:00:00Z',
      ['2026-10-03T16:00:00.000Z', '2026-10-04T16:00:00.000Z'],
    ],
    [
      'after the gap in spring',
      '30 2 * * *',
      'America/New_York',
      '2026-03-07T12:00:00Z',
      ['2026-03-08T07:00:00.000Z', '2026-03-09T06:30:00.000Z'],
    ],
    [
      'once in the repeated hour of autumn',
      '30 1 * * *',
      'America/New_York',
      '2026-10-31T12:00:00Z',
      ['2026-11-01T05:30:00.000Z', '2026-11-02T06:30:00.000Z'],
    ],
    ['with seconds', '*/30 * * * * *', 'UTC', '2026-01-01T00:00:00Z', ['2026-01-01T00:00:30.000Z', '2026-01-01T00:01:00.000Z']],
  ];
  for (const [title, cron, timezone, after, expected] of rows) {
    it(`fires ${title}`, () => assert.deepEqual(nextFires({ cron, timezone }, after, 2), expected));
  }
});
