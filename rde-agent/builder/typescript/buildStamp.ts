import type { FileIndex } from '../fileIndex.ts';
import type { FolderNode } from '../folderNode.ts';
import { type BuildTarget, toTargetText } from '../pythonArtifact.ts';
import type { InstallStamps } from './installStamps.ts';

/** Everything that a bundle was made from; while it is the same, so is the bundle. */
export interface BuildStamp {
  /** of the target itself */
  readonly identity: string;
  /** digests of the module's folder and of its libraries' */
  readonly folders: readonly string[];
  /** of the installed packages */
  readonly installs: string;
  /** of single files elsewhere: their digests, or their stats where they are no part of the tree */
  readonly inputs: readonly string[];
}

const identities = new WeakMap<BuildTarget, string>();

export function toBuildStamp(target: BuildTarget, inputs: readonly string[], index: FileIndex, installs: InstallStamps): BuildStamp {
  return {
    identity: toIdentity(target),
    folders: listFolders(target).map((folder) => toFolderDigest(index.folder(folder), index)),
    installs: installs.toStamp(target.folder),
    inputs: inputs.map((file) => index.file(file)?.digest ?? installs.toFileStamp(file)),
  };
}

/** The same comparison as of two stamps, without making the second one: it is asked of every module whenever anything changes. */
export function isCurrent(
  stamp: BuildStamp,
  target: BuildTarget,
  inputs: readonly string[],
  index: FileIndex,
  installs: InstallStamps,
): boolean {
  if (stamp.identity !== toIdentity(target) || stamp.installs !== installs.toStamp(target.folder)) return false;
  const folders = listFolders(target);
  if (folders.some((folder, position) => stamp.folders[position] !== toFolderDigest(index.folder(folder), index))) return false;
  return inputs.every((file, position) => stamp.inputs[position] === (index.file(file)?.digest ?? installs.toFileStamp(file)));
}

export function toIdentity(target: BuildTarget): string {
  let identity = identities.get(target);
  if (identity === undefined) identities.set(target, (identity = writeIdentity(target)));
  return identity;
}

function writeIdentity(target: BuildTarget): string {
  const libraries = (target.libraries ?? []).map((library) => `${library.import}=${library.folder}`);
  const problems = (target.problems ?? []).map((problem) => JSON.stringify(problem));
  return [toTargetText(target), ...libraries, ...problems].join('\n');
}

/** The module's folder and those of its libraries. */
export function listFolders({ folder, libraries }: BuildTarget): readonly string[] {
  return libraries === undefined || libraries.length === 0 ? [folder] : [folder, ...libraries.map((library) => library.folder)];
}

function toFolderDigest(folder: FolderNode | undefined, { counters }: FileIndex): string {
  return folder?.digest(counters) ?? '-';
}
