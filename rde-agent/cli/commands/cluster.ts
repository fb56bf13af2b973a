import type { ClusterSummary, ClustersDocument, ClusterWorker } from '../../protocol/clusterDocument.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { CommandContext } from '../commandContext.ts';
import { toSize } from '../numbers.ts';
import { toTable } from '../table.ts';

export async function listClusters(context: CommandContext): Promise<number> {
  const document = await ask(context);
  context.answer(document, () => toListText(document));
  return 0;
}

/** One cluster: its places and its processes. */
export async function showCluster(context: CommandContext, name: string): Promise<number> {
  const { clusters } = await ask(context);
  const found = clusters.find(({ cluster }) => cluster === name);
  if (found === undefined)
    throw new CairnError('invalid-request', `There is no cluster ${name}`, {
      next: `Name one of ${clusters.map(({ cluster }) => cluster).join(', ')}, or define it under \`clusters\` in agent.yaml.`,
    });
  context.answer({ v: 1, clusters: [found] } satisfies ClustersDocument, () => toText(found));
  return 0;
}

async function ask(context: CommandContext): Promise<ClustersDocument> {
  const agent = await context.agent();
  return agent.request('cluster.list', {}, context.interrupted);
}

function toListText({ clusters }: ClustersDocument): string {
  const rows = clusters.map(({ cluster, runtime, slots, busy, queued, workers }) => [
    cluster,
    runtime,
    `${String(busy)}/${String(slots)}`,
    String(queued),
    String(workers.length),
    toSize(workers.reduce((sum, { rss }) => sum + (rss ?? 0), 0)),
  ]);
  return toTable([['CLUSTER', 'RUNTIME', 'BUSY', 'QUEUED', 'WORKERS', 'MEMORY'], ...rows], [2, 3, 4, 5]);
}

function toText({ cluster, runtime, slots, busy, queued, leases, workers }: ClusterSummary): string {
  const head = toTable([
    ['cluster', cluster],
    ['runtime', runtime],
    ['places', `${String(busy)} of ${String(slots)} taken`],
    ['waiting', String(queued)],
  ]);
  const taken = toTable([['RUN', 'STEP', 'SINCE'], ...leases.map(({ run, step, since }) => [run, step, since])]);
  const processes = toTable(
    [['PID', 'ENVIRONMENT', 'VERSION', 'MODE', 'STATE', 'MEMORY', 'TASKS', 'SINCE'], ...workers.map(toCells)],
    [0, 5, 6],
  );
  return [head, ...(leases.length === 0 ? [] : [taken]), ...(workers.length === 0 ? [] : [processes])].join('\n');
}

function toCells({ pid, environment, version, mode, state, rss, tasks, started }: ClusterWorker): string[] {
  return [String(pid), environment || 'none', version, mode, state, rss === null ? '' : toSize(rss), String(tasks), started];
}
