import { toCanonicalJson } from '../../language/model/json.ts';
import { findSameImport } from '../../language/model/library.ts';
import type { ModuleContract } from '../../language/model/module.ts';
import type { Digest } from '../../language/model/names.ts';
import type { ParamValue } from '../../language/model/workflow.ts';
import type { Hash } from '../engine/hash.ts';
import { withBrought } from '../protocol/broughtLibraries.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedEnvironment, PinnedLibrary, PinnedStep, PinnedWorkflow } from '../protocol/pinned.ts';
import type { Release } from '../protocol/release.ts';
import type { TagRecord } from '../store/store.ts';
import { assertFits } from './versionFits.ts';

export interface TagSources {
  /** What a tag of a module names at this moment. */
  tagged(module: string, tag: string): TagRecord | undefined;
  /** Rejects with `unknown-blob`. */
  release(digest: Digest): Promise<Release>;
  readonly hash: Hash;
}

/**
 * A pushed definition with what its tags name now, in all that is nested in it: every tag is looked up once, at one moment, so that no run mixes two
 * versions of it. Rejects with `check-failed` where a version does not fit what the workflow makes of it.
 */
export async function resolveTags(definition: PinnedWorkflow, sources: TagSources): Promise<PinnedWorkflow> {
  const now = new Map<string, TagRecord>();
  const look = (name: string, tag: string | undefined): void => {
    const record = tag === undefined ? undefined : sources.tagged(name, tag);
    if (record !== undefined) now.set(`${name}@${record.tag}`, record);
  };
  // Nothing waits until everything has been looked up.
  for (const { steps } of [definition, ...(definition.workflows ?? [])]) {
    for (const { name, tag, libraries = [] } of steps) {
      look(name, tag);
      for (const library of libraries) look(library.name, library.tag);
    }
  }
  if (now.size === 0) return definition;
  const resolving: Resolving = { sources, now, nested: new Map() };
  const workflows: PinnedWorkflow[] = [];
  for (const inner of definition.workflows ?? []) {
    const resolved = await resolveOne(inner, resolving);
    workflows.push(resolved);
    if (resolved !== inner) resolving.nested.set(inner.workflow, sources.hash(toCanonicalJson({ ...resolved, tree: '' })));
  }
  const outer = await resolveOne(definition, resolving);
  return resolving.nested.size === 0 ? outer : { ...outer, workflows };
}

interface Resolving {
  readonly sources: TagSources;
  readonly now: ReadonlyMap<string, TagRecord>;
  /** nested workflows that have become others, by name */
  readonly nested: Map<string, Digest>;
}

/** The same object where nothing of it has changed. */
async function resolveOne(definition: PinnedWorkflow, resolving: Resolving): Promise<PinnedWorkflow> {
  const steps: PinnedStep[] = [];
  const environments = new Map<Digest, PinnedEnvironment>(definition.environments.map((environment) => [environment.digest, environment]));
  for (const step of definition.steps) {
    const { step: resolved, environment } = await resolveStep(step, definition, resolving);
    steps.push(resolved);
    if (environment !== undefined) environments.set(environment.digest, environment);
  }
  if (steps.every((step, index) => step === definition.steps[index])) return definition;
  const used = new Set<string>(steps.map((step) => step.environment));
  return { ...definition, steps, environments: [...environments.values()].filter(({ digest }) => used.has(digest)) };
}

interface ResolvedStep {
  readonly step: PinnedStep;
  readonly environment?: PinnedEnvironment;
}

async function resolveStep(step: PinnedStep, definition: PinnedWorkflow, { sources, now, nested }: Resolving): Promise<ResolvedStep> {
  const inner = step.kind === 'workflow' ? nested.get(step.name) : undefined;
  if (inner !== undefined) return { step: { ...step, artifact: inner } };
  const record = step.tag === undefined ? undefined : now.get(`${step.name}@${step.tag}`);
  if (record === undefined) return { step: withLibraries(step, now) };
  if (isPinned(step, record)) return { step };
  if (record.release === undefined) return { step: toVersion(step, record, undefined) };
  const release = await sources.release(record.release);
  const { contract, environment } = release;
  if (contract === null) throw new CairnError('check-failed', `step ${step.id}: ${step.name}@${record.tag} is a library, not a module`);
  assertFits(step, contract, definition);
  const resolved: PinnedStep = { ...toVersion(step, record, release), contract, params: toParams(step, contract) };
  return environment === null ? { step: resolved } : { step: { ...resolved, environment: environment.digest }, environment };
}

/** Code that the workflow takes as it was pushed may use libraries by tags, which bring others along. */
function withLibraries(step: PinnedStep, now: ReadonlyMap<string, TagRecord>): PinnedStep {
  const { libraries } = step;
  if (libraries === undefined) return step;
  const found = new Map(libraries.flatMap(({ name, tag }) => toEntry(name, tag === undefined ? undefined : now.get(`${name}@${tag}`))));
  const asked = libraries.flatMap((library): readonly PinnedLibrary[] => {
    if (library.broughtBy !== undefined && found.has(library.broughtBy)) return [];
    const artifact = found.get(library.name)?.artifact;
    return [artifact === undefined ? library : { ...library, artifact }];
  });
  const brought = [...found].map(([by, record]) => ({ by, libraries: record.libraries ?? {} }));
  const resolved = withBrought(asked, brought);
  if (toCanonicalJson(resolved) === toCanonicalJson(libraries)) return step;
  const same = findSameImport(resolved.map(({ name }) => name));
  if (same === undefined) return { ...step, libraries: resolved };
  throw new CairnError(
    'check-failed',
    `step ${step.id}: ${same.name} and ${same.other}, as they are tagged now, are both imported as ${same.word}`,
    {
      next: 'Move one of the tags back with `cairn rollback`, or change the module and push it.',
    },
  );
}

function toEntry(name: string, record: TagRecord | undefined): readonly (readonly [string, TagRecord])[] {
  return record === undefined ? [] : [[name, record]];
}

function isPinned({ artifact, libraries = [] }: PinnedStep, record: TagRecord): boolean {
  const pinned = Object.fromEntries(libraries.map((library) => [library.name, library.artifact]));
  return artifact === record.artifact && toCanonicalJson(pinned) === toCanonicalJson({ ...record.libraries });
}

function toVersion(step: PinnedStep, { artifact, libraries }: TagRecord, release: Release | undefined): PinnedStep {
  const { code: _code, libraries: before = [], ...rest } = step;
  const pinned = Object.entries(libraries ?? {}).map(([name, library]): PinnedLibrary => {
    const folder = before.find((known) => known.name === name)?.folder ?? '';
    return { name, artifact: library, folder };
  });
  return {
    ...rest,
    artifact,
    ...(release?.code === undefined ? {} : { code: release.code }),
    ...(pinned.length === 0 ? {} : { libraries: pinned }),
  };
}

/** In the contract's order: what the workflow gives, else the version's own defaults. */
function toParams(step: PinnedStep, contract: ModuleContract): { readonly [name: string]: ParamValue } {
  const given = new Set(step.given ?? Object.keys(step.params));
  return Object.fromEntries(
    contract.params.flatMap(({ name, default: value }): readonly (readonly [string, ParamValue])[] => {
      const own = given.has(name) ? step.params[name] : undefined;
      if (own !== undefined) return [[name, own]];
      return value === undefined ? [] : [[name, { kind: 'literal', value }]];
    }),
  );
}
