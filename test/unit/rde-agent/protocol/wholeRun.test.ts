import assert from 'node:assert/strict';
import { followWholeRun } from '../../../../rde-agent/protocol/wholeRun.ts';
import { NO_RUN, type RunView } from '../../../../rde-agent/protocol/runView.ts';
import { toQueuedTask } from '../../../../rde-agent/protocol/taskView.ts';

function toRun(run: string, tasks: { readonly [id: string]: string | undefined }): RunView {
  const entries = Object.entries(tasks).map(([id, nested]) => {
    const task = toQueuedTask(id, id.replace(/\[.*/, ''), 'local');
    return [id, nested === undefined ? task : { ...task, run: nested }] as const;
  });
  return { ...NO_RUN, run, tasks: Object.fromEntries(entries), order: entries.map(([id]) => id) };
}

/** A link whose runs are told by the test. */
function createLink() {
  const listeners = new Map<string, (view: RunView) => void>();
  return {
    listeners,
    followRun(run: string, listener: (view: RunView) => void) {
      listeners.set(run, listener);
      return { dispose: () => void listeners.delete(run) };
    },
  };
}

describe('a run with runs inside it', () => {
  it('lists the inner tasks below the task that they belong to, to any depth', () => {
    const link = createLink();
    const seen: (readonly string[])[] = [];
    const following = followWholeRun(link, 'outer', (whole) => seen.push(whole.order));
    link.listeners.get('outer')?.(toRun('outer', { load: undefined, check: 'middle', end: undefined }));
    link.listeners.get('middle')?.(toRun('middle', { 'score[a]': 'inner', report: undefined }));
    link.listeners.get('inner')?.(toRun('inner', { one: undefined }));
    assert.deepEqual(seen.at(-1), ['load', 'check', 'check/score[a]', 'check/score[a]/one', 'check/report', 'end']);
    const found = following.find('check/score[a]/one');
    assert.deepEqual([found?.run.run, found?.task.id], ['inner', 'one']);
    following.dispose();
    assert.equal(link.listeners.size, 0);
  });

  it('is the run itself where nothing is nested', () => {
    const link = createLink();
    const outer = toRun('outer', { load: undefined });
    let seen: RunView | undefined;
    followWholeRun(link, 'outer', (whole) => (seen = whole));
    link.listeners.get('outer')?.(outer);
    assert.equal(seen, outer);
  });
});
