import type { Clock } from '../protocol/clock.ts';
import type { WorkerRecord } from '../protocol/runEvents.ts';
import type { TaskObserver } from '../runtimes/runtime.ts';

/** seconds between two recorded progress messages of one attempt */
const PROGRESS_PAUSE = 0.25;
/** metric events recorded of one attempt; the last value of each metric is in its result anyway */
const MOST_METRICS = 10_000;

export interface Watcher {
  readonly running: (worker: WorkerRecord) => void;
  readonly progress: (done: number, total: number | null, message: string) => void;
  readonly metric: (name: string, value: number, step: number | null) => void;
  /** called for every progress message and metric, though few of them are recorded */
  readonly heard: () => void;
}

/** Passes on what an attempt says, at a pace that its record can bear: of progress only the newest, a few times a second. */
export function createObserver(
  watcher: Watcher,
  clock: Clock,
  output: TaskObserver['output'],
): { readonly observer: TaskObserver; readonly end: () => void } {
  let last = Number.NEGATIVE_INFINITY;
  let waiting: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let metrics = 0;
  const tell = (): void => {
    timer = undefined;
    last = clock.monotonic();
    waiting?.();
    waiting = undefined;
  };
  return {
    observer: {
      running: (worker) => watcher.running(worker),
      progress: (done, total, message) => {
        watcher.heard();
        waiting = () => watcher.progress(done, total, message);
        const pause = last + PROGRESS_PAUSE - clock.monotonic();
        if (pause <= 0) tell();
        else timer ??= setTimeout(tell, pause * 1000);
      },
      metric: (name, value, step) => {
        watcher.heard();
        metrics += 1;
        if (metrics <= MOST_METRICS) watcher.metric(name, value, step);
      },
      output,
    },
    end: () => clearTimeout(timer),
  };
}
