import { type Digest, isTagName } from '../../language/model/names.ts';
import type { LibraryDefinition } from '../../language/model/library.ts';
import { collectLibraries } from '../../language/service/libraryUses.ts';
import { resolveWorkflow } from '../../language/service/resolveWorkflow.ts';
import { toNearNames } from '../../language/model/nearNames.ts';
import { MANIFEST_FILE } from '../../language/model/workspace.ts';
import type { PushDocument } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { CheckedParamsOf } from '../protocol/operations.ts';
import type { PushRequest } from '../protocol/roles.ts';
import type { Principal } from '../protocol/who.ts';
import { isCodeDefinition, toCheckFailure } from './checkFailure.ts';
import type { BuiltArtifact, Courier, Delivery } from './delivery.ts';
import { readSourceState } from './git.ts';
import { toReleases } from './releases.ts';
import type { TaggedContracts } from './taggedContracts.ts';
import type { Pinning, WorkflowPinner } from './workflowPinner.ts';
import type { Checked } from './workspaceChecker.ts';
import type { WorkspaceRoleOptions } from './workspaceOptions.ts';
import type { Current, CurrentAmong, Workspace } from './workspace.ts';
import { toTextMap } from './workspaceFolder.ts';

const ATTEMPTS = 5;
/** moves with every push; `latest` moves by promotion alone */
const PUSH_TAG = 'latestAlpha';
const PROMOTED_TAG = 'latest';
const LAST_PUSH = 'pushed';

interface PushParts {
  readonly contracts: TaggedContracts;
  readonly pinner: WorkflowPinner;
}

/** Pushes of one workspace: the whole tree, an artifact of every module and library, and what its workflows pin to. */
export class WorkspacePush {
  readonly #workspace: Workspace;
  readonly #options: WorkspaceRoleOptions;
  readonly #courier: Courier;
  readonly #contracts: TaggedContracts;
  readonly #pinner: WorkflowPinner;

  constructor(workspace: Workspace, options: WorkspaceRoleOptions, courier: Courier, { contracts, pinner }: PushParts) {
    this.#workspace = workspace;
    this.#options = options;
    this.#courier = courier;
    this.#contracts = contracts;
    this.#pinner = pinner;
  }

  /**
   * Rejects with `check-failed` (a module, a dataset or a name is wrong: nothing is pushed), `limit-exceeded`, or `conflict` (the root was
   * emptied, or files keep changing).
   */
  async push(params: CheckedParamsOf<'workspace.push'>, who: Principal): Promise<PushDocument> {
    const tags = toTags(params.tag);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const current = await this.#workspace.currentAmong(attempt === 0 ? params.documents : {});
      const chosen = choose(current, params.modules);
      const needed = withLibraries(current, chosen);
      refuseErrors(current.checked, needed, params.modules !== undefined);
      refuseAbsent(current, needed);
      const artifacts = this.#buildAll(current, needed);
      const source = await readSourceState(this.#workspace.root);
      const published = params.modules === undefined ? await this.#pinAll(current) : [];
      const { model } = current.checked;
      const releases = await toReleases(artifacts, chosen, { model, pins: this.#workspace.pins, runRole: this.#options.runRole });
      const tree = this.#workspace.live.index.tree();
      if (published.some(({ pinned }) => pinned.tree !== tree)) continue;
      const parts = [...artifacts, ...published.flatMap((pinning) => pinning.artifacts)];
      const environments = [...releases.environments, ...published.flatMap((pinning) => pinning.environments)];
      const delivery = await this.#courier.collect({ artifacts: parts, environments, texts: releases.texts, tree, wholeTree: true });
      if (delivery === undefined) {
        await this.#workspace.live.refresh(['']);
        continue;
      }
      const { name } = model.manifest;
      const request: PushRequest = {
        key: params.key, workspace: name, tree, changed: this.#countChanged(tree), blobs: delivery.blobs, tags, ...source,
        artifacts: releases.artifacts,
        workflows: published.map(({ pinned }) => pinned),
      }; // prettier-ignore
      const document = await this.#send(request, delivery, who);
      if (document === undefined) continue;
      this.#remember(current, artifacts, tree);
      return { ...document, bytes: delivery.bytes };
    }
    throw new CairnError('conflict', 'files of this workspace keep changing while they are collected', {
      next: 'Wait until the program that writes them is done, and push again.',
    });
  }

  async #send(request: PushRequest, delivery: Delivery, who: Principal): Promise<PushDocument | undefined> {
    try {
      const document = await this.#options.runRole.push(request, who);
      delivery.confirm();
      return document;
    } catch (error) {
      if (!(error instanceof CairnError) || error.code !== 'unknown-blob' || !this.#courier.knowsAny) throw error;
      this.#courier.forget();
      return undefined;
    }
  }

  /** What triggers and schedules will run: every workflow that can run by itself. One that can't be pinned stays as it was last published. */
  async #pinAll(current: CurrentAmong): Promise<readonly Pinning[]> {
    const pinnings: Pinning[] = [];
    const { checked } = current;
    for (const name of checked.model.workflows.keys()) {
      const resolution = resolveWorkflow(checked, name);
      if (resolution.kind !== 'resolved' || resolution.workflow.workflow.inputs.length > 0) continue;
      try {
        pinnings.push(await this.#pinner.pin(current, resolution.workflow, null));
      } catch (error) {
        if (!(error instanceof CairnError)) throw error;
        this.#options.logger.warn('not published', { workflow: name, code: error.code, message: error.message });
      }
    }
    return pinnings;
  }

  #buildAll({ targets }: Current, needed: ReadonlySet<string>): readonly BuiltArtifact[] {
    const wanted = [...targets.modules.values(), ...targets.libraries.values()].filter(({ name }) => needed.has(name));
    return wanted.map((target) => {
      const result = this.#workspace.builds.build(target);
      if (result.kind === 'failed') throw result.error;
      return { target, artifact: result.artifact };
    });
  }

  /** Files that are new, different or gone since the last push from here; all of them where that is not known. */
  #countChanged(tree: Digest): number {
    const { index } = this.#workspace.live;
    const last = toTextMap(this.#workspace.folder.read(LAST_PUSH));
    if (last.get('') === tree) return 0;
    last.delete('');
    let changed = 0;
    for (const path of index.paths()) {
      if (last.get(path) !== toFileText(index.file(path))) changed += 1;
      last.delete(path);
    }
    return changed + last.size;
  }

  #remember(current: Current, artifacts: readonly BuiltArtifact[], tree: Digest): void {
    const { index } = this.#workspace.live;
    const files = [...index.paths()].map((path) => [path, toFileText(index.file(path))] as const);
    this.#workspace.folder.write(LAST_PUSH, Object.fromEntries([['', tree], ...files]));
    for (const { target, artifact } of artifacts) {
      const contract = current.checked.model.modules.get(target.name)?.value;
      if (contract !== undefined) this.#contracts.remember(artifact.digest, contract);
    }
    this.#workspace.refreshTags(current.checked.model);
  }
}

/** With the libraries that they use. */
function withLibraries({ checked: { model } }: Current, chosen: ReadonlySet<string>): ReadonlySet<string> {
  const library = (name: string): LibraryDefinition | undefined => model.libraries.get(name)?.value;
  const uses = [...chosen].flatMap((name) => (model.modules.get(name) ?? model.libraries.get(name))?.value?.uses ?? []);
  return new Set([...chosen, ...collectLibraries(uses, library).map(({ name }) => name)]);
}

/** Names of what is published. Throws `unknown-module`. */
function choose({ own: { model }, targets }: CurrentAmong, modules: readonly string[] | undefined): ReadonlySet<string> {
  if (modules === undefined) return new Set([...targets.modules.keys(), ...targets.libraries.keys()]);
  for (const name of modules) {
    if (model.modules.has(name) || model.libraries.has(name)) continue;
    const [near] = toNearNames(name, [...model.modules.keys(), ...model.libraries.keys()]);
    throw new CairnError('unknown-module', `there is no module or library ${name}${near === undefined ? '' : `; did you mean ${near}?`}`);
  }
  return new Set(modules);
}

/** A version without a library that its code imports could never run. */
function refuseAbsent({ checked: { model }, foreign }: CurrentAmong, needed: ReadonlySet<string>): void {
  for (const definition of [...model.modules.values(), ...model.libraries.values()]) {
    if (!needed.has(definition.name)) continue;
    for (const [index, text] of (definition.value?.uses ?? []).entries()) {
      const next = foreign?.absent.get(text);
      if (next === undefined) continue;
      const message = `\`${text}\` is not in this workspace, and this agent knows no such version.`;
      const { file, source } = definition;
      const finding = { file, range: source.valueRange(['uses', index]), severity: 'error', code: 'unresolved-tag', message } as const;
      throw toCheckFailure('nothing was pushed', [finding], next);
    }
  }
}

function toFileText(file: { readonly mode: number; readonly digest: Digest } | undefined): string {
  return file === undefined ? '' : `${file.mode.toString(8)} ${file.digest}`;
}

function toTags(tag: string | undefined): readonly string[] {
  if (tag === undefined || tag === PUSH_TAG) return [PUSH_TAG];
  if (!isTagName(tag))
    throw new CairnError('invalid-request', `${JSON.stringify(tag)} can't be a tag: a letter, then letters, digits, \`.\`, \`_\` or \`-\``);
  if (tag === PROMOTED_TAG)
    throw new CairnError('invalid-request', '`latest` moves only by promotion', { next: 'Push without it, or choose a tag of your team.' });
  return [PUSH_TAG, tag];
}

/** Errors in workflows stop nobody: they are not built. Errors in what is built or named stop the push as a whole; with `only` those alone. */
function refuseErrors(checked: Checked, built: ReadonlySet<string>, only: boolean): void {
  const { modules, datasets, libraries } = checked.model;
  const concerned = [...modules.values(), ...libraries.values(), ...(only ? [] : datasets.values())];
  const broken = concerned.filter(({ errors, name }) => errors > 0 && (!only || built.has(name)));
  const workflows = new Set([...checked.model.workflows.values()].map((definition) => definition.file));
  const belongs = (file: string): boolean =>
    broken.some((definition) => file === definition.file || file.startsWith(`${definition.folder}/`));
  const errors = checked.diagnostics.filter(({ severity, file, code }) => {
    if (severity !== 'error' || workflows.has(file)) return false;
    if (!only && (code === 'duplicate-name' || isCodeDefinition(file))) return true;
    return file === MANIFEST_FILE || belongs(file);
  });
  if (errors.length > 0) throw toCheckFailure('nothing was pushed', errors);
}
