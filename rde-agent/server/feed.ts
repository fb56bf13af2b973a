import type { Disposable, RunRole } from '../protocol/roles.ts';
import {
  CLUSTERS_URI,
  LIMITS,
  SCHEDULES_URI,
  WORKFLOWS_URI,
  type ActionsParams,
  type Since,
  type SubscribeResult,
} from '../protocol/wire.ts';
import type { Principal } from '../protocol/who.ts';
import { createRing, type Ring } from './ring.ts';

/** A state of the run role that changes by actions. */
export interface FeedSource {
  readonly uri: string;
  /** The state as it is now. Throws `denied`. */
  read(who: Principal): unknown;
  listen(listener: (action: unknown) => void): Disposable;
}

/** One state, listened to only as long as somebody follows it. */
export interface Feed {
  /** Throws `denied`. */
  follow(follower: object, who: Principal): void;
  leave(follower: object): void;
  answer(since: Since | undefined, who: Principal): SubscribeResult;
  dispose(): void;
}

export function createFeed({ uri, read, listen }: FeedSource, epoch: string, publish: (params: ActionsParams) => void): Feed {
  const followers = new Set<object>();
  let ring: Ring<unknown> = createRing(LIMITS.ring);
  let listening: Disposable | undefined;
  const end = (): void => {
    listening?.dispose();
    listening = undefined;
  };
  return {
    follow(follower, who) {
      read(who);
      followers.add(follower);
      if (listening !== undefined) return;
      // What happened while nobody looked is in no action: whoever was here before begins anew.
      ring = createRing(LIMITS.ring, ring.seq + 1);
      listening = listen((action) => {
        ring.push(action);
        publish({ uri, from: ring.seq, actions: [action], durable: true });
      });
    },
    leave(follower) {
      if (followers.delete(follower) && followers.size === 0) end();
    },
    answer: (since, who) => fromRing(epoch, ring, since) ?? { kind: 'snapshot', epoch, seq: ring.seq, state: read(who) },
    dispose: end,
  };
}

/** What the clusters are doing, schedules, and what was pushed: by the addresses that they are followed at. */
export function toFeedSources(runRole: RunRole): readonly FeedSource[] {
  return [
    {
      uri: CLUSTERS_URI,
      read: (who) => ({ clusters: runRole.clusters(who).clusters }),
      listen: (listener) => runRole.onDidChangeClusters(listener),
    },
    {
      uri: SCHEDULES_URI,
      read: (who) => ({ schedules: runRole.schedules(undefined, who).schedules }),
      listen: (listener) => runRole.onDidChangeSchedules(listener),
    },
    { uri: WORKFLOWS_URI, read: (who) => runRole.workflowsView(who), listen: (listener) => runRole.onDidChangeWorkflows(listener) },
  ];
}

/** `undefined` = what is missing is not known any more. */
export function fromRing(epoch: string, ring: Ring<unknown>, since: Since | undefined): SubscribeResult | undefined {
  if (since?.epoch !== epoch) return undefined;
  const actions = ring.after(since.seq);
  return actions === undefined ? undefined : { kind: 'actions', epoch, seq: ring.seq, actions };
}
