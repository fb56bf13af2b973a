import assert from 'node:assert/strict';
import { parseRoute, toPath, toSection, type Route } from '../../../../rde-agent/portal/routes.ts';

const ROUTES: readonly Route[] = [
  { kind: 'runs' },
  { kind: 'run', run: '0198f000-0000-7000-8000-000000000001' },
  { kind: 'compare', run: 'a', other: 'b' },
  { kind: 'output', run: 'a', step: 'check/score[ridge,7]', port: 'out' },
  { kind: 'workflows' },
  { kind: 'workflow', workflow: 'flights/train?#%' },
  { kind: 'workflow', workflow: 'flights/train', as: 'pushed' },
  { kind: 'schedules' },
  { kind: 'clusters' },
  { kind: 'ledger' },
];

describe('portal/routes', () => {
  for (const route of ROUTES) {
    it(`comes back to ${toPath(route)}`, () => {
      assert.deepEqual(parseRoute(toPath(route)), route);
      assert.match(toPath(route), new RegExp(`^/${toSection(route)}(?:/|$)`));
      assert.doesNotMatch(toPath(route), /[?#]/);
    });
  }

  it('begins with the runs', () => assert.deepEqual(parseRoute('/'), { kind: 'runs' }));

  for (const path of [
    '/nothing',
    '/runs/a/b',
    '/runs/a/compare',
    '/runs/a/outputs/b',
    '/runs/a/compare/b/c',
    '/schedules/x',
    '/%',
    '/workflows/a/b',
    '/workflows/a/pushed/b',
  ])
    it(`knows no ${path}`, () => assert.equal(parseRoute(path), undefined));
});
