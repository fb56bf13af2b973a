import type { ClusterSummary } from './clusterDocument.ts';

/** All clusters of an agent, `local` first, the others by name. Subscription `clusters:/`. */
export interface ClustersView {
  readonly clusters: readonly ClusterSummary[];
}

export type ClustersAction = { readonly type: 'clusterChanged'; readonly cluster: ClusterSummary };

/** Pure; shared by both ends. Which clusters there are does not change while an agent runs. */
export function reduceClusters(view: ClustersView, action: ClustersAction): ClustersView {
  if (action.type !== 'clusterChanged') return view;
  const { cluster } = action;
  return { clusters: view.clusters.map((known) => (known.cluster === cluster.cluster ? cluster : known)) };
}
