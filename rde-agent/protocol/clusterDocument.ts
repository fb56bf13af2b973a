import { z } from 'zod';

const v = z.literal(1);

export const ClusterWorker = z.object({
  pid: z.int(),
  environment: z.string(),
  /** of the interpreter */
  version: z.string(),
  state: z.enum(['starting', 'warm', 'busy']),
  /** `zygote` = the parent of forked ones, which has imported the packages; `forked` = for one task; `kept` = for one task after another */
  mode: z.enum(['zygote', 'forked', 'kept', 'node']),
  /** resident set size in bytes; `null` = the host does not tell */
  rss: z.int().nullable(),
  started: z.string(),
  /** that it was given; of a zygote, that its children were */
  tasks: z.int(),
});
export type ClusterWorker = z.infer<typeof ClusterWorker>;

/** `cairn cluster list --json` */
export const ClusterSummary = z.object({
  cluster: z.string(),
  runtime: z.string(),
  /** tasks at once */
  slots: z.int(),
  busy: z.int(),
  /** tasks that wait for a place */
  queued: z.int(),
  /** leases held: which task of which run holds a place, since when */
  leases: z.array(z.object({ run: z.string(), step: z.string(), since: z.string() })),
  /** at work on tasks of this cluster; those that wait are of this host, and stand at `local` */
  workers: z.array(ClusterWorker),
});
export type ClusterSummary = z.infer<typeof ClusterSummary>;
export const ClustersDocument = z.object({ v, clusters: z.array(ClusterSummary) });
export type ClustersDocument = z.infer<typeof ClustersDocument>;
