import assert from 'node:assert/strict';
import { RunHistory, RUNS_AT_ONCE } from '../../../../extension/agent/runHistory.ts';
import type { RunSummary } from '../../../../rde-agent/protocol/documents.ts';
import { RUNS_SHOWN } from '../../../../rde-agent/protocol/runsView.ts';

/** Newest first: run 999 is younger than run 998. Every third one is of `demo/b`. */
const ALL: readonly RunSummary[] = Array.from({ length: 250 }, (_, at) => {
  const number = 999 - at;
  return {
    run: `run-${String(number)}`,
    workflow: number % 3 === 0 ? 'demo/b' : 'demo/a',
    state: 'succeeded',
    started: '2026-01-01T00:00:00Z',
    seconds: 1,
    by: 'test',
  };
});
const live = ALL.slice(0, RUNS_SHOWN);

type Query = ConstructorParameters<typeof RunHistory>[0];

/** As the agent pages: older than `after`. */
const answer: Query = ({ after, workflow, limit }) => {
  const fitting = ALL.filter((run) => (after === undefined || run.run < after) && (workflow === undefined || run.workflow === workflow));
  const last = fitting.length > limit ? fitting[limit - 1]?.run : undefined;
  return Promise.resolve({ v: 1, runs: fitting.slice(0, limit), ...(last === undefined ? {} : { after: last }) });
};

const names = (runs: readonly RunSummary[]): readonly string[] => runs.map(({ run }) => run);

describe('the history of runs', () => {
  it('shows the newest ones, and that there are more', () => {
    const { runs, hasMore } = new RunHistory(answer).list(live);
    assert.deepEqual(names(runs), names(ALL.slice(0, RUNS_AT_ONCE)));
    assert.equal(hasMore, true);
  });

  it('goes on page by page to the very first run, each once, in order', async () => {
    const history = new RunHistory(answer);
    for (let pages = 0; history.list(live).hasMore; pages++) {
      assert.ok(pages < 20);
      await history.showMore(live);
    }
    assert.deepEqual(names(history.list(live).runs), names(ALL));
  });

  it('asks for nothing while what is live is all there is', async () => {
    const few = ALL.slice(0, 40);
    const history = new RunHistory(() => Promise.reject(new Error('was asked')));
    assert.equal(history.list(few).hasMore, true);
    await history.showMore(few);
    const { runs, hasMore } = history.list(few);
    assert.equal(runs.length, 40);
    assert.equal(hasMore, false);
  });

  it('of one workflow reaches behind what is live', async () => {
    const history = new RunHistory(answer);
    await history.filter('demo/b', live);
    while (history.list(live).hasMore) await history.showMore(live);
    assert.deepEqual(names(history.list(live).runs), names(ALL.filter(({ workflow }) => workflow === 'demo/b')));
    await history.filter(undefined, live);
    assert.deepEqual(names(history.list(live).runs), names(ALL.slice(0, RUNS_AT_ONCE)));
  });

  it('lets what is live win over what was read', async () => {
    const history = new RunHistory(answer);
    await history.showMore(live);
    const [first, ...rest] = live;
    assert.ok(first);
    const running: RunSummary = { ...first, state: 'running' };
    assert.equal(history.list([running, ...rest]).runs[0]?.state, 'running');
  });

  it('marks an older run that was pinned', async () => {
    const history = new RunHistory(answer);
    while (history.list(live).hasMore) await history.showMore(live);
    const oldest = history.list(live).runs.at(-1)?.run ?? '';
    history.markPinned(oldest, true);
    assert.equal(history.list(live).runs.at(-1)?.pinned, true);
    history.markPinned(oldest, false);
    assert.equal(history.list(live).runs.at(-1)?.pinned, false);
  });
});
