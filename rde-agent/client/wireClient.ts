import { CairnError, ERRORS, toCairnError, type ErrorCode } from '../protocol/errors.ts';
import type { OperationName, ParamsOf, ResultOf } from '../protocol/operations.ts';
import { SESSION, type ActionsParams, type HelloResult, type SubscribeResult } from '../protocol/wire.ts';
import { SessionLost, type Session, type SessionEvents } from './clientSession.ts';
import { isRepeatable } from './repeatable.ts';
import { stepConnection, toFirstState, type ConnectionEvent, type ConnectionProblem, type ConnectionState } from './reconnect.ts';
import { SubscribedState, type Followed, type SubscriptionOptions } from './subscription.ts';

export interface Disposable {
  dispose(): void;
}

export interface WireClientOptions {
  /** Opens a session with the agent. Rejects with CairnError. */
  readonly open: (events: SessionEvents) => Promise<Session>;
  /** Called before a new attempt when no agent can be reached: starts one, or does nothing. What it throws is the problem that is shown. */
  readonly ensureAgent?: () => Promise<void>;
  /** milliseconds that a request waits for a connection before it fails with `agent-unreachable`; default 15,000 */
  readonly patience?: number;
  readonly random?: () => number;
}

const LOST: ConnectionProblem = {
  code: 'agent-unreachable',
  message: 'The connection to the agent was lost.',
  next: ERRORS['agent-unreachable'].next,
};

/** Problems that do not go away by trying again. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unauthenticated',
  'denied',
  'protocol-unsupported',
  'agent-start-failed',
  'state-newer',
  'state-damaged',
  'config-invalid',
]);

/**
 * The agent, from wherever a session with it can be opened: typed requests, and subscribed states that stay in step over every reconnect. It connects when
 * made and reconnects in place for ever; `state` and `onDidChangeState` tell how it stands.
 */
export class WireClient implements Disposable {
  readonly #options: WireClientOptions;
  readonly #listeners = new Set<(state: ConnectionState) => void>();
  readonly #subscriptions = new Map<string, Set<Followed>>();
  #state: ConnectionState;
  #session: Session | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WireClientOptions) {
    this.#options = options;
    this.#state = toFirstState(Date.now());
    void this.#connect();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** What the agent said of itself; `undefined` while there is no connection. */
  get hello(): HelloResult | undefined {
    return this.#session?.hello;
  }

  onDidChangeState(listener: (state: ConnectionState) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  /**
   * Carries out one operation. Waits for a connection up to `patience`; repeats by itself what may be repeated when the connection
   * is lost before the answer. Aborting cancels the work in the agent. Rejects with CairnError only.
   */
  async request<N extends OperationName>(name: N, params: ParamsOf<N>, signal?: AbortSignal): Promise<ResultOf<N>> {
    for (;;) {
      const session = this.#session ?? (await this.#whenOpen(signal));
      try {
        return (await session.send(name, params, signal)) as ResultOf<N>;
      } catch (thrown) {
        if (!(thrown instanceof SessionLost)) throw toCairnError(thrown);
        if (this.#session === session) this.#step({ kind: 'lost', problem: LOST });
        if (!isRepeatable(name) || this.#state.kind === 'stopped')
          throw new CairnError('agent-unreachable', thrown.message, { cause: thrown });
      }
    }
  }

  /** Follows a state. Several subscriptions of one uri are independent. Disposing the last one of a uri tells the agent. */
  subscribe<S, A>(options: SubscriptionOptions<S, A>): Disposable {
    const subscription = new SubscribedState<S, A>(options);
    const sameUri = this.#subscriptions.get(options.uri) ?? new Set<Followed>();
    this.#subscriptions.set(options.uri, sameUri.add(subscription));
    if (this.#session !== undefined) void this.#ask(this.#session, subscription);
    return { dispose: () => this.#unsubscribe(subscription) };
  }

  /** Tries now instead of at the end of the wait. */
  retry(): void {
    this.#step({ kind: 'retry' });
  }

  dispose(): void {
    for (const subscription of [...this.#subscriptions.values()].flatMap((sameUri) => [...sameUri])) subscription.close();
    this.#step({ kind: 'stop' });
  }

  /** Resolves with an open session; rejects when it takes too long or a person is needed. */
  #whenOpen(signal: AbortSignal | undefined): Promise<Session> {
    return new Promise((resolve, reject) => {
      const finish = (act: () => void): void => {
        clearTimeout(timer);
        listening.dispose();
        signal?.removeEventListener('abort', onAbort);
        act();
      };
      const onAbort = (): void => finish(() => reject(new CairnError('cancelled', 'Cancelled.')));
      const look = (state: ConnectionState): void => {
        const session = this.#session;
        if (state.kind === 'open' && session !== undefined) finish(() => resolve(session));
        else if (state.kind === 'refused') finish(() => reject(toError(state.problem)));
        else if (state.kind === 'stopped') finish(() => reject(new CairnError('agent-unreachable', 'This connection has been closed.')));
      };
      const giveUp = (): void => finish(() => reject(this.#toUnreachable()));
      const timer = setTimeout(giveUp, this.#options.patience ?? 15_000);
      const listening = this.onDidChangeState(look);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted) onAbort();
      else look(this.#state);
    });
  }

  #toUnreachable(): CairnError {
    return this.#state.kind === 'waiting'
      ? toError(this.#state.problem)
      : new CairnError('agent-unreachable', 'The agent does not answer.');
  }

  #step(event: ConnectionEvent): void {
    const before = this.#state;
    this.#state = stepConnection(before, event, Date.now(), (this.#options.random ?? Math.random)());
    if (this.#state === before) return;
    clearTimeout(this.#timer);
    if (this.#state.kind === 'waiting') this.#timer = setTimeout(() => this.#step({ kind: 'elapsed' }), this.#state.until - Date.now());
    if (this.#state.kind === 'stopped') this.#session?.close();
    if (this.#state.kind !== 'open') this.#session = undefined;
    if (this.#state.kind === 'connecting') void this.#connect();
    for (const listener of [...this.#listeners]) listener(this.#state);
  }

  /** One attempt. Never rejects: how it ended is an event. */
  async #connect(): Promise<void> {
    try {
      const session = await this.#open();
      if (this.#state.kind !== 'connecting') return session.close();
      this.#session = session;
      this.#step({ kind: 'opened' });
      for (const subscription of [...this.#subscriptions.values()].flatMap((set) => [...set])) void this.#ask(session, subscription);
    } catch (thrown) {
      const { code, message, next } = toCairnError(thrown);
      this.#step({ kind: FINAL.has(code) ? 'refused' : 'lost', problem: { code, message, next } });
    }
  }

  async #open(): Promise<Session> {
    try {
      return await this.#openOnce();
    } catch (thrown) {
      const { code } = toCairnError(thrown);
      // An agent that restarted between nonce and handshake does not know the nonce: one more try tells this from a wrong key.
      if (code === 'unauthenticated') return await this.#openOnce();
      if (code !== 'agent-unreachable' || this.#options.ensureAgent === undefined) throw thrown;
      await this.#options.ensureAgent();
      return await this.#openOnce();
    }
  }

  async #openOnce(): Promise<Session> {
    const held: { session?: Session } = {};
    held.session = await this.#options.open({
      onActions: (params) => this.#receive(params),
      onClose: ({ code, message, next }) => {
        // One that closed before it was taken, or after another took its place, changes nothing.
        if (held.session !== undefined && this.#session === held.session) this.#step({ kind: 'lost', problem: { code, message, next } });
      },
    });
    return held.session;
  }

  #receive(params: ActionsParams): void {
    const session = this.#session;
    for (const subscription of this.#subscriptions.get(params.uri) ?? []) {
      if (subscription.receive(params) && session !== undefined) void this.#ask(session, subscription);
    }
  }

  /** Subscribes, or asks for what was missed. Never rejects. */
  async #ask(session: Session, subscription: Followed): Promise<void> {
    const { uri } = subscription;
    try {
      for (let again = true; again;) {
        const since = subscription.ask(session.hello.epoch);
        const result = (await session.send(SESSION.subscribe, since === undefined ? { uri } : { uri, since })) as SubscribeResult;
        again = this.#subscriptions.get(uri)?.has(subscription) === true && subscription.accept(result);
      }
    } catch (thrown) {
      if (thrown instanceof SessionLost) return; // the next connection asks again
      this.#subscriptions.get(uri)?.delete(subscription);
      subscription.fail(toCairnError(thrown));
    }
  }

  #unsubscribe(subscription: Followed): void {
    const { uri } = subscription;
    subscription.close();
    const sameUri = this.#subscriptions.get(uri);
    if (sameUri?.delete(subscription) !== true || sameUri.size > 0) return;
    this.#subscriptions.delete(uri);
    // A lost connection has ended the subscription too.
    this.#session?.send(SESSION.unsubscribe, { uri }).catch(() => undefined);
  }
}

function toError(problem: ConnectionProblem): CairnError {
  return new CairnError(problem.code, problem.message, { next: problem.next });
}
