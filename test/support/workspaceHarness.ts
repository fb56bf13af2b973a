import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { toCanonicalJson } from '../../language/model/json.ts';
import type { EnvironmentDefinition } from '../../language/model/environment.ts';
import { createPythonReader } from '../../language/python/createPythonReader.ts';
import type { PythonReader } from '../../language/python/pythonReader.ts';
import type { PinnedEnvironment } from '../../rde-agent/protocol/pinned.ts';
import type { PushRequest, RunRole, SubmitRequest, WorkspaceRole } from '../../rde-agent/protocol/roles.ts';
import type { BuiltHint, WorkspaceRoleOptions } from '../../rde-agent/workspace/workspaceOptions.ts';
import { createWorkspaceRole } from '../../rde-agent/workspace/workspaceRole.ts';
import { RunRoleHarness } from './runRole.ts';
import { silentLogger } from './silentLogger.ts';
import { createTempFolder, removeFolder } from './tempFolder.ts';

let reader: Promise<PythonReader> | undefined;

/** The real reader of Python signatures; loaded once for all tests of a process. */
export function loadPythonReader(): Promise<PythonReader> {
  const folder = path.join(path.dirname(createRequire(import.meta.url).resolve('@vscode/tree-sitter-wasm/package.json')), 'wasm');
  const read = (file: string): Uint8Array => readFileSync(path.join(folder, file));
  reader ??= createPythonReader({ runtime: read('tree-sitter.wasm'), grammar: read('tree-sitter-python.wasm') });
  return reader;
}

/** Pins without looking at this host: Python 3.13, packages as the lock names them. */
function pinForTests(definition: EnvironmentDefinition, lock: string | null): Promise<PinnedEnvironment> {
  const packages = Object.fromEntries(
    [...(lock ?? '').matchAll(/^([a-z0-9-]+)==(\S+)/gm)].map(([, name = '', version = '']) => [name, version]),
  );
  const pinned = {
    python: '3.13.0',
    platform: 'linux-x86_64',
    lock: lock === null ? null : digest(lock),
    packages,
    image: definition.image ?? null,
    variables: definition.variables,
    ...(definition.node === undefined ? {} : { node: definition.node }),
  };
  return Promise.resolve({ ...pinned, name: definition.name, digest: digest(toCanonicalJson(pinned)) });
}

function digest(text: string): `sha256:${string}` {
  return `sha256:${hash('sha256', text, 'hex')}`;
}

/** The real workspace role over the real run role, with a runtime that needs no processes. What is sent is recorded. */
export class WorkspaceHarness {
  readonly runs = new RunRoleHarness();
  readonly stateFolder = createTempFolder();
  readonly submits: SubmitRequest[] = [];
  readonly pushes: PushRequest[] = [];
  readonly asked: number[] = [];
  readonly built: BuiltHint[] = [];
  #role: WorkspaceRole | undefined;

  get role(): WorkspaceRole {
    if (this.#role === undefined) throw new Error('not open');
    return this.#role;
  }

  async open(changes: Partial<WorkspaceRoleOptions> = {}): Promise<void> {
    await this.runs.open();
    await this.reopen(changes);
  }

  /** A new life of the workspace role over the same state. */
  async reopen(changes: Partial<WorkspaceRoleOptions> = {}): Promise<void> {
    await this.#role?.dispose();
    this.#role = createWorkspaceRole({
      runRole: this.#record(this.runs.role),
      pin: pinForTests,
      prepare: () => Promise.resolve({ made: false, seconds: 0.25 }),
      logger: silentLogger,
      clock: { now: () => new Date().toISOString(), monotonic: () => performance.now() / 1000 },
      stateFolder: this.stateFolder,
      python: await loadPythonReader(),
      onBuilt: (hints) => this.built.push(...hints),
      ...changes,
    });
  }

  async remove(): Promise<void> {
    await this.#role?.dispose();
    await this.runs.remove();
    removeFolder(this.stateFolder);
  }

  #record(role: RunRole): RunRole {
    return {
      ...bindAll(role),
      missing: (digests) => {
        this.asked.push(digests.length);
        return role.missing(digests);
      },
      submit: (request, who) => {
        this.submits.push(request);
        return role.submit(request, who);
      },
      push: (request, who) => {
        this.pushes.push(request);
        return role.push(request, who);
      },
    };
  }
}

/** The same object with its methods as own members, so that some can be replaced. */
function bindAll(role: RunRole): RunRole {
  return {
    missing: (...given) => role.missing(...given),
    push: (...given) => role.push(...given),
    submit: (...given) => role.submit(...given),
    plan: (...given) => role.plan(...given),
    rerun: (...given) => role.rerun(...given),
    clone: (...given) => role.clone(...given),
    cache: role.cache,
    releases: role.releases,
    receipt: (...given) => role.receipt(...given),
    export: (...given) => role.export(...given),
    replay: (...given) => role.replay(...given),
    replayed: (...given) => role.replayed(...given),
    diff: (...given) => role.diff(...given),
    trigger: (...given) => role.trigger(...given),
    workflows: (...given) => role.workflows(...given),
    preview: (...given) => role.preview(...given),
    previewDataset: (...given) => role.previewDataset(...given),
    ledger: (...given) => role.ledger(...given),
    clusters: (...given) => role.clusters(...given),
    onDidChangeClusters: (...given) => role.onDidChangeClusters(...given),
    onDidChangeSchedules: (...given) => role.onDidChangeSchedules(...given),
    workflow: (...given) => role.workflow(...given),
    planPushed: (...given) => role.planPushed(...given),
    workflowsView: (...given) => role.workflowsView(...given),
    onDidChangeWorkflows: (...given) => role.onDidChangeWorkflows(...given),
    schedules: (...given) => role.schedules(...given),
    changeSchedule: (...given) => role.changeSchedule(...given),
    lineage: (...given) => role.lineage(...given),
    datasetVersions: (...given) => role.datasetVersions(...given),
    list: (...given) => role.list(...given),
    show: (...given) => role.show(...given),
    cancel: (...given) => role.cancel(...given),
    why: (...given) => role.why(...given),
    logs: (...given) => role.logs(...given),
    tags: (...given) => role.tags(...given),
    tagged: (...given) => role.tagged(...given),
    pushedTree: (...given) => role.pushedTree(...given),
    view: (...given) => role.view(...given),
    events: (...given) => role.events(...given),
    runsView: (...given) => role.runsView(...given),
    onDidRecord: (...given) => role.onDidRecord(...given),
    onDidCommit: (...given) => role.onDidCommit(...given),
    onDidChangeRuns: (...given) => role.onDidChangeRuns(...given),
    active: () => role.active(),
  };
}
