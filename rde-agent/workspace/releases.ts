import { toCanonicalJson } from '../../language/model/json.ts';
import type { LibraryDefinition } from '../../language/model/library.ts';
import type { Digest } from '../../language/model/names.ts';
import { collectLibraries } from '../../language/service/libraryUses.ts';
import type { WorkspaceModel } from '../../language/service/workspaceModel.ts';
import { toDigest } from '../builder/digest.ts';
import { CairnError } from '../protocol/errors.ts';
import type { Release } from '../protocol/release.ts';
import type { LibraryArtifacts, PushRequest, RunRole } from '../protocol/roles.ts';
import type { BuiltArtifact } from './delivery.ts';
import type { EnvironmentPin, EnvironmentPins } from './environmentPins.ts';

/** What a push tells of its modules and libraries, and what it must bring along for that. */
export interface Releases {
  readonly artifacts: PushRequest['artifacts'];
  readonly environments: readonly EnvironmentPin[];
  readonly texts: readonly { readonly digest: Digest; readonly text: string }[];
}

export interface ReleaseSources {
  readonly model: WorkspaceModel;
  readonly pins: EnvironmentPins;
  readonly runRole: Pick<RunRole, 'tagged'>;
}

/** tag that a push moves to its own artifacts */
const PUSH_TAG = 'latestAlpha';

/** Those of `chosen`, with the libraries that they use: together they are the version that a tag names. `built` = all of the workspace. */
export async function toReleases(built: readonly BuiltArtifact[], chosen: ReadonlySet<string>, sources: ReleaseSources): Promise<Releases> {
  const digests = new Map(built.map(({ target, artifact }) => [target.name, artifact.digest]));
  const environments = new Map<Digest, EnvironmentPin>();
  const texts = new Map<Digest, string>();
  const artifacts: PushRequest['artifacts'][number][] = [];
  for (const { target, artifact } of built) {
    if (!chosen.has(target.name)) continue;
    const libraries = toUsed(target.name, digests, sources);
    const environment = await findEnvironment(target.name, sources);
    if (environment !== undefined) environments.set(environment.pinned.digest, environment);
    const release: Release = {
      v: 1,
      module: target.name,
      artifact: artifact.digest,
      ...(artifact.code === undefined ? {} : { code: artifact.code.digest }),
      contract: sources.model.modules.get(target.name)?.value ?? null,
      ...toLibrary(target, sources.model),
      environment: environment?.pinned ?? null,
      libraries,
    };
    const text = toCanonicalJson({ ...release });
    const digest = toDigest(text);
    texts.set(digest, text);
    const used = Object.keys(libraries).length === 0 ? {} : { libraries };
    artifacts.push({ module: target.name, artifact: artifact.digest, ...used, release: digest });
  }
  return { artifacts, environments: [...environments.values()], texts: [...texts].map(([digest, text]) => ({ digest, text })) };
}

function toLibrary({ kind, name }: BuiltArtifact['target'], model: WorkspaceModel): Pick<Release, 'library'> {
  const library = kind === 'library' ? model.libraries.get(name)?.value : undefined;
  return library === undefined ? {} : { library };
}

/** Those that libraries use themselves included, and those that a tagged one brings along. */
function toUsed(name: string, digests: ReadonlyMap<string, Digest>, { model, runRole }: ReleaseSources): LibraryArtifacts {
  const library = (used: string): LibraryDefinition | undefined => model.libraries.get(used)?.value;
  const uses = (model.modules.get(name) ?? model.libraries.get(name))?.value?.uses ?? [];
  const asked = collectLibraries(uses, library).map(({ name: other, tag }) => {
    // This very push moves its own tags.
    const isOwn = tag === PUSH_TAG && digests.has(other);
    const tagged = tag === undefined || isOwn ? undefined : runRole.tagged(other, tag);
    return { other, digest: tagged?.artifact ?? digests.get(other), brought: tagged?.libraries ?? {} };
  });
  const brought = asked.flatMap((each) => Object.entries(each.brought));
  const used = asked.flatMap(({ other, digest }) => (digest === undefined ? [] : [[other, digest] as const]));
  // What is asked for goes before what comes along.
  return Object.fromEntries([...brought, ...used]);
}

/** `undefined`: a library, or it can't be decided on this host, which a run of it will say. */
async function findEnvironment(name: string, { model, pins }: ReleaseSources): Promise<EnvironmentPin | undefined> {
  const contract = model.modules.get(name)?.value;
  if (contract === undefined) return undefined;
  try {
    return await pins.get(model, contract.environment ?? model.manifest.defaults.environment, contract.language);
  } catch (error) {
    if (error instanceof CairnError) return undefined;
    throw error;
  }
}
