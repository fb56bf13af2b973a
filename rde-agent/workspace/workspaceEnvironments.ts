import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { EnvironmentDefinition } from '../../language/model/environment.ts';
import { toNearNames } from '../../language/model/nearNames.ts';
import type { Definition, WorkspaceModel } from '../../language/service/workspaceModel.ts';
import { joinPath } from '../builder/folderNode.ts';
import type { EnvironmentsDocument, EnvironmentSummary } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import { isStale, listIncludes, type LockInputs, toInputsFile, toLockText, toOldestPython } from './environmentLock.ts';
import type { EnvironmentPin } from './environmentPins.ts';
import type { Workspace } from './workspace.ts';
import type { WorkspaceRoleOptions } from './workspaceOptions.ts';

type Environment = Definition<EnvironmentDefinition>;

/** files of requirements that one environment may be made of */
const MAX_INPUTS = 50;

/** `environment.list`, `.lock` and `.sync` of one workspace. */
export class WorkspaceEnvironments {
  readonly #workspace: Workspace;
  readonly #options: WorkspaceRoleOptions;

  constructor(workspace: Workspace, options: WorkspaceRoleOptions) {
    this.#workspace = workspace;
    this.#options = options;
  }

  /** What is wrong with one is said in its `problem`. */
  async list(): Promise<EnvironmentsDocument> {
    const { checked } = await this.#workspace.current({});
    const environments: EnvironmentSummary[] = [];
    for (const environment of checked.model.environments.values()) environments.push(await this.#summarise(checked.model, environment));
    return { v: 1, environments };
  }

  /**
   * Solves environments and writes their locks, each as a whole or not at all. Without names: all that have a lock. Versions that still fit
   * stay, unless `upgrade`. Rejects with `unknown-environment`, `invalid-request` (no lock, no requirements) or `environment-failed`.
   */
  async lock(names: readonly string[], upgrade: boolean, signal: AbortSignal): Promise<EnvironmentsDocument> {
    const { checked } = await this.#workspace.current({});
    const chosen = this.#choose(checked.model, names).filter(({ value }) => names.length > 0 || value?.lock !== undefined);
    const done = new Map<string, { readonly changed: boolean; readonly seconds: number }>();
    for (const environment of chosen) {
      const started = performance.now();
      const changed = await this.#lockOne(environment, upgrade, signal);
      done.set(environment.name, { changed, seconds: (performance.now() - started) / 1000 });
    }
    const { checked: after } = await this.#workspace.current({});
    const environments: EnvironmentSummary[] = [];
    for (const { name } of chosen) {
      const environment = after.model.environments.get(name);
      if (environment !== undefined) environments.push({ ...(await this.#summarise(after.model, environment)), ...done.get(name) });
    }
    return { v: 1, environments };
  }

  /** Makes environments ready. Without names: all, and what is wrong with one is said in its `problem`. Named ones reject. */
  async sync(names: readonly string[], signal: AbortSignal): Promise<EnvironmentsDocument> {
    const { checked } = await this.#workspace.current({});
    const environments: EnvironmentSummary[] = [];
    for (const environment of this.#choose(checked.model, names)) {
      const started = performance.now();
      try {
        const { pinned, lock } = await this.#pin(checked.model, environment);
        const report = (message: string): void => this.#options.logger.info('environment', { environment: environment.name, message });
        await this.#options.prepare(pinned, lock, report, signal);
      } catch (error) {
        if (!(error instanceof CairnError) || names.length > 0 || signal.aborted) throw error;
      }
      environments.push({ ...(await this.#summarise(checked.model, environment)), seconds: (performance.now() - started) / 1000 });
    }
    return { v: 1, environments };
  }

  #choose({ environments }: WorkspaceModel, names: readonly string[]): readonly Environment[] {
    if (names.length === 0) return [...environments.values()];
    return names.map((name) => {
      const environment = environments.get(name);
      if (environment !== undefined) return environment;
      const [near] = toNearNames(name, [...environments.keys()]);
      throw new CairnError('unknown-environment', `there is no environment ${name}${near === undefined ? '' : `; did you mean ${near}?`}`);
    });
  }

  async #summarise(model: WorkspaceModel, environment: Environment): Promise<EnvironmentSummary> {
    const { name, file, value } = environment;
    const lock = value?.lock === undefined ? null : joinPath(environment.folder, value.lock);
    const empty = { environment: name, file, python: null, node: null, packages: 0, digest: null, ready: false, lock, stale: false };
    try {
      const stale = lock !== null && (await this.#isStale(environment, lock));
      const { pinned } = await this.#pin(model, environment);
      const node =
        pinned.node ??
        (value?.node === undefined ? null : ((await this.#workspace.pins.get(model, name, 'typescript')).pinned.node ?? null));
      const ready = (await this.#options.isReady?.(pinned)) ?? false;
      const { python, packages, digest } = pinned;
      return { ...empty, python: python === '' ? null : python, node, packages: Object.keys(packages).length, digest, ready, stale };
    } catch (error) {
      if (!(error instanceof CairnError)) throw error;
      return { ...empty, problem: error.message };
    }
  }

  /** One that names a Node and nothing of Python is of TypeScript modules alone. */
  #pin(model: WorkspaceModel, { name, value }: Environment): Promise<EnvironmentPin> {
    const isNode = value?.node !== undefined && value.python === undefined && value.lock === undefined;
    return this.#workspace.pins.get(model, name, isNode ? 'typescript' : 'python');
  }

  async #isStale(environment: Environment, lock: string): Promise<boolean> {
    const text = await this.#read(lock);
    const inputs = await this.#readInputs(environment);
    return text !== undefined && inputs !== undefined && isStale(text, inputs);
  }

  async #lockOne(environment: Environment, upgrade: boolean, signal: AbortSignal): Promise<boolean> {
    const { name, file, folder, value } = environment;
    if (value === undefined) throw new CairnError('check-failed', `${file} has errors, so ${name} can't be locked`);
    if (value.lock === undefined)
      throw new CairnError('invalid-request', `the environment ${name} has no lock`, { next: `Add \`lock: ${name}.lock\` to ${file}.` });
    const inputs = await this.#readInputs(environment);
    if (inputs === undefined) {
      const wanted = joinPath(folder, toInputsFile(value.lock));
      throw new CairnError('invalid-request', `${wanted} is not there: it lists what ${name} needs`, {
        next: `Write ${wanted} with a requirement in each line, such as \`pandas>=2\`.`,
      });
    }
    const target = joinPath(folder, value.lock);
    const present = await this.#read(target);
    if (this.#options.solve === undefined) throw new CairnError('not-supported', 'this agent does not solve environments');
    const request = {
      folder: path.join(this.#workspace.root, folder),
      inputs: toInputsFile(value.lock),
      present: upgrade ? null : (present ?? ''),
      python: inputs.python,
    };
    const report = (message: string): void => this.#options.logger.info('environment', { environment: name, message });
    const text = toLockText(name, inputs, await this.#options.solve(request, report, signal));
    if (text === present) return false;
    this.#write(target, text);
    await this.#workspace.live.refresh([target]);
    return true;
  }

  /** A crash leaves the old lock or the new one. */
  #write(file: string, text: string): void {
    const target = path.join(this.#workspace.root, file);
    const draft = `${target}.${String(process.pid)}.tmp`;
    try {
      writeFileSync(draft, text);
      renameSync(draft, target);
    } catch (error) {
      rmSync(draft, { force: true });
      const reason = error instanceof Error ? error.message : String(error);
      throw new CairnError('environment-failed', `${file} can't be written: ${reason}`, {
        next: 'Check the disk and the rights of the file.',
        cause: error,
      });
    }
  }

  /** `undefined`: there is no file of requirements. Rejects with `invalid-request` where it names one that is not there. */
  async #readInputs({ folder, value }: Environment): Promise<LockInputs | undefined> {
    const first = toInputsFile(value?.lock ?? '');
    const files = new Map<string, string>();
    const waiting = [first];
    for (let file = waiting.shift(); file !== undefined && files.size < MAX_INPUTS; file = waiting.shift()) {
      if (files.has(file)) continue;
      const text = await this.#read(path.posix.normalize(joinPath(folder, file)));
      if (text === undefined && file === first) return undefined;
      if (text === undefined)
        throw new CairnError('invalid-request', `${joinPath(folder, first)} names ${file}, which is not in this workspace`);
      files.set(file, text);
      waiting.push(...listIncludes(text).map((other) => path.posix.join(path.posix.dirname(file), other)));
    }
    return { files, python: toOldestPython(value?.python) };
  }

  async #read(file: string): Promise<string | undefined> {
    const bytes = await this.#workspace.live.index.read(file);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }
}
