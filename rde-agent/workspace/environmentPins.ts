import { EMPTY_ENVIRONMENT, type EnvironmentDefinition } from '../../language/model/environment.ts';
import { toCanonicalJson } from '../../language/model/json.ts';
import type { ModuleContract } from '../../language/model/module.ts';
import type { WorkspaceModel } from '../../language/service/workspaceModel.ts';
import { toDigest } from '../builder/digest.ts';
import type { FileIndex } from '../builder/fileIndex.ts';
import { joinPath } from '../builder/folderNode.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedEnvironment } from '../protocol/pinned.ts';
import type { PinEnvironment } from './workspaceOptions.ts';

/** A pinned environment with the text that its lock digest stands for. */
export interface EnvironmentPin {
  readonly pinned: PinnedEnvironment;
  readonly lock: string | null;
}

/** An environment as the workspace's files have it now. */
interface EnvironmentSource {
  readonly definition: EnvironmentDefinition;
  readonly lockFile: string | undefined;
}

/** Pins the environments of one workspace, once for each state of their files. */
export class EnvironmentPins {
  readonly #index: FileIndex;
  readonly #pin: PinEnvironment;
  readonly #pins = new Map<string, Promise<EnvironmentPin>>();

  constructor(index: FileIndex, pin: PinEnvironment) {
    this.#index = index;
    this.#pin = pin;
  }

  /** `name: undefined` = the empty environment. Of TypeScript modules it is a Node, of Python modules all but that. Rejects with CairnError `check-failed`, `python-missing` or `environment-failed`. */
  async get(model: WorkspaceModel, name: string | undefined, language: ModuleContract['language'] = 'python'): Promise<EnvironmentPin> {
    const source = toSource(this.#find(model, name), language);
    const lockDigest = source.lockFile === undefined ? null : (this.#index.file(source.lockFile)?.digest ?? null);
    if (source.lockFile !== undefined && lockDigest === null) {
      throw new CairnError('environment-failed', `environment ${source.definition.name}: its lock file ${source.lockFile} is not there`, {
        next: 'Make the lock, or take the line `lock:` out.',
      });
    }
    const key = toDigest(toCanonicalJson({ definition: source.definition, lock: lockDigest }));
    const known = this.#pins.get(key);
    if (known !== undefined) return known;
    const pinning = this.#pinNow(source);
    this.#pins.set(key, pinning);
    pinning.catch(() => this.#pins.delete(key));
    return pinning;
  }

  async #pinNow(source: EnvironmentSource): Promise<EnvironmentPin> {
    const bytes = source.lockFile === undefined ? undefined : await this.#index.read(source.lockFile);
    if (source.lockFile !== undefined && bytes === undefined)
      throw new CairnError('conflict', `${source.lockFile} changed while it was read`);
    const lock = bytes === undefined ? null : new TextDecoder().decode(bytes);
    return { pinned: await this.#pin(source.definition, lock), lock };
  }

  #find(model: WorkspaceModel, name: string | undefined): EnvironmentSource {
    if (name === undefined) return { definition: EMPTY_ENVIRONMENT, lockFile: undefined };
    const found = model.environments.get(name);
    if (found?.value === undefined) throw new CairnError('check-failed', `the environment ${name} is not defined, or its file has errors`);
    return { definition: found.value, lockFile: found.value.lock === undefined ? undefined : joinPath(found.folder, found.value.lock) };
  }
}

/** What of a definition counts for modules of this language. One that names no Node means the agent's own. */
function toSource({ definition, lockFile }: EnvironmentSource, language: ModuleContract['language']): EnvironmentSource {
  if (language === 'python') return { definition: { ...definition, node: undefined }, lockFile };
  const node = definition.node ?? process.versions.node;
  return { definition: { ...definition, python: undefined, lock: undefined, node }, lockFile: undefined };
}
