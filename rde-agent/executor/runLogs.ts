import type { LogLine } from '../protocol/documents.ts';
import type { CheckedParamsOf } from '../protocol/operations.ts';
import type { LogStore, StoredLogLine } from '../store/store.ts';

export interface LogAnswer {
  readonly lines: LogLine[];
  readonly after: string;
  /** the run has ended and nothing more will come */
  readonly done: boolean;
}

/** Lines after a cursor. With `wait`, answers when there is something, when the run has ended, or when the signal aborts. */
export async function readLogs(
  logs: LogStore,
  query: CheckedParamsOf<'run.logs'>,
  run: { readonly isOpen: () => boolean; readonly ended: Promise<void> },
  signal: AbortSignal,
): Promise<LogAnswer> {
  let after = query.after;
  for (;;) {
    const isOpen = run.isOpen();
    const stop = new AbortController();
    // Asked for before the read, so that a line that comes meanwhile is not slept through.
    const changed = query.wait && isOpen ? logs.changed(query.run, AbortSignal.any([signal, stop.signal])) : undefined;
    try {
      const page = await logs.read(query.run, {
        limit: query.limit,
        ...(query.step === undefined ? {} : { step: query.step }),
        ...(after === undefined ? {} : { after }),
      });
      after = page.after;
      const answer = { lines: page.lines.map(toLogLine), after, done: !isOpen && page.lines.length < query.limit };
      if (page.lines.length > 0 || changed === undefined || signal.aborted) return answer;
      await Promise.race([changed, run.ended]);
      if (signal.aborted) return answer;
    } finally {
      stop.abort();
    }
  }
}

function toLogLine({ task, attempt, stream, seq, text }: StoredLogLine): LogLine {
  return { v: 1, step: task, attempt, stream, seq, text };
}
