import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { toLibraryImport } from '../../language/model/library.ts';
import type { Digest } from '../../language/model/names.ts';
import type { WorkspaceModel } from '../../language/service/workspaceModel.ts';
import { toDigest } from '../builder/digest.ts';
import { joinPath } from '../builder/folderNode.ts';
import type { Artifact, BuildTarget } from '../builder/pythonArtifact.ts';
import type { ZipEntry } from '../builder/wheel/zip.ts';
import { toWheel, type Wheel, type WheelContent } from '../builder/wheel/wheel.ts';
import type { FileIndex } from '../builder/fileIndex.ts';
import type { BuiltWheel } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PushedFile } from '../protocol/roles.ts';
import type { BuildTargets } from './buildTargets.ts';
import type { EnvironmentPins } from './environmentPins.ts';
import { listUsedCode } from './foreignCode.ts';
import type { Foreign } from './foreignReleases.ts';
import type { ModuleBuilds } from './moduleBuilds.ts';

export interface WheelSources {
  readonly index: FileIndex;
  readonly builds: ModuleBuilds;
  readonly pins: EnvironmentPins;
  readonly model: WorkspaceModel;
  readonly targets: BuildTargets;
  /** `undefined`: nothing of others is used */
  readonly foreign: Foreign | undefined;
  /** `ReleaseRole.files` */
  readonly filesOf: (artifact: Digest) => Promise<readonly PushedFile[]>;
}

const REQUIREMENT = /^([A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?==[^\s;\\]+)(?:\s*;\s*([^\\]*?))?\s*\\?$/;

/**
 * Writes the wheel of a module, its libraries inside, or of a library into a folder. Rejects with CairnError: `not-supported` (TypeScript),
 * `build-failed`, `conflict` (a file changed meanwhile), `store-failed` (the folder can't be written).
 */
export async function exportWheel(target: BuildTarget, folder: string, sources: WheelSources): Promise<BuiltWheel> {
  const started = performance.now();
  const wheel = await makeWheel(target, sources);
  const file = path.join(folder, wheel.file);
  const draft = path.join(folder, `.${wheel.file}.${String(process.pid)}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(draft, wheel.bytes);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new CairnError('store-failed', `the wheel can't be written: ${reason}`, {
      next: 'Name another folder with --out.',
      cause: error,
    });
  }
  const { version, bytes } = wheel;
  return { file, version, digest: toDigest(bytes), bytes: bytes.length, seconds: (performance.now() - started) / 1000 };
}

async function makeWheel(target: BuildTarget, sources: WheelSources): Promise<Wheel> {
  if (target.language === 'typescript') {
    throw new CairnError('not-supported', `${target.name} is written in TypeScript: a wheel holds Python`, {
      next: 'Its artifact is one file for Node; push it instead.',
    });
  }
  const { own, foreign } = listLibraries(target, sources);
  const parts = [target, ...own].map((part) => ({ part, artifact: build(part, sources.builds) }));
  const files: ZipEntry[] = [];
  for (const { part, artifact } of parts) files.push(...(await readFiles(part, artifact, sources.index)));
  for (const { name, artifact } of foreign)
    for (const file of await sources.filesOf(artifact)) files.push({ ...file, path: joinPath(toLibraryImport(name), file.path) });
  const artifacts = [...parts.map(({ artifact }) => artifact.digest), ...foreign.map(({ artifact }) => artifact)];
  const needs = target.kind === 'library' ? toLibraryNeeds(target.name, sources.model) : await toModuleNeeds(target.name, sources);
  return toWheel({ name: target.name, artifacts, entry: target.entry, files, ...needs });
}

type Needs = Pick<WheelContent, 'description' | 'python' | 'requirements'>;

function toLibraryNeeds(name: string, model: WorkspaceModel): Needs {
  const library = model.libraries.get(name)?.value;
  return { description: library?.description ?? '', python: library?.requires.python, requirements: library?.requires.packages ?? [] };
}

/** What its environment says: the versions of Python, and the packages of the lock. */
async function toModuleNeeds(name: string, { model, pins }: WheelSources): Promise<Needs> {
  const contract = model.modules.get(name)?.value;
  const environment = contract?.environment ?? model.manifest.defaults.environment;
  const { lock } = await pins.get(model, environment);
  const python = environment === undefined ? undefined : model.environments.get(environment)?.value?.python;
  return { description: contract?.description ?? '', python, requirements: lock === null ? [] : toRequirements(lock) };
}

/** Those that the module uses, and that those use: of the working tree, and of others what their tags name now. */
function listLibraries(
  target: BuildTarget,
  { model, targets, foreign }: WheelSources,
): { readonly own: readonly BuildTarget[]; readonly foreign: readonly { readonly name: string; readonly artifact: Digest }[] } {
  const uses = target.kind === 'module' ? (model.modules.get(target.name)?.value?.uses ?? []) : [];
  const used = listUsedCode(uses, model, foreign);
  return {
    own: used.flatMap(({ kind, name }) => (kind === 'own' ? [toBuildable(targets, target.name, name)] : [])),
    foreign: used.filter((each) => each.kind === 'foreign'),
  };
}

function toBuildable({ libraries }: BuildTargets, user: string, name: string): BuildTarget {
  const library = libraries.get(name);
  if (library === undefined) throw new CairnError('build-failed', `${user} uses ${name}, whose file has errors`);
  return library;
}

function build(target: BuildTarget, builds: ModuleBuilds): Artifact {
  const result = builds.build(target);
  if (result.kind === 'failed') throw result.error;
  return result.artifact;
}

async function readFiles(target: BuildTarget, artifact: Artifact, index: FileIndex): Promise<readonly ZipEntry[]> {
  const prefix = target.kind === 'library' ? toLibraryImport(target.name) : '';
  return Promise.all(
    artifact.manifest.files.map(async ({ path: file, mode, digest }): Promise<ZipEntry> => {
      const place = joinPath(target.folder, file);
      const bytes = index.file(place)?.digest === digest ? await index.read(place) : undefined;
      if (bytes === undefined) throw new CairnError('conflict', `${place} changed while it was read`, { next: 'Try again.' });
      return { path: joinPath(prefix, file), bytes, mode };
    }),
  );
}

/** The packages of a lock without their hashes: pip checks what it installs by its own settings. */
function toRequirements(lock: string): readonly string[] {
  return lock.split('\n').flatMap((line) => {
    const [, pin, marker] = REQUIREMENT.exec(line) ?? [];
    if (pin === undefined) return [];
    return [marker === undefined || marker === '' ? pin : `${pin} ; ${marker}`];
  });
}
