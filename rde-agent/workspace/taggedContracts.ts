import type { ModuleContract } from '../../language/model/module.ts';
import type { Digest } from '../../language/model/names.ts';
import type { WorkspaceFolder } from './workspaceFolder.ts';

/** Contracts of pushed artifacts: a step that names a tag is pinned with the contract that its artifact was pushed with. */
export class TaggedContracts {
  readonly #folder: WorkspaceFolder;
  readonly #known = new Map<Digest, ModuleContract | undefined>();

  constructor(folder: WorkspaceFolder) {
    this.#folder = folder;
  }

  /** `undefined`: pushed from elsewhere, or before this was remembered. */
  get(artifact: Digest): ModuleContract | undefined {
    if (!this.#known.has(artifact)) this.#known.set(artifact, toContract(this.#folder.read(toName(artifact))));
    return this.#known.get(artifact);
  }

  remember(artifact: Digest, contract: ModuleContract): void {
    if (JSON.stringify(this.get(artifact)) === JSON.stringify(contract)) return;
    this.#known.set(artifact, contract);
    this.#folder.write(toName(artifact), contract);
  }
}

function toName(artifact: Digest): string {
  return `contract-${artifact.slice('sha256:'.length)}`;
}

function toContract(value: unknown): ModuleContract | undefined {
  return isContract(value) ? value : undefined;
}

/** We wrote it whole or not at all; this only tells an older form from the present one. */
function isContract(value: unknown): value is ModuleContract {
  if (typeof value !== 'object' || value === null) return false;
  return ['name', 'kind', 'entry', 'inputs', 'params', 'outputs', 'resources', 'determinism', 'cache'].every((key) => key in value);
}
