import type { Digest } from '../../language/model/names.ts';
import type { ResolvedLibrary, ResolvedStep, ResolvedWorkflow } from '../../language/service/resolvedWorkflow.ts';
import type { BuildTarget } from '../builder/pythonArtifact.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { RunRole } from '../protocol/roles.ts';
import type { BuiltArtifact } from './delivery.ts';
import { toForeignName, type Foreign } from './foreignReleases.ts';
import type { EnvironmentPin } from './environmentPins.ts';
import { type LibraryCode, type PinnedCode, pinWorkflow, toWantedTag } from './pinWorkflow.ts';
import type { ParamValues } from './substitution.ts';
import type { TaggedContracts } from './taggedContracts.ts';
import type { CurrentAmong, Current, Workspace } from './workspace.ts';
import type { WorkspaceRoleOptions } from './workspaceOptions.ts';

/** A pinned workflow and what a request that names it must bring along. */
export interface Pinning {
  readonly pinned: PinnedWorkflow;
  readonly artifacts: readonly BuiltArtifact[];
  readonly environments: readonly EnvironmentPin[];
}

type Tagged = NonNullable<ReturnType<RunRole['tagged']>>;
type Artifacts = Map<Digest, BuiltArtifact>;
const LOCAL = ['local'];

/** Pins workflows of one workspace: code of the working tree or of a tag, environments of this host. */
export class WorkflowPinner {
  readonly #workspace: Workspace;
  readonly #options: WorkspaceRoleOptions;
  readonly #contracts: TaggedContracts;

  constructor(workspace: Workspace, options: WorkspaceRoleOptions, contracts: TaggedContracts) {
    this.#workspace = workspace;
    this.#options = options;
    this.#contracts = contracts;
  }

  /** Rejects with what `pinWorkflow` rejects with. `given: null` = for later, see there. */
  async pin(current: CurrentAmong, resolved: ResolvedWorkflow, given: ParamValues | null): Promise<Pinning> {
    const artifacts: Artifacts = new Map();
    const environments = new Map<Digest, EnvironmentPin>();
    const { model } = current.checked;
    const pinned = await pinWorkflow(resolved, given, {
      manifest: model.manifest,
      clusters: this.#options.clusters ?? LOCAL,
      environment: async (environment, language) => {
        const pin = await this.#workspace.pins.get(model, environment, language);
        environments.set(pin.pinned.digest, pin);
        return pin;
      },
      code: (step, domain) => findForeign(step, current.foreign) ?? this.#findCode(step, domain, current, artifacts),
      library: (library, domain) => this.#findLibrary(library, domain, current, artifacts),
      tree: () => this.#workspace.live.index.tree(),
    });
    return { pinned, artifacts: [...artifacts.values()], environments: [...environments.values()] };
  }

  #findCode({ use, contract }: ResolvedStep, domain: PinnedWorkflow['domain'], current: Current, artifacts: Artifacts): PinnedCode {
    const tag = use.kind === 'module' ? toWantedTag(use.tag, domain) : undefined;
    const asked = tag === undefined ? {} : { tag };
    const tagged = use.kind === 'module' ? this.#findTagged(use.name, tag) : undefined;
    if (tagged !== undefined) {
      const { artifact, libraries } = tagged;
      return { artifact, contract: this.#contracts.get(artifact) ?? contract, ...asked, ...(libraries === undefined ? {} : { libraries }) };
    }
    const { datasets, modules } = current.targets;
    return { ...this.#build((use.kind === 'dataset' ? datasets : modules).get(use.name), use.name, artifacts), contract, ...asked };
  }

  #findLibrary({ name, tag }: ResolvedLibrary, domain: PinnedWorkflow['domain'], current: Current, artifacts: Artifacts): LibraryCode {
    return this.#findTagged(name, toWantedTag(tag, domain)) ?? this.#build(current.targets.libraries.get(name), name, artifacts);
  }

  #build(target: BuildTarget | undefined, name: string, artifacts: Artifacts): Pick<PinnedCode, 'artifact' | 'code'> {
    if (target === undefined) throw new CairnError('check-failed', `${name} can't be built: its file has errors`);
    const result = this.#workspace.builds.build(target);
    if (result.kind === 'failed') throw result.error;
    const { digest, code } = result.artifact;
    artifacts.set(digest, { target, artifact: result.artifact });
    return code === undefined ? { artifact: digest } : { artifact: digest, code: code.digest };
  }

  /** `latestAlpha` that was never pushed is the working tree too. */
  #findTagged(name: string, tag: string | undefined): Tagged | undefined {
    if (tag === undefined) return undefined;
    const found = this.#options.runRole.tagged(name, tag);
    if (found === undefined && tag !== 'latestAlpha')
      throw new CairnError('check-failed', `${name} has no version tagged ${tag}`, {
        next:
          tag === 'latest'
            ? `Promote one with \`cairn promote ${name}\`, or use another version.`
            : `Set it with \`cairn tag ${name} ${tag}\`, or use another version.`,
      });
    return found;
  }
}

/** `undefined`: its source is here. */
function findForeign({ use }: ResolvedStep, foreign: Foreign | undefined): PinnedCode | undefined {
  const release = use.kind === 'module' && use.tag !== undefined ? foreign?.releases.get(toForeignName(use.name, use.tag)) : undefined;
  if (release?.contract == null || use.kind !== 'module') return undefined;
  const { artifact, code, contract, environment, libraries } = release;
  return {
    artifact,
    contract,
    ...(use.tag === undefined ? {} : { tag: use.tag }),
    ...(code === undefined ? {} : { code }),
    ...(Object.keys(libraries).length === 0 ? {} : { libraries }),
    ...(environment === null ? {} : { environment }),
  };
}
