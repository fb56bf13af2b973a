import assert from 'node:assert/strict';
import { toUuid7 } from '../../../../rde-agent/protocol/clock.ts';
import { CairnError, ERRORS, isErrorCode, toCairnError } from '../../../../rde-agent/protocol/errors.ts';
import { NO_RUNS, reduceRuns, RUNS_SHOWN } from '../../../../rde-agent/protocol/runsView.ts';
import { FOLDER_MODE, toTreeText } from '../../../../rde-agent/protocol/tree.ts';
import type { RunSummary } from '../../../../rde-agent/protocol/documents.ts';

const DIGEST = `sha256:${'0'.repeat(64)}` as const;

describe('protocol: ids, folders, lists and errors', () => {
  it('makes ids that sort by time and are UUIDs of version 7', () => {
    const random = Uint8Array.from({ length: 10 }, () => 255);
    assert.equal(toUuid7(0x0123456789ab, random), '01234567-89ab-7fff-bfff-ffffffffffff');
    const ids = [5, 1, 4].map((time) => toUuid7(time, new Uint8Array(10)));
    assert.deepEqual(ids.toSorted(), [ids[1], ids[2], ids[0]]);
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('writes a folder in one way, however its entries come', () => {
    const entries = [
      { name: 'b.py', mode: 0o644, digest: DIGEST },
      { name: 'B', mode: FOLDER_MODE, digest: DIGEST },
    ];
    assert.equal(toTreeText(entries), toTreeText(entries.toReversed()));
    assert.equal(toTreeText(entries), `{"entries":[["B",16384,"${DIGEST}"],["b.py",420,"${DIGEST}"]],"v":1}`);
  });

  it('shows the newest runs, each once', () => {
    const summary = (run: string, state: RunSummary['state']): RunSummary => ({
      run,
      workflow: 'w',
      state,
      started: '',
      seconds: 0,
      by: '',
    });
    let view = NO_RUNS;
    for (let index = 0; index < RUNS_SHOWN + 5; index += 1) {
      view = reduceRuns(view, { type: 'runChanged', run: summary(String(index).padStart(4, '0'), 'queued') });
    }
    view = reduceRuns(view, { type: 'runChanged', run: summary('0050', 'succeeded') });
    assert.equal(view.runs.length, RUNS_SHOWN);
    assert.deepEqual([view.runs[0]?.run, view.runs.at(-1)?.run], ['0104', '0005']);
    assert.equal(view.runs.filter((run) => run.run === '0050')[0]?.state, 'succeeded');
  });

  it('goes on knowing that a run is pinned, until it is said that it is not', () => {
    const row: RunSummary = { run: '1', workflow: 'w', state: 'running', started: '', seconds: 0, by: '' };
    const pinned = reduceRuns({ runs: [row] }, { type: 'runChanged', run: { ...row, pinned: true } });
    assert.deepEqual(pinned.runs, [{ ...row, pinned: true }]);
    const ended = reduceRuns(pinned, { type: 'runChanged', run: { ...row, state: 'succeeded' } });
    assert.deepEqual(ended.runs, [{ ...row, state: 'succeeded', pinned: true }]);
    const released = reduceRuns(ended, { type: 'runChanged', run: { ...row, pinned: false } });
    assert.deepEqual(released.runs, [row]);
  });

  it('gives every error a next step, and takes what was thrown for a bug', () => {
    for (const { next, exit } of Object.values(ERRORS)) assert.ok(next.endsWith('.') && exit > 0);
    assert.equal(isErrorCode('toString'), false);
    const known = new CairnError('denied', 'no', { next: 'ask' });
    assert.equal(toCairnError(known), known);
    const bug = toCairnError(new TypeError('x is undefined'));
    assert.deepEqual([bug.code, bug.message], ['internal', 'x is undefined']);
  });
});
