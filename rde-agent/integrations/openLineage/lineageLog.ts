import { createHash } from 'node:crypto';
import type { DatasetVersion } from '../../protocol/documents.ts';
import { toLineJson } from '../../protocol/lineJson.ts';
import type { Logger } from '../../protocol/logger.ts';
import type { Recorded, RunEvent } from '../../protocol/runEvents.ts';
import { PRODUCER, toOwnFacet, type LineageEvent } from './lineageEvent.ts';
import { LineageFile, type FilePlace } from './lineageFile.ts';
import { RunState } from './runState.ts';
import { toLineageEvents, type EventContext } from './toLineageEvents.ts';

/** The log of committed events as the writer of lineage follows it. */
export interface CommittedEvents {
  /** events of runs after a position, in the order of their commits; `last` is how far was looked, `after` where nothing was there */
  scan(
    after: number,
    limit: number,
  ): {
    readonly events: readonly { readonly position: number; readonly run: string; readonly recorded: Recorded<RunEvent> }[];
    readonly last: number;
  };
  /** all committed events of a run */
  read(run: string): readonly Recorded<RunEvent>[];
  versions(dataset: string): readonly DatasetVersion[];
}

export interface LineageLogOptions {
  /** absolute */
  readonly file: string;
  readonly namespace: string;
  readonly events: CommittedEvents;
  readonly logger: Logger;
  /** Called at named places, for tests that kill the agent there. */
  readonly hit?: (point: 'before-lineage' | 'after-lineage') => void;
}

/** milliseconds without a commit after which it is looked, and from the first commit at most: a run that is busy is left alone for a while */
const DELAY = 300;
const LONGEST = 20_000;
/** milliseconds between turns, for others */
const PAUSE = 5;
/** milliseconds after a failed write */
const RETRY = 30_000;
/** milliseconds that an agent which stops spends on it */
const LAST = 2000;
/** events of one turn */
const TURN = 128;
/** runs whose state is kept in memory */
const KEPT = 64;

/**
 * Writes OpenLineage events of everything that was committed to a file, each once and in order, however often the agent is killed. It follows the
 * event log behind the runs: none waits for it, and while the file cannot be written they go on.
 */
export class LineageLog {
  readonly #options: LineageLogOptions;
  readonly #context: EventContext;
  readonly #states = new Map<string, RunState>();
  #file: LineageFile | undefined;
  #place: FilePlace = { position: 0, part: -1 };
  #timer: NodeJS.Timeout | undefined;
  #wokenAt = 0;
  /** for the end of what is being committed, not for a next turn or try */
  #isWaiting = false;
  #isStopped = false;
  #hasFailed = false;

  constructor(options: LineageLogOptions) {
    this.#options = options;
    this.#context = { namespace: options.namespace, stateOf: (run) => this.#stateOf(run), versions: options.events.versions, toId: toUuid };
  }

  /** Something was committed: it is written soon. */
  wake(): void {
    if (this.#isStopped) return;
    if (this.#timer === undefined) {
      this.#wokenAt = performance.now();
      this.#again(DELAY);
    } else if (this.#isWaiting && performance.now() - this.#wokenAt < LONGEST) this.#timer.refresh();
  }

  /** Writes what there is, but not for long, and ends; what is left is written when the agent starts again. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    try {
      const until = performance.now() + LAST;
      while (this.#write() && performance.now() < until);
    } catch (error) {
      this.#options.logger.warn('Lineage was not written to the end', { cause: String(error) });
    }
    this.#file?.close();
    this.#file = undefined;
  }

  #turn(): void {
    this.#timer = undefined;
    this.#isWaiting = false;
    try {
      const hasMore = this.#write();
      this.#hasFailed = false;
      if (hasMore) this.#again(PAUSE);
    } catch (error) {
      if (!this.#hasFailed)
        this.#options.logger.warn('Lineage cannot be written; it is tried again', { file: this.#options.file, cause: String(error) });
      this.#hasFailed = true;
      this.#file?.close();
      this.#file = undefined;
      this.#again(RETRY);
    }
  }

  #again(delay: number): void {
    if (this.#isStopped || this.#timer !== undefined) return;
    this.#isWaiting = delay === DELAY;
    this.#timer = setTimeout(() => this.#turn(), delay).unref();
  }

  /** True = there may be more. Throws what the file system throws. */
  #write(): boolean {
    this.#open();
    // The event of the last line is looked at again: it may make more lines than that one.
    const { events, last } = this.#options.events.scan(this.#place.part < 0 ? this.#place.position : this.#place.position - 1, TURN);
    const lines: string[] = [];
    for (const { position, run, recorded } of events) lines.push(...this.#toLines(position, run, recorded));
    if (lines.length > 0) {
      this.#options.hit?.('before-lineage');
      this.#file?.append(lines);
      this.#options.hit?.('after-lineage');
    }
    const hasMore = last > this.#place.position;
    this.#place = { position: Math.max(last, this.#place.position), part: -1 };
    return hasMore;
  }

  #open(): void {
    if (this.#file !== undefined) return;
    const file = new LineageFile(this.#options.file, readPlace);
    this.#file = file;
    // What was written by this process and is not in the file any more is written again, and nothing twice.
    this.#place = file.place;
    this.#states.clear();
  }

  #toLines(position: number, run: string, recorded: Recorded<RunEvent>): readonly string[] {
    const state = this.#toState(run, recorded);
    if (state === undefined) return [];
    const made = toLineageEvents(recorded, state, this.#context);
    state.apply(recorded.event);
    if (recorded.event.type === 'run.finished') this.#states.delete(run);
    return made
      .map((event, part) => toLine(event, { position, part, parts: made.length }))
      .slice(position === this.#place.position ? this.#place.part + 1 : 0);
  }

  /** As it was before this event. */
  #toState(run: string, { event, seq }: Recorded<RunEvent>): RunState | undefined {
    if (event.type === 'run.submitted') return this.#keep(run, new RunState(event));
    const known = this.#states.get(run);
    if (known !== undefined) return known;
    const state = RunState.of(this.#options.events.read(run).filter((each) => each.seq < seq));
    return state && this.#keep(run, state);
  }

  /** Of another run, as far as it has got. */
  #stateOf(run: string): RunState | undefined {
    return this.#states.get(run) ?? RunState.of(this.#options.events.read(run));
  }

  #keep(run: string, state: RunState): RunState {
    this.#states.set(run, state);
    const [oldest = ''] = this.#states.keys();
    if (this.#states.size > KEPT && oldest !== run) this.#states.delete(oldest);
    return state;
  }
}

const PLACE = 'cairn_event';

function toLine(event: LineageEvent, place: FilePlace & { readonly parts: number }): string {
  return toLineJson({ ...event, run: { ...event.run, facets: { ...event.run.facets, ...toOwnFacet('event', { ...place }) } } });
}

function readPlace(line: string): FilePlace | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    const place: unknown = at(at(at(parsed, 'run'), 'facets'), PLACE);
    const position = at(place, 'position');
    const part = at(place, 'part');
    if (at(parsed, 'producer') !== PRODUCER || typeof position !== 'number' || typeof part !== 'number') return undefined;
    // After the last line of an event nothing of it is left: its run need not be read again.
    return { position, part: at(place, 'parts') === part + 1 ? -1 : part };
  } catch {
    // Not JSON: half a line.
    return undefined;
  }
}

function at(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** A UUID of the free version (8), by content. */
function toUuid(text: string): string {
  const hex = createHash('sha256').update(`cairn/openlineage\0${text}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
