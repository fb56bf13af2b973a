import type { FileIndex } from '../fileIndex.ts';
import { splitPath } from '../folderNode.ts';
import type { BuildTarget } from '../pythonArtifact.ts';
import { type BuildStamp, listFolders } from './buildStamp.ts';
import { type InstallStamps, isPackageManifest } from './installStamps.ts';

/** What a target was last made from. */
interface Made {
  readonly target: BuildTarget;
  readonly stamp: BuildStamp;
  /** files outside of its folders */
  readonly inputs: readonly string[];
}

/** What was true when all targets were current. Grows with each build; what is in it without need costs a comparison. */
interface Current {
  readonly targets: readonly BuildTarget[];
  /** of the index's journal */
  position: number;
  /** file or folder that is not in the index → its stamp when it was used */
  readonly outside: Map<string, string>;
  /** folder, or file of the index → the targets that are made from it */
  readonly readers: Map<string, Set<BuildTarget>>;
}

/** Finds the few targets that may need a new bundle without asking each of thousands whether it does. */
export class DirtyTargets {
  readonly #index: FileIndex;
  #current: Current | undefined;

  constructor(index: FileIndex) {
    this.#index = index;
  }

  /** Those of `targets` that may have changed; all of them where that can't be told. `installs` is of this moment. */
  find(targets: readonly BuildTarget[], installs: InstallStamps): readonly BuildTarget[] {
    const few = this.#findFew(targets, installs);
    if (few === undefined) this.#current = undefined;
    return few ?? targets;
  }

  /**
   * All `targets` are current, `made` of them have just become so. `position` and `installs` are from before that: what changed meanwhile
   * is found the next time.
   */
  settle(targets: readonly BuildTarget[], made: readonly Made[], position: number, installs: InstallStamps): void {
    const current = this.#current?.targets === targets ? this.#current : { targets, position, outside: new Map(), readers: new Map() };
    for (const [file, stamp] of installs.seen) note(current.outside, file, stamp);
    for (const { target, stamp, inputs } of made) {
      for (const folder of listFolders(target)) addReader(current.readers, folder, target);
      for (const [at, file] of inputs.entries()) {
        addReader(current.readers, file, target);
        if (!this.#index.has(file)) note(current.outside, file, stamp.inputs[at] ?? UNKNOWN);
      }
    }
    current.position = position;
    this.#current = current;
  }

  /** Asks all of them the next time. */
  forget(): void {
    this.#current = undefined;
  }

  #findFew(targets: readonly BuildTarget[], installs: InstallStamps): readonly BuildTarget[] | undefined {
    const current = this.#current;
    if (current?.targets !== targets) return undefined;
    const changed = this.#index.journal.since(current.position);
    if (changed === undefined || changed.some(isPackageManifest)) return undefined;
    for (const [file, stamp] of current.outside) if (installs.toFileStamp(file) !== stamp) return undefined;
    return [...new Set(changed.flatMap((file) => listReaders(current.readers, file)))];
  }
}

/** No stamp is like it. */
const UNKNOWN = '';

/** Two that saw a file differently: nobody knows which of them is current, so all are asked again. */
function note(outside: Map<string, string>, file: string, stamp: string): void {
  const known = outside.get(file);
  outside.set(file, known === undefined || known === stamp ? stamp : UNKNOWN);
}

function addReader(readers: Map<string, Set<BuildTarget>>, place: string, target: BuildTarget): void {
  const known = readers.get(place);
  if (known === undefined) readers.set(place, new Set([target]));
  else known.add(target);
}

/** Of the file itself and of the folders above it. */
function listReaders(readers: ReadonlyMap<string, ReadonlySet<BuildTarget>>, file: string): readonly BuildTarget[] {
  const found = [...(readers.get(file) ?? [])];
  for (let at = file; at !== '';) {
    at = splitPath(at)[0];
    found.push(...(readers.get(at) ?? []));
  }
  return found;
}
