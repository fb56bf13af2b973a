import { toTopologicalOrder } from '../../language/model/graph.ts';
import { parseUse } from '../../language/parse/grammar.ts';
import type { WorkspaceModel } from '../../language/service/workspaceModel.ts';
import type { CiJob, CiPlanDocument } from '../protocol/ciDocuments.ts';
import { createCheckScope } from './checkScope.ts';
import { findAffected, type AffectedDefinitions, type Because, type MatchGlob } from './ciAffected.ts';
import type { Changes } from './ciChanges.ts';

type Kind = CiJob['kind'];

/** A job before it has an id. */
interface Draft {
  readonly kind: Kind;
  readonly name: string;
  readonly because: readonly Because[];
  /** keys of what it uses that has a job as well */
  readonly uses: readonly string[];
}

/** What there is in a workspace, and in which files there are errors. */
export interface PlannedWorkspace {
  readonly model: WorkspaceModel;
  readonly broken: ReadonlySet<string>;
}

/** Jobs for exactly what the changes affect, each after those of what it uses. */
export async function planPipeline(
  { model, broken }: PlannedWorkspace,
  since: string,
  changes: Changes,
  matches: MatchGlob,
): Promise<CiPlanDocument> {
  const affected = await findAffected(model, changes, matches);
  const drafts = new Map([
    ...toDrafts('library', affected.libraries, (name) => listLibraries(model.libraries.get(name)?.value?.uses, affected)),
    ...toDrafts('module', affected.modules, (name) => listLibraries(model.modules.get(name)?.value?.uses, affected)),
    ...toDrafts('workflow', affected.workflows, (name) => listSteps(model, name, affected)),
  ]);
  for (const draft of toUnowned(model, changes, broken, [...drafts.values()])) drafts.set(toKey(draft.kind, draft.name), draft);
  const ids = toIds([...drafts.values()]);
  const ordering = toTopologicalOrder(new Map([...drafts].map(([key, { uses }]) => [key, uses])));
  // What uses itself by a detour is an error of the files, which a job shall show: then nothing waits.
  const order = ordering.kind === 'cycle' ? [...drafts.keys()] : ordering.order;
  const jobs = order.flatMap((key) => toJob(key, drafts, ids, ordering.kind === 'cycle'));
  const unaffected = model.modules.size + model.libraries.size - affected.modules.size - affected.libraries.size;
  return { v: 1, since, base: changes.base, head: changes.head, folder: changes.folder, changed: [...changes.paths], jobs, unaffected };
}

/** A file with errors can define nothing: then no job would look at it, and a pipeline were green that must not be. */
function toUnowned(model: WorkspaceModel, { paths }: Changes, broken: ReadonlySet<string>, drafts: readonly Draft[]): readonly Draft[] {
  const names = drafts.map(({ name }) => name);
  const isChecked = names.length === 0 ? () => false : createCheckScope(model, names);
  const because = paths.filter((path) => broken.has(path) && !isChecked(path)).map((name): Because => ({ kind: 'file', name }));
  return because.length === 0 ? [] : [{ kind: 'workspace', name: 'workspace', because, uses: [] }];
}

function toDrafts(
  kind: Kind,
  affected: ReadonlyMap<string, readonly Because[]>,
  uses: (name: string) => readonly string[],
): readonly [string, Draft][] {
  return [...affected]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, because]) => [toKey(kind, name), { kind, name, because, uses: uses(name) }]);
}

function toKey(kind: Kind, name: string): string {
  return `${kind} ${name}`;
}

function listLibraries(uses: readonly string[] = [], { libraries }: AffectedDefinitions): readonly string[] {
  const names = new Set(uses.map((use) => parseUse(use).name));
  return [...names].filter((name) => libraries.has(name)).map((name) => toKey('library', name));
}

function listSteps({ workflows: all }: WorkspaceModel, name: string, { modules, workflows }: AffectedDefinitions): readonly string[] {
  const keys = (all.get(name)?.value?.steps ?? []).flatMap(({ use }) => {
    if (use.kind === 'module') return modules.has(use.module) ? [toKey('module', use.module)] : [];
    return use.kind === 'workflow' && use.workflow !== name && workflows.has(use.workflow) ? [toKey('workflow', use.workflow)] : [];
  });
  return [...new Set(keys)];
}

function toJob(key: string, drafts: ReadonlyMap<string, Draft>, ids: ReadonlyMap<string, string>, isFree: boolean): readonly CiJob[] {
  const draft = drafts.get(key);
  const id = ids.get(key);
  if (draft === undefined || id === undefined) return [];
  const needs = isFree ? [] : draft.uses.flatMap((used) => ids.get(used) ?? []);
  return [{ id, module: draft.name, kind: draft.kind, because: [...draft.because], needs, commands: toCommands(draft) }];
}

/** The last one of what can be published publishes `latestAlpha`. */
function toCommands({ kind, name }: Draft): string[] {
  const check = `cairn check ${name}`;
  switch (kind) {
    case 'module':
      return [check, `cairn build ${name}`, `cairn test ${name}`, `cairn push --module ${name}`];
    case 'library':
      return [check, `cairn build ${name}`, `cairn push --module ${name}`];
    case 'workflow':
      return [check];
    case 'workspace':
      return ['cairn check'];
  }
}

/** `search/featurize` → `search-featurize`: fit for every format, and no two the same. */
function toIds(drafts: readonly Draft[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  const ids = new Map<string, string>();
  for (const { kind, name } of drafts) {
    const plain = name.replaceAll(/[^A-Za-z0-9_-]/g, '-').replace(/^(?=[^A-Za-z_])/, '_');
    const wanted = kind === 'workflow' ? `${plain}-workflow` : plain;
    let id = wanted;
    for (let count = 2; taken.has(id); count += 1) id = `${wanted}-${String(count)}`;
    taken.add(id);
    ids.set(toKey(kind, name), id);
  }
  return ids;
}
