import type { FileKind } from '../model/fileForms.ts';
import { MANIFEST_FILE, type WorkspaceManifest } from '../model/workspace.ts';
import type { CheckAbilities } from './abilities.ts';
import type { NamedKind } from './questions.ts';

/** What a file of the workspace is, by its name and the manifest's patterns; `undefined` = none of the language's. */
export function toFileKind(path: string, manifest: WorkspaceManifest, matchesGlob: CheckAbilities['matchesGlob']): FileKind | undefined {
  if (path === MANIFEST_FILE) return 'manifest';
  const kind = toNamedKind(path);
  if (kind === undefined) return undefined;
  const folder = toFolder(path);
  const isListed = toGlobs(kind, manifest).some((glob) => matchesGlob(path, glob) || matchesGlob(folder, glob));
  return isListed ? kind : undefined;
}

function toNamedKind(path: string): NamedKind | undefined {
  if (path.endsWith('.workflow.yaml')) return 'workflow';
  if (path.endsWith('.environment.yaml')) return 'environment';
  if (path.endsWith('.dataset.yaml')) return 'dataset';
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === 'module.yaml') return 'module';
  return name === 'library.yaml' ? 'library' : undefined;
}

function toGlobs(kind: NamedKind, manifest: WorkspaceManifest): readonly string[] {
  switch (kind) {
    case 'module':
      return manifest.modules;
    case 'library':
      return [...manifest.libraries, ...manifest.modules];
    case 'workflow':
      return manifest.workflows;
    case 'environment':
      return manifest.environments;
    case 'dataset':
      return manifest.datasets;
  }
}

/** The folder that a file is in, without a `/` at the end; `''` = the root. */
export function toFolder(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}

export function toPathIn(folder: string, path: string): string {
  return folder === '' ? path : `${folder}/${path}`;
}
