import type { Hash } from '../engine/hash.ts';
import { toPlan } from '../engine/plan.ts';
import { toTaskGraph } from '../engine/taskGraph.ts';
import type { StandingResults } from '../engine/standing.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { PlanDocument } from '../protocol/documents.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { BlobBytes, ReadSource } from '../protocol/roles.ts';
import type { Principal, Scope } from '../protocol/who.ts';
import type { Projections } from '../store/store.ts';
import type { BlobCache } from './blobCache.ts';
import type { CacheRules } from './cacheRules.ts';
import type { Submitted } from './activeRunOptions.ts';
import { readElements } from './fanOutElements.ts';
import { toForked, type HadTask } from './forks.ts';
import type { Manifests } from './manifests.ts';
import { toPlanName, type PlanMemo } from './planMemo.ts';
import type { ResultCache } from './resultCache.ts';

export interface PlanServices {
  readonly hash: Hash;
  readonly blobs: BlobCache;
  readonly manifests: Manifests;
  readonly results: ResultCache;
  readonly rules: CacheRules;
  readonly memo: PlanMemo;
  readonly projections: Projections;
  /** what stands from a run */
  readonly standingOf: (run: string) => StandingResults | undefined;
  /** which tasks a run had */
  readonly hadTask: (run: string) => HadTask;
  /** of a dataset that the agent fetches; absent = it fetches none */
  readonly versionOf: ((node: TaskNode) => Promise<string | undefined>) | undefined;
}

export interface PlanRequest {
  readonly who: Principal;
  readonly definition: PinnedWorkflow;
  readonly from: string | null;
  /** how the run began that a fork goes on from */
  readonly fork?: Submitted | undefined;
  readonly scope: Scope;
  /** manifests of artifacts that are not in the store */
  readonly sent: readonly BlobBytes[];
  /** files of theirs */
  readonly readSource: ReadSource | undefined;
}

/** What a run would do now; nothing is recorded, fetched or run. Rejects with `unknown-step` or `invalid-request`. */
export async function planRun(request: PlanRequest, services: PlanServices): Promise<PlanDocument> {
  const { who, definition, from, fork, scope, sent, readSource } = request;
  const { hash, blobs, manifests, memo, results, rules, projections, versionOf, standingOf } = services;
  const cache = rules.access.guard(results.lookup(readSource), who, scope);
  const name = fork === undefined ? toPlanName(definition, from, who) : undefined;
  const known = memo.find(name, cache);
  if (known !== undefined) return known;
  const notes = memo.note(name);
  const forked = fork && toForked(fork, definition, from, services.hadTask(fork.run));
  const graph = toTaskGraph(definition, { id: '', nominalTime: forked?.nominalTime ?? null }, forked === undefined ? from : null);
  for (const { digest, bytes } of sent) if (hash(bytes) === digest) manifests.take(digest, bytes);
  // Known manifests let a reason name the file; without them it names the module.
  await Promise.all(listArtifacts(definition).map((artifact) => manifests.load(artifact).catch(() => undefined)));
  const document = await toPlan(graph, {
    scope,
    hash,
    cache,
    distrust: rules.distrusts.reason,
    memo: results.keys,
    ...(notes === undefined ? {} : { onHit: notes.onHit }),
    expectedSeconds: toMemo((module) => projections.expectedSeconds(module)),
    // What cannot be fanned out over is told by the run itself.
    elementsOf: (output) => readElements(output, 'it', blobs).catch(() => undefined),
    ...(versionOf === undefined ? {} : { versionOf }),
    ...(fork === undefined ? {} : { fork: { standing: standingOf(fork.run), from, force: false, standingOf } }),
  });
  notes?.keep(document, cache);
  return document;
}

function listArtifacts({ steps, workflows = [] }: PinnedWorkflow): readonly PinnedWorkflow['tree'][] {
  const code = [...steps, ...workflows.flatMap((each) => each.steps)].filter((step) => step.kind !== 'workflow');
  return [...new Set(code.flatMap((step) => [step.artifact, ...(step.libraries ?? []).map((library) => library.artifact)]))];
}

/** Hundreds of steps may be of one module. */
function toMemo<T>(find: (name: string) => T): (name: string) => T {
  const found = new Map<string, { readonly value: T }>();
  return (name) => {
    let known = found.get(name);
    if (known === undefined) found.set(name, (known = { value: find(name) }));
    return known.value;
  };
}
