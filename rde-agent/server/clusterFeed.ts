import type { ClustersAction, ClustersView } from '../protocol/clustersView.ts';
import type { Disposable, RunRole } from '../protocol/roles.ts';
import { CLUSTERS_URI, LIMITS, type ActionsParams, type Since, type SubscribeResult } from '../protocol/wire.ts';
import type { Principal } from '../protocol/who.ts';
import { createRing, type Ring } from './ring.ts';

/** What the clusters are doing, looked at only as long as somebody follows it. */
export interface ClusterFeed {
  /** Throws `denied`. */
  follow(follower: object, who: Principal): void;
  leave(follower: object): void;
  answer(since: Since | undefined, who: Principal): SubscribeResult;
  dispose(): void;
}

interface FeedOptions {
  readonly runRole: RunRole;
  readonly epoch: string;
}

export function createClusterFeed({ runRole, epoch }: FeedOptions, publish: (params: ActionsParams) => void): ClusterFeed {
  const followers = new Set<object>();
  let ring: Ring<ClustersAction> = createRing(LIMITS.ring);
  let listening: Disposable | undefined;
  const toState = (who: Principal): ClustersView => ({ clusters: runRole.clusters(who).clusters });
  const end = (): void => {
    listening?.dispose();
    listening = undefined;
  };
  return {
    follow(follower, who) {
      runRole.clusters(who);
      followers.add(follower);
      if (listening !== undefined) return;
      // What happened while nobody looked is in no action: whoever was here before begins anew.
      ring = createRing(LIMITS.ring, ring.seq + 1);
      listening = runRole.onDidChangeClusters((action) => {
        ring.push(action);
        publish({ uri: CLUSTERS_URI, from: ring.seq, actions: [action], durable: true });
      });
    },
    leave(follower) {
      if (followers.delete(follower) && followers.size === 0) end();
    },
    answer: (since, who) => fromRing(epoch, ring, since) ?? { kind: 'snapshot', epoch, seq: ring.seq, state: toState(who) },
    dispose: end,
  };
}

/** `undefined` = what is missing is not known any more. */
export function fromRing(epoch: string, ring: Ring<unknown>, since: Since | undefined): SubscribeResult | undefined {
  if (since?.epoch !== epoch) return undefined;
  const actions = ring.after(since.seq);
  return actions === undefined ? undefined : { kind: 'actions', epoch, seq: ring.seq, actions };
}
