import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { LibraryDefinition } from '../../language/model/library.ts';
import type { Digest } from '../../language/model/names.ts';
import { collectLibraries } from '../../language/service/libraryUses.ts';
import type { WorkspaceModel } from '../../language/service/workspaceModel.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PushedFile } from '../protocol/roles.ts';
import { type Foreign, toForeignName } from './foreignReleases.ts';

/** A library that code uses: in a folder of the workspace, or pushed by others. */
export type UsedCode =
  | { readonly kind: 'own'; readonly name: string; readonly folder: string }
  | { readonly kind: 'foreign'; readonly name: string; readonly artifact: Digest };

/** The libraries of `uses` and all that those use and bring, each once. Throws `check-failed` for one that is nowhere. */
export function listUsedCode(uses: readonly string[], model: WorkspaceModel, foreign: Foreign | undefined): readonly UsedCode[] {
  const library = (name: string): LibraryDefinition | undefined => model.libraries.get(name)?.value;
  const used = new Map<string, UsedCode>();
  const brought: [string, Digest][] = [];
  for (const { name, tag } of collectLibraries(uses, library)) {
    const key = toForeignName(name, tag ?? '');
    const release = foreign?.releases.get(key);
    const own = release === undefined ? model.libraries.get(name) : undefined;
    if (own !== undefined) used.set(name, { kind: 'own', name, folder: own.folder });
    else if (release === undefined) throw toAbsent(tag === undefined ? name : key, foreign);
    else {
      used.set(name, { kind: 'foreign', name, artifact: release.artifact });
      brought.push(...Object.entries(release.libraries));
    }
  }
  for (const [name, artifact] of brought) if (!used.has(name)) used.set(name, { kind: 'foreign', name, artifact });
  return [...used.values()];
}

function toAbsent(name: string, foreign: Foreign | undefined): CairnError {
  const next = foreign?.absent.get(name);
  return new CairnError('check-failed', `the library ${name} is not in this workspace`, next === undefined ? {} : { next });
}

/** A folder with these files, below `folder`; what was laid out before is taken as it is, so nobody may write there. */
export async function layOut(folder: string, artifact: Digest, load: () => Promise<readonly PushedFile[]>): Promise<string> {
  const target = path.join(folder, artifact.slice('sha256:'.length));
  if (existsSync(target)) return target;
  const files = await load();
  const draft = path.join(folder, `.${path.basename(target)}.${String(process.pid)}`);
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  for (const { path: file, mode, bytes } of files) {
    const place = path.join(draft, file);
    mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 });
    writeFileSync(place, bytes, { mode: mode & 0o555 });
  }
  // Nothing waits between this and the look above but the loading: whoever was first has laid out the same.
  if (existsSync(target)) rmSync(draft, { recursive: true, force: true });
  else renameSync(draft, target);
  return target;
}
