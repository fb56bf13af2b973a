import type { ActionsParams, Since, SubscribeResult } from '../protocol/wire.ts';

/** What a change of a subscribed state brought. `snapshot` = the state was replaced whole and `actions` is empty. */
export interface Change<A> {
  readonly actions: readonly A[];
  /** number of the last action in the state */
  readonly seq: number;
  /** number of the last action that is known to be on disk; actions above it could be lost by a crash of the agent */
  readonly durable: number;
  readonly snapshot: boolean;
}

export interface SubscriptionOptions<S, A> {
  readonly uri: string;
  /** pure; the same function that the agent uses */
  readonly reduce: (state: S, action: A) => S;
  /** The same for actions that came together, where one by one each would copy the whole state. */
  readonly reduceAll?: (state: S, actions: readonly A[]) => S;
  /** Where to begin instead of a snapshot, so that every single action is seen: a state and the number of the last action in it. */
  readonly from?: { readonly state: S; readonly seq: number };
  readonly onDidChange: (state: S, change: Change<A>) => void;
  /** The agent refuses the subscription (no such run, denied). It is not tried again. */
  readonly onDidFail?: (error: Error) => void;
}

/** What a connection needs of a subscribed state, whatever its shape. */
export interface Followed {
  readonly uri: string;
  ask(epoch: string): Since | undefined;
  accept(result: SubscribeResult): boolean;
  receive(params: ActionsParams): boolean;
  fail(error: Error): void;
  /** Nobody follows it any more: no listener is called from now on. */
  close(): void;
}

/** Of the time, how many parts others have for one that bringing a state up to date takes: that of a big one is copied each time. */
const SHARE = 4;
/** milliseconds that are not counted: a small state is always up to date */
const FREE = 0.5;

/**
 * One subscribed state that is kept in step: drops what it has seen, notices what it missed. It knows nothing of sockets;
 * `receive` answers whether the agent has to be asked again.
 */
export class SubscribedState<S, A> implements Followed {
  readonly #options: SubscriptionOptions<S, A>;
  #state: S | undefined;
  #seq = 0;
  #durable = 0;
  #epoch = '';
  #early: ActionsParams[] = [];
  #asking = false;
  /** received, not in the state yet */
  #waiting: A[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** milliseconds: when actions may be applied again at once */
  #restUntil = 0;

  constructor(options: SubscriptionOptions<S, A>) {
    this.#options = options;
    if (options.from === undefined) return;
    this.#state = options.from.state;
    this.#seq = options.from.seq;
    this.#durable = options.from.seq;
  }

  get uri(): string {
    return this.#options.uri;
  }

  fail(error: Error): void {
    this.#options.onDidFail?.(error);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
  }

  /** Call before the agent is asked: until `accept`, actions that arrive are kept aside. Answers the position to ask from. */
  ask(epoch: string): Since | undefined {
    this.#flush();
    this.#asking = true;
    this.#early = [];
    if (this.#state === undefined) return undefined;
    const unsure = this.#epoch !== '' && this.#epoch !== epoch && this.#durable < this.#seq;
    return unsure ? undefined : { epoch: this.#epoch === '' ? epoch : this.#epoch, seq: this.#seq };
  }

  /** Takes the answer. True = something is missing already: ask again. */
  accept(result: SubscribeResult): boolean {
    this.#asking = false;
    this.#epoch = result.epoch;
    if (result.kind === 'snapshot') {
      this.close();
      this.#state = toState<S>(result.state);
      this.#seq = result.seq;
      this.#durable = Math.min(this.#durable, result.seq);
      this.#options.onDidChange(this.#state, { actions: [], seq: this.#seq, durable: this.#durable, snapshot: true });
    } else {
      this.#apply(toActions<A>(result.actions));
    }
    const early = this.#early;
    this.#early = [];
    return early.some((params) => this.receive(params));
  }

  /** Takes numbered actions. True = a gap: ask again. */
  receive(params: ActionsParams): boolean {
    if (this.#asking) {
      this.#early.push(params);
      return false;
    }
    if (params.gap === true || params.from > this.#seq + 1) return true;
    const unseen = toActions<A>(params.actions).slice(this.#seq + 1 - params.from);
    const last = params.from + params.actions.length - 1;
    const durable = params.durable ? Math.max(this.#durable, last) : this.#durable;
    const confirms = durable !== this.#durable;
    this.#durable = durable;
    if (unseen.length > 0 || confirms) this.#apply(unseen);
    return false;
  }

  /** At once, unless the time before was spent on it already: then what comes meanwhile is applied together. */
  #apply(actions: readonly A[]): void {
    if (this.#state === undefined) return;
    for (const action of actions) this.#waiting.push(action);
    this.#seq += actions.length;
    const rest = this.#restUntil - performance.now();
    if (rest <= 0) this.#bringUpToDate();
    else this.#timer ??= setTimeout(() => this.#bringUpToDate(), rest);
  }

  #flush(): void {
    if (this.#timer !== undefined) this.#bringUpToDate();
  }

  #bringUpToDate(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#state === undefined) return;
    const actions = this.#waiting;
    this.#waiting = [];
    const began = performance.now();
    const { reduce, reduceAll } = this.#options;
    if (reduceAll !== undefined) this.#state = reduceAll(this.#state, actions);
    else for (const action of actions) this.#state = reduce(this.#state, action);
    this.#options.onDidChange(this.#state, { actions, seq: this.#seq, durable: this.#durable, snapshot: false });
    const ended = performance.now();
    this.#restUntil = ended + (ended - began - FREE) * SHARE;
  }
}

/** The subscription's uri decides the shapes of state and actions; both come from our own agent, which shares the reducer. */
function toState<S>(value: unknown): S {
  return value as S;
}

function toActions<A>(values: readonly unknown[]): readonly A[] {
  return values as readonly A[];
}
