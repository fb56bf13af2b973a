import type { FileKind } from '../model/fileForms.ts';
import { MANIFEST_FILE, type WorkspaceManifest } from '../model/workspace.ts';
import type { CheckAbilities } from './abilities.ts';

type NamedKind = Exclude<FileKind, 'manifest'>;

const GLOB_KEYS = { module: 'modules', workflow: 'workflows', environment: 'environments', dataset: 'datasets' } as const;

/** What a file of the workspace is, by its name and the manifest's patterns; `undefined` = none of the language's. */
export function toFileKind(path: string, manifest: WorkspaceManifest, matchesGlob: CheckAbilities['matchesGlob']): FileKind | undefined {
  if (path === MANIFEST_FILE) return 'manifest';
  const kind = toNamedKind(path);
  if (kind === undefined) return undefined;
  const folder = toFolder(path);
  const isListed = manifest[GLOB_KEYS[kind]].some((glob) => matchesGlob(path, glob) || matchesGlob(folder, glob));
  return isListed ? kind : undefined;
}

function toNamedKind(path: string): NamedKind | undefined {
  if (path === 'module.yaml' || path.endsWith('/module.yaml')) return 'module';
  if (path.endsWith('.workflow.yaml')) return 'workflow';
  if (path.endsWith('.environment.yaml')) return 'environment';
  return path.endsWith('.dataset.yaml') ? 'dataset' : undefined;
}

/** The folder that a file is in, without a `/` at the end; `''` = the root. */
export function toFolder(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}

export function toPathIn(folder: string, path: string): string {
  return folder === '' ? path : `${folder}/${path}`;
}
