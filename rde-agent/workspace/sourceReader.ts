import type { Digest } from '../../language/model/names.ts';
import type { FileIndex } from '../builder/fileIndex.ts';
import { joinPath } from '../builder/folderNode.ts';
import type { ReadSource } from '../protocol/roles.ts';
import type { BuiltArtifact } from './delivery.ts';

/** Reads files of the working tree that a plan is about, and what was made of them, by content and only when they are asked for. `undefined` = changed meanwhile, or none of them. */
export function createSourceReader(index: FileIndex, artifacts: readonly BuiltArtifact[]): ReadSource {
  let paths: ReadonlyMap<string, string> | undefined;
  return async (digest: Digest) => {
    const made = artifacts.find(({ artifact }) => artifact.contents?.has(digest))?.artifact.contents?.get(digest);
    if (made !== undefined) return made;
    paths ??= listPaths(artifacts);
    const path = paths.get(digest);
    if (path === undefined) return undefined;
    return index.file(path)?.digest === digest ? index.read(path) : index.contents.get(digest);
  };
}

function listPaths(artifacts: readonly BuiltArtifact[]): ReadonlyMap<string, string> {
  const files = artifacts.flatMap(({ target, artifact }) =>
    artifact.manifest.files.map((file) => [file.digest, joinPath(target.folder, file.path)] as const),
  );
  return new Map(files);
}
