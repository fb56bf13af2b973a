import { toCairnError } from '../protocol/errors.ts';
import type { LogLine } from '../protocol/documents.ts';
import type { OperationName, ParamsOf, ResultOf } from '../protocol/operations.ts';

/** lines whose text is known for as long as their log is followed; older ones lead nowhere */
const MOST_KNOWN = 200_000;
/** lines of one message */
const PAGE = 5_000;

/** Whoever can ask the agent. */
export interface Requests {
  request<N extends OperationName>(name: N, params: ParamsOf<N>, signal?: AbortSignal): Promise<ResultOf<N>>;
}

/** Some more of a log, as it is shown. */
export interface LogPart {
  /** as it was asked for: `null` = all steps */
  readonly step: string | null;
  /** the first lines: what was shown before is gone */
  readonly first: boolean;
  readonly lines: readonly Pick<LogLine, 'step' | 'attempt' | 'stream' | 'text'>[];
  /** nothing more will come */
  readonly done: boolean;
  /** why nothing more comes though the log has not ended; `''` = it goes on, or has ended */
  readonly problem: string;
}

/** Which log: of a run or one inside it, and of one of its tasks or all. */
export interface FollowedLog {
  readonly run: string;
  readonly task: string | undefined;
  /** as the page named it */
  readonly step: string | null;
}

/** The one log that somebody follows: from its beginning, then as it grows, no faster than it is taken. */
export class LogFollower {
  readonly #link: Requests;
  readonly #send: (part: LogPart) => PromiseLike<unknown>;
  #known: LogLine[] = [];
  #forgotten = 0;
  #stop = new AbortController();

  constructor(link: Requests, send: (part: LogPart) => PromiseLike<unknown>) {
    this.#link = link;
    this.#send = send;
  }

  follow(log: FollowedLog): void {
    this.leave();
    this.#stop = new AbortController();
    void this.#read(log, this.#stop.signal);
  }

  leave(): void {
    this.#stop.abort();
    this.#known = [];
    this.#forgotten = 0;
  }

  /** A line that was sent, by its number since the first. */
  lineAt(index: number): LogLine | undefined {
    return this.#known[index - this.#forgotten];
  }

  dispose(): void {
    this.leave();
  }

  async #read(log: FollowedLog, signal: AbortSignal): Promise<void> {
    const part = { step: log.step, first: false, lines: [], done: false, problem: '' } as const;
    let first = true;
    let after: string | undefined;
    try {
      for (let done = false; !done && !signal.aborted; first = false) {
        const answer = await this.#link.request('run.logs', toParams(log, after), signal);
        if (signal.aborted) return;
        ({ after, done } = answer);
        this.#remember(answer.lines);
        await this.#send({ ...part, first, lines: answer.lines.map(toLineView), done });
      }
    } catch (thrown) {
      const { code, message: problem } = toCairnError(thrown);
      if (code !== 'cancelled' && !signal.aborted) await this.#send({ ...part, first, problem: `${problem} (${code})` });
    }
  }

  #remember(lines: readonly LogLine[]): void {
    for (const line of lines) this.#known.push(line);
    const surplus = this.#known.length - MOST_KNOWN;
    if (surplus <= 0) return;
    this.#known = this.#known.slice(surplus);
    this.#forgotten += surplus;
  }
}

/** What is there already comes at once, and only then the answer waits for more. */
function toParams({ run, task }: FollowedLog, after: string | undefined) {
  return {
    run,
    wait: after !== undefined,
    limit: PAGE,
    ...(task === undefined ? {} : { step: task }),
    ...(after === undefined ? {} : { after }),
  };
}

function toLineView({ step, attempt, stream, text }: LogLine): LogPart['lines'][number] {
  return { step, attempt, stream, text };
}
