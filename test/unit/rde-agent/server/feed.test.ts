import assert from 'node:assert/strict';
import type { ClusterSummary } from '../../../../rde-agent/protocol/clusterDocument.ts';
import { reduceClusters, type ClustersAction, type ClustersView } from '../../../../rde-agent/protocol/clustersView.ts';
import { CLUSTERS_URI, type ActionsParams } from '../../../../rde-agent/protocol/wire.ts';
import { createFeed } from '../../../../rde-agent/server/feed.ts';

const WHO = { id: 'local:test' };

function toCluster(cluster: string, busy: number): ClusterSummary {
  return { cluster, runtime: 'process', slots: 2, busy, queued: 0, leases: [], workers: [] };
}

describe('server/feed', () => {
  let listeners: Set<(action: ClustersAction) => void>;
  let sent: ActionsParams[];
  let feed: ReturnType<typeof createFeed>;
  const tell = (cluster: ClusterSummary): void => listeners.forEach((listener) => listener({ type: 'clusterChanged', cluster }));

  beforeEach(() => {
    listeners = new Set();
    sent = [];
    const source = {
      uri: CLUSTERS_URI,
      read: () => ({ clusters: [toCluster('local', 0), toCluster('big', 0)] }),
      listen: (listener: (action: ClustersAction) => void) => {
        listeners.add(listener);
        return { dispose: () => void listeners.delete(listener) };
      },
    };
    feed = createFeed(source, 'e', (params) => sent.push(params));
  });

  it('looks only while somebody follows', () => {
    const [one, other] = [{}, {}];
    assert.equal(listeners.size, 0);
    feed.follow(one, WHO);
    feed.follow(other, WHO);
    assert.equal(listeners.size, 1);
    feed.leave(one);
    assert.equal(listeners.size, 1);
    feed.leave(other);
    assert.equal(listeners.size, 0);
  });

  it('a snapshot and what follows it are the state', () => {
    feed.follow({}, WHO);
    const answer = feed.answer(undefined, WHO);
    assert.equal(answer.kind, 'snapshot');
    tell(toCluster('big', 2));
    assert.deepEqual(
      sent.map(({ from, actions }) => [from, actions.length]),
      [[answer.seq + 1, 1]],
    );
    let view = (answer.kind === 'snapshot' ? answer.state : undefined) as ClustersView;
    for (const { actions } of sent) view = (actions as readonly ClustersAction[]).reduce(reduceClusters, view);
    assert.deepEqual(
      view.clusters.map(({ cluster, busy }) => [cluster, busy]),
      [
        ['local', 0],
        ['big', 2],
      ],
    );
  });

  it('whoever was away for a moment is sent what is missing, or everything when nobody has looked meanwhile', () => {
    const follower = {};
    feed.follow(follower, WHO);
    const { seq } = feed.answer(undefined, WHO);
    tell(toCluster('big', 1));
    const missing = feed.answer({ epoch: 'e', seq }, WHO);
    assert.deepEqual([missing.kind, missing.seq], ['actions', seq + 1]);
    feed.leave(follower);
    feed.follow(follower, WHO);
    assert.equal(feed.answer({ epoch: 'e', seq: seq + 1 }, WHO).kind, 'snapshot');
    assert.equal(feed.answer({ epoch: 'other', seq }, WHO).kind, 'snapshot');
  });
});
