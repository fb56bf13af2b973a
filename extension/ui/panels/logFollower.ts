import { toCairnError } from '../../../rde-agent/protocol/errors.ts';
import type { LogLine } from '../../../rde-agent/protocol/documents.ts';
import type { LogMessage } from '../../../webviews/protocol/runPanel.ts';
import type { AgentLink } from '../../agent/agentLink.ts';

/** lines whose text is known for as long as their log is followed; older ones lead nowhere */
const MOST_KNOWN = 200_000;
/** lines of one message */
const PAGE = 5_000;

/** Which log: of a run or one inside it, and of one of its tasks or all. */
export interface FollowedLog {
  readonly run: string;
  readonly task: string | undefined;
  /** as the page named it */
  readonly step: string | null;
}

/** The one log that a panel follows: from its beginning, then as it grows, no faster than the page takes it. */
export class LogFollower {
  readonly #link: Pick<AgentLink, 'request'>;
  readonly #send: (message: LogMessage) => Thenable<boolean>;
  #known: LogLine[] = [];
  #forgotten = 0;
  #stop = new AbortController();

  constructor(link: Pick<AgentLink, 'request'>, send: (message: LogMessage) => Thenable<boolean>) {
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
    const message = { type: 'log', step: log.step, first: false, lines: [], done: false, problem: '' } as const;
    let first = true;
    let after: string | undefined;
    try {
      for (let done = false; !done && !signal.aborted; first = false) {
        const answer = await this.#link.request('run.logs', toParams(log, after), signal);
        if (signal.aborted) return;
        ({ after, done } = answer);
        this.#remember(answer.lines);
        await this.#send({ ...message, first, lines: answer.lines.map(toLineView), done });
      }
    } catch (thrown) {
      const { code, message: problem } = toCairnError(thrown);
      if (code !== 'cancelled' && !signal.aborted) await this.#send({ ...message, first, problem: `${problem} (${code})` });
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

function toLineView({ step, attempt, stream, text }: LogLine): LogMessage['lines'][number] {
  return { step, attempt, stream, text };
}
