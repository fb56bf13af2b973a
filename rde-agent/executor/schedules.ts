import { toCanonicalJson } from '../../language/model/json.ts';
import type { NextFires, Schedule } from '../../language/model/schedule.ts';
import {
  NO_SCHEDULE,
  decideSchedule,
  reduceSchedule,
  toNextFire,
  toPausedMiss,
  type ScheduleCommand,
  type ScheduleState,
} from '../engine/schedule.ts';
import { toScheduleStream, type CatalogEvent } from '../protocol/catalogEvents.ts';
import type { Clock } from '../protocol/clock.ts';
import type { ScheduleSummary, SchedulesDocument } from '../protocol/documents.ts';
import { CairnError, toCairnError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import type { CheckedParamsOf } from '../protocol/operations.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { RunState } from '../protocol/runView.ts';
import type { Principal, Scope } from '../protocol/who.ts';
import type { RequestRecord, Store, StoreEvent } from '../store/store.ts';
import type { BesideStreams } from './besideStreams.ts';
import type { Published } from './published.ts';
import type { Requests } from './requests.ts';
import { withParams } from './runParams.ts';
import { ScheduleNews } from './scheduleNews.ts';
import { ScheduleWatch } from './scheduleWatch.ts';
import type { StartRun } from './startRun.ts';

export interface SchedulesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nextFires: NextFires;
  readonly published: Published;
  readonly requests: Requests;
  readonly beside: BesideStreams;
  readonly start: StartRun;
  /** of a run that has not finished; resolves when it has */
  readonly cancel: (run: string) => Promise<void>;
  /** `undefined` = no such run */
  readonly stateOf: (run: string) => RunState | undefined;
  readonly scope: Scope;
}

/** The schedule of one published workflow. */
interface Entry {
  readonly workflow: string;
  /** what the newest pushed definition says */
  declared: Schedule | undefined;
  state: ScheduleState;
  /** what is being done with it, one thing after another */
  busy: Promise<unknown>;
  /** monotonic seconds before which it is not tried again, after it could not go on */
  heldUntil: number;
}

/** seconds until a schedule that could not go on (a full disk) is tried again */
const HELD = 5;

/** Fire times that a summary tells. */
const TOLD = 5;

/**
 * Fires published workflows by their schedules. The wall clock decides what is due; waiting is by a timer that looks again at least once a
 * minute. Everything that is decided is recorded before the next thing is, a fire in one transaction with its run.
 */
export class Schedules {
  readonly #options: SchedulesOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #watch: ScheduleWatch;
  readonly #news = new ScheduleNews();

  constructor(options: SchedulesOptions) {
    this.#options = options;
    this.#watch = new ScheduleWatch(
      options.clock,
      () => this.#toNextWake(),
      () => this.#advanceAll(),
    );
  }

  /** number of schedules that will fire */
  get active(): number {
    return [...this.#entries.values()].filter(({ state }) => state.kind === 'active').length;
  }

  /** Takes up what the streams say, and begins to fire. What passed before is a matter of `catchUp`. */
  async open(): Promise<void> {
    for (const published of this.#options.store.projections.workflows()) {
      try {
        await this.#learn(published.workflow, (await this.#options.published.read(published)).schedule);
      } catch (error) {
        // One definition that is lost must not keep the others from firing.
        this.#options.logger.error('A schedule cannot be taken up', { workflow: published.workflow, error });
      }
    }
    this.#watch.start();
    this.#advanceAll();
  }

  async stop(): Promise<void> {
    this.#watch.stop();
    await Promise.all([...this.#entries.values()].map((entry) => entry.busy));
  }

  /** A push is durable: what it changed in schedules that run takes effect. */
  async published(definitions: readonly PinnedWorkflow[]): Promise<void> {
    for (const { workflow, schedule } of definitions) await this.#learn(workflow, schedule);
    this.#advanceAll();
  }

  /** Whether it will fire. */
  isActive(workflow: string): boolean {
    return this.#entries.get(workflow)?.state.kind === 'active';
  }

  /** A run is in another state; when it has ended, what waits for it may fire. */
  runChanged(run: string, state: RunState): void {
    for (const entry of this.#entries.values()) {
      if (entry.state.last?.run !== run) continue;
      this.#tell(entry);
      if (state !== 'queued' && state !== 'running') void this.#advance(entry);
    }
  }

  /** Told of each change of what `list` answers; times that pass are none. Listeners must not throw. */
  get onDidChange(): ScheduleNews['onDidChange'] {
    return (listener) => this.#news.onDidChange(listener);
  }

  list(workflow: string | undefined): SchedulesDocument {
    const shown = workflow === undefined ? [...this.#entries.values()].filter(isScheduled) : [this.#find(workflow)];
    const schedules = shown.map((entry) => this.#toSummary(entry)).sort((a, b) => (a.workflow < b.workflow ? -1 : 1));
    return { v: 1, schedules };
  }

  /** Rejects with `unknown-schedule`, `conflict` (it is not in a state for that) or `invalid-request` (its runs would lack a parameter). */
  change({ workflow, change, key }: CheckedParamsOf<'schedule.change'>, who: Principal): Promise<SchedulesDocument> {
    const entry = this.#find(workflow);
    const body = { operation: 'schedule', who: who.id, workflow: entry.workflow, change };
    return this.#options.requests.once<SchedulesDocument>(key, body, (toRecord) =>
      this.#inTurn(entry, async () => {
        const events = await this.#toEvents(entry, change);
        const at = this.#options.clock.now();
        const after = events.reduce((state, event) => reduceSchedule(state, event, at, who.id), entry.state);
        const document: SchedulesDocument = { v: 1, schedules: [this.#toSummary({ ...entry, state: after })] };
        await this.#commit(entry, events, who.id, at, toRecord(document));
        setImmediate(() => this.#advanceAll());
        return document;
      }),
    );
  }

  async #toEvents(entry: Entry, change: CheckedParamsOf<'schedule.change'>['change']): Promise<readonly CatalogEvent[]> {
    const { workflow, state, declared } = entry;
    switch (change) {
      case 'start':
        if (state.kind === 'active') return [];
        if (state.kind === 'paused') throw toWrongState(workflow, 'is paused', `Go on with \`cairn schedule resume ${workflow}\`.`);
        if (declared === undefined) throw toNone(workflow);
        await this.#assertRunnable(workflow, declared);
        return [{ type: 'schedule.started', workflow, schedule: declared }];
      case 'stop':
        return state.kind === 'declared' ? [] : [{ type: 'schedule.stopped', workflow }];
      case 'pause':
        if (state.kind !== 'active')
          throw toWrongState(workflow, `is ${state.kind}`, `Start it with \`cairn schedule start ${workflow}\`.`);
        return [{ type: 'schedule.paused', workflow }];
      case 'resume': {
        if (state.kind !== 'paused') throw toWrongState(workflow, `is ${state.kind}`, 'Only a paused one goes on.');
        const missed = toPausedMiss(state, this.#options.clock.now(), this.#options.nextFires);
        return [
          ...(missed === undefined ? [] : [toEvent(workflow, missed)].filter((event) => event !== undefined)),
          { type: 'schedule.resumed', workflow },
        ];
      }
    }
  }

  /** A schedule whose runs would be refused is better refused itself. */
  async #assertRunnable(workflow: string, schedule: Schedule): Promise<void> {
    const { published } = this.#options;
    withParams(await published.read(published.find(workflow)), schedule.params);
  }

  /** Where what runs is not what was pushed last, it is started anew, or stopped. */
  async #learn(workflow: string, declared: Schedule | undefined): Promise<void> {
    const known = this.#entries.get(workflow);
    const entry: Entry = known ?? { workflow, declared, state: this.#read(workflow), busy: Promise.resolve(), heldUntil: 0 };
    this.#entries.set(workflow, entry);
    const isChanged = toCanonicalJson(entry.declared ?? null) !== toCanonicalJson(declared ?? null);
    entry.declared = declared;
    if (isChanged || (known === undefined && isScheduled(entry))) this.#tell(entry);
    await this.#inTurn(entry, async () => {
      const { kind, schedule, by } = entry.state;
      if (kind === 'declared' || toCanonicalJson(schedule) === toCanonicalJson(declared ?? null)) return;
      const started: CatalogEvent[] =
        declared === undefined ? [{ type: 'schedule.stopped', workflow }] : [{ type: 'schedule.started', workflow, schedule: declared }];
      const events = declared !== undefined && kind === 'paused' ? [...started, { type: 'schedule.paused', workflow } as const] : started;
      await this.#commit(entry, events, by, this.#options.clock.now());
    });
  }

  #read(workflow: string): ScheduleState {
    const recorded = this.#options.store.events.read(toScheduleStream(workflow));
    return recorded.reduce((state, { event, at, by }) => (isOfSchedule(event) ? reduceSchedule(state, event, at, by) : state), NO_SCHEDULE);
  }

  #advanceAll(): void {
    for (const entry of this.#entries.values()) if (entry.state.kind === 'active') void this.#advance(entry);
    this.#watch.plan();
  }

  /** Never rejects: what cannot be done now (a full disk) is tried at the next look. */
  async #advance(entry: Entry): Promise<void> {
    try {
      await this.#inTurn(entry, () => this.#carryOutAll(entry));
    } catch (error) {
      entry.heldUntil = this.#options.clock.monotonic() + HELD;
      this.#options.logger.error('A schedule cannot go on', { workflow: entry.workflow, error });
    }
    this.#watch.plan();
  }

  async #carryOutAll(entry: Entry): Promise<void> {
    const { clock, nextFires } = this.#options;
    while (!this.#watch.stopped && clock.monotonic() >= entry.heldUntil) {
      const moment = { now: clock.now(), watching: this.#watch.since, busy: this.#isBusy(entry) };
      const commands = decideSchedule(entry.state, moment, nextFires);
      for (const command of commands) await this.#carryOut(entry, command);
      if (commands.length === 0) return;
    }
  }

  async #carryOut(entry: Entry, command: ScheduleCommand): Promise<void> {
    const { last, by } = entry.state;
    if (command.kind === 'fire') return this.#fire(entry, command.nominalTime);
    if (command.kind === 'cancel') return last === null ? undefined : this.#options.cancel(last.run);
    const event = toEvent(entry.workflow, command);
    if (event !== undefined) await this.#commit(entry, [event], by, this.#options.clock.now());
  }

  /** In one transaction with the run. A run that cannot begin for what it is (no such parameter any more) makes the fire time a missed one. */
  async #fire(entry: Entry, nominalTime: string): Promise<void> {
    const { workflow, state } = entry;
    const { published, start, logger, clock } = this.#options;
    const toFired = (run: string): CatalogEvent => ({ type: 'schedule.fired', workflow, nominalTime, run });
    let isNew = false;
    try {
      const definition = await published.resolve(published.find(workflow));
      const { run } = await start({
        key: `${toScheduleStream(workflow)} ${nominalTime}`,
        body: { operation: 'fire', workflow, nominalTime },
        definition,
        params: state.schedule?.params ?? {},
        origin: { kind: 'schedule', schedule: workflow },
        nominalTime,
        who: { id: state.by },
        beside: (started) => {
          isNew = true;
          return [{ stream: toScheduleStream(workflow), event: toFired(started) }];
        },
      });
      logger.info('A schedule has fired', { workflow, nominalTime, run });
      if (isNew) this.#change(entry, [toFired(run)], state.by, clock.now());
      else await this.#commit(entry, [toFired(run)], state.by, clock.now());
    } catch (thrown) {
      const error = toCairnError(thrown);
      if (PASSING.has(error.code)) throw thrown;
      logger.error('A schedule could not fire', { workflow, nominalTime, code: error.code, message: error.message });
      const missed: CatalogEvent = {
        type: 'schedule.missed',
        workflow,
        from: nominalTime,
        to: nominalTime,
        count: 1,
        because: 'failed',
        message: error.message,
      };
      await this.#commit(entry, [missed], state.by, clock.now());
    }
  }

  async #commit(entry: Entry, events: readonly CatalogEvent[], by: string, at: string, request?: RequestRecord): Promise<void> {
    const { store, beside, scope } = this.#options;
    const stream = toScheduleStream(entry.workflow);
    const { appends, settled } = beside.toAppends(
      events.map((event) => ({ stream, event })),
      by,
      scope,
      at,
    );
    try {
      await store.events.commit({ appends, ...(request === undefined ? {} : { request }) });
    } finally {
      settled();
    }
    this.#change(entry, events, by, at);
  }

  #change(entry: Entry, events: readonly CatalogEvent[], by: string, at: string): void {
    entry.state = events.reduce((state, event) => reduceSchedule(state, event, at, by), entry.state);
    if (events.length > 0) this.#tell(entry);
  }

  #tell(entry: Entry): void {
    this.#news.tell(entry.workflow, () => (isScheduled(entry) ? this.#toSummary(entry) : undefined));
  }

  #isBusy({ state }: Entry): boolean {
    const now = state.last === null ? undefined : this.#options.stateOf(state.last.run);
    return now === 'queued' || now === 'running';
  }

  #toNextWake(): string | undefined {
    const { clock, nextFires } = this.#options;
    const times = [...this.#entries.values()].map(({ state, heldUntil }) => {
      const next = toNextFire(state, nextFires);
      const held = heldUntil - clock.monotonic();
      const again = held > 0 ? new Date(Date.parse(clock.now()) + held * 1000).toISOString() : '';
      return next !== undefined && next < again ? again : next;
    });
    return times.filter((time) => time !== undefined).sort()[0];
  }

  #inTurn<T>(entry: Entry, act: () => Promise<T>): Promise<T> {
    const turn = entry.busy.then(act);
    entry.busy = turn.catch(() => undefined);
    return turn;
  }

  /** By the name of its workflow, or the last part of it. Throws `unknown-schedule`. */
  #find(name: string): Entry {
    const exact = this.#entries.get(name);
    const [found, ...others] =
      exact === undefined ? [...this.#entries.values()].filter(({ workflow }) => workflow.endsWith(`/${name}`)) : [exact];
    if (found === undefined || others.length > 0 || !isScheduled(found)) throw toNone(name);
    return found;
  }

  #toSummary({ workflow, state, declared }: Entry): ScheduleSummary {
    const schedule = (state.kind === 'declared' ? declared : state.schedule) ?? declared ?? state.schedule;
    if (schedule === null) throw toNone(workflow);
    const { nextFires, clock, stateOf } = this.#options;
    const { cron, timezone, catchUp, overlap } = schedule;
    const now = clock.now();
    const last = state.last === null ? null : { ...state.last, state: stateOf(state.last.run) ?? 'queued' };
    const next = nextFires(schedule, state.kind === 'active' && state.decided > now ? state.decided : now, TOLD);
    return { workflow, state: state.kind, cron, timezone, catchUp, overlap, next: [...next], last, queued: state.queue.length };
  }
}

/** The store or the agent is in no state to begin a run: the fire time waits. */
const PASSING: ReadonlySet<string> = new Set(['store-failed', 'agent-unreachable', 'cancelled', 'internal']);

function isScheduled({ declared, state }: Entry): boolean {
  return declared !== undefined || state.kind !== 'declared';
}

function isOfSchedule(event: StoreEvent): event is CatalogEvent {
  return event.type.startsWith('schedule.');
}

function toEvent(workflow: string, command: ScheduleCommand): CatalogEvent | undefined {
  if (command.kind === 'queue') return { type: 'schedule.queued', workflow, nominalTime: command.nominalTime };
  if (command.kind !== 'miss') return undefined;
  const { from, to, count, because } = command;
  return { type: 'schedule.missed', workflow, from, to, count, because };
}

function toWrongState(workflow: string, is: string, next: string): CairnError {
  return new CairnError('conflict', `The schedule of ${workflow} ${is}`, { next });
}

function toNone(workflow: string): CairnError {
  return new CairnError('unknown-schedule', `No pushed workflow ${workflow} has a schedule`);
}
