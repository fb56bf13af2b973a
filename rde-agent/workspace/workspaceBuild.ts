import type { Diagnostic } from '../../language/model/diagnostic.ts';
import type { ModuleContract } from '../../language/model/module.ts';
import { toNearNames } from '../../language/model/nearNames.ts';
import type { WorkspaceModel } from '../../language/service/workspaceModel.ts';
import type { BuildTarget } from '../builder/pythonArtifact.ts';
import type { BuildDocument, BuiltEnvironment, BuiltModule } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import type { BuildTargets } from './buildTargets.ts';
import { isCodeDefinition, toCheckFailure } from './checkFailure.ts';
import type { EnvironmentPin, EnvironmentPins } from './environmentPins.ts';
import type { ModuleBuilds } from './moduleBuilds.ts';
import type { Checked } from './workspaceChecker.ts';
import type { PrepareEnvironment } from './workspaceOptions.ts';

interface BuildParts {
  readonly builds: ModuleBuilds;
  readonly pins: EnvironmentPins;
  readonly prepare: PrepareEnvironment;
  readonly logger: Logger;
}

export interface BuildRequest {
  /** names of modules and libraries; none = all */
  readonly modules: readonly string[];
  readonly documents: { readonly [path: string]: string };
  /** also make environments ready */
  readonly environments: boolean;
  /** folder for a wheel of each; `undefined` = no wheels */
  readonly wheels?: string | undefined;
  /** leave out what is as the last answer had it */
  readonly changedOnly?: boolean | undefined;
}

/** The last answer, and what it was the answer to: while all of it is the same there is nothing to look at. */
interface LastBuild {
  readonly names: string;
  readonly targets: BuildTargets;
  readonly revision: number;
  readonly tree: string;
  readonly modules: BuiltModule[];
  readonly environments: readonly UsedEnvironment[];
}

interface UsedEnvironment {
  readonly name: string | undefined;
  readonly language: ModuleContract['language'];
}

/** Answers `workspace.build`: modules and libraries of the files as they are, and the environments of the modules. */
export class WorkspaceBuild {
  readonly #parts: BuildParts;
  #last: LastBuild | undefined;

  constructor(parts: BuildParts) {
    this.#parts = parts;
  }

  /** All modules and libraries without names. Good ones are built even when others fail. `isNew`: the view may have to change. */
  async build(
    { checked, targets, tree }: { readonly checked: Checked; readonly targets: BuildTargets; readonly tree: string },
    { modules: names, environments, changedOnly = false }: BuildRequest,
    signal: AbortSignal,
  ): Promise<{ readonly document: BuildDocument; readonly isNew: boolean }> {
    const same = this.#findSame(names, targets, tree);
    const wanted = names.length === 0 ? undefined : names.map((name) => findTarget(checked, targets, name));
    const modules = same?.modules ?? this.#buildAll(checked, targets, wanted);
    const used = same?.environments ?? listEnvironments(checked.model, wanted ?? targets.modules.values());
    if (same === undefined) this.#remember(names, { targets, tree, environments: used }, modules);
    const built: BuiltEnvironment[] = [];
    for (const { name, language } of used)
      built.push(await this.#buildEnvironment(await this.#parts.pins.get(checked.model, name, language), environments, signal));
    built.sort((a, b) => (`${a.environment} ${a.node ?? ''}` < `${b.environment} ${b.node ?? ''}` ? -1 : 1));
    const document = { v: 1, ...(changedOnly ? toChanges(modules, same !== undefined) : { modules }), environments: built } as const;
    return { document, isNew: same === undefined };
  }

  #findSame(names: readonly string[], targets: BuildTargets, tree: string): LastBuild | undefined {
    const last = this.#last;
    const isSame =
      last?.targets === targets && last.tree === tree && last.revision === this.#parts.builds.revision && last.names === names.join(' ');
    return isSame ? last : undefined;
  }

  #remember(names: readonly string[], known: Pick<LastBuild, 'targets' | 'tree' | 'environments'>, modules: readonly BuiltModule[]): void {
    const unchanged = modules.map((module) => ({ ...module, rebuilt: false, stages: { detect: 0, hash: 0, pack: 0 }, seconds: 0 }));
    this.#last = { ...known, names: names.join(' '), revision: this.#parts.builds.revision, modules: unchanged };
  }

  /** Throws CairnError `build-failed` or `check-failed` that names everything that is wrong. */
  #buildAll(checked: Checked, targets: BuildTargets, wanted: readonly BuildTarget[] | undefined): BuiltModule[] {
    const { builds } = this.#parts;
    const chosen = wanted ?? [...targets.modules.values(), ...targets.libraries.values()];
    const failures: CairnError[] = [];
    const modules: BuiltModule[] = [];
    for (const target of chosen) {
      try {
        modules.push(builds.report(target));
      } catch (error) {
        if (!(error instanceof CairnError)) throw error;
        failures.push(error);
      }
    }
    builds.saveLater();
    refuseBroken(checked, chosen, failures, wanted === undefined);
    return modules;
  }

  async #buildEnvironment({ pinned, lock }: EnvironmentPin, prepare: boolean, signal: AbortSignal): Promise<BuiltEnvironment> {
    const report = (message: string): void => this.#parts.logger.info('environment', { environment: pinned.name, message });
    const made = prepare ? await this.#parts.prepare(pinned, lock, report, signal) : undefined;
    const { name: environment, digest, python, node } = pinned;
    return {
      environment,
      digest,
      python,
      ...(node === undefined ? {} : { node }),
      packages: Object.keys(pinned.packages).length,
      ready: made !== undefined,
      seconds: made?.seconds ?? 0,
    };
  }
}

/** Of the same answer once more nothing was rebuilt: it is not even looked through. */
function toChanges(modules: BuiltModule[], isSame: boolean): Pick<BuildDocument, 'modules' | 'unchanged'> {
  const rebuilt = isSame ? [] : modules.filter((module) => module.rebuilt);
  return { modules: rebuilt, unchanged: modules.length - rebuilt.length };
}

/** `isAll`: what can't even be read is meant too, though nothing is known of it but its file. */
function refuseBroken(
  { model, diagnostics }: Checked,
  wanted: readonly BuildTarget[],
  failures: readonly CairnError[],
  isAll: boolean,
): void {
  const [first] = failures;
  if (first !== undefined) throw new CairnError('build-failed', failures.map((failure) => failure.message).join('\n'), { cause: first });
  const { modules, libraries } = model;
  const broken = wanted.filter(({ kind, name }) => ((kind === 'library' ? libraries : modules).get(name)?.errors ?? 0) > 0);
  const isTheirs = (file: string): boolean =>
    broken.some((target) => file.startsWith(`${target.folder}/`)) || (isAll && isCodeDefinition(file));
  const errors = diagnostics.filter(({ severity, file }) => severity === 'error' && isTheirs(file));
  if (errors.length > 0) throw toCheckFailure(toWhat(broken, errors), errors);
}

/** Names where there are any: of a file that can't be read none is known. */
function toWhat(broken: readonly BuildTarget[], errors: readonly Diagnostic[]): string {
  const isNamed = (file: string): boolean => broken.some(({ folder }) => file.startsWith(`${folder}/`));
  const nameless = new Set(errors.flatMap(({ file }) => (isNamed(file) ? [] : [file]))).size;
  const files = nameless === 0 ? [] : [nameless === 1 ? 'a file with errors' : `${String(nameless)} files with errors`];
  return [...broken.map(({ name }) => name), ...files].join(', ');
}

/** Of the modules' own or the workspace's default, each once; libraries have none. */
function listEnvironments(model: WorkspaceModel, targets: Iterable<BuildTarget>): readonly UsedEnvironment[] {
  const used = new Map<string, UsedEnvironment>();
  for (const { kind, name, language = 'python' } of targets) {
    if (kind !== 'module') continue;
    const environment = model.modules.get(name)?.value?.environment ?? model.manifest.defaults.environment;
    used.set(`${language} ${environment ?? ''}`, { name: environment, language });
  }
  return [...used.values()];
}

function findTarget({ model, diagnostics }: Checked, targets: BuildTargets, name: string): BuildTarget {
  const target = targets.modules.get(name) ?? targets.libraries.get(name);
  if (target !== undefined) return target;
  const unreadable = model.modules.get(name) ?? model.libraries.get(name);
  if (unreadable !== undefined)
    throw toCheckFailure(
      name,
      diagnostics.filter(({ file }) => file === unreadable.file),
    );
  const [near] = toNearNames(name, [...targets.modules.keys(), ...targets.libraries.keys()]);
  throw new CairnError('unknown-module', `there is no module or library ${name}${near === undefined ? '' : `; did you mean ${near}?`}`);
}
