import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../protocol/logger.ts';

/** The private folders of one attempt, empty at its start. */
export interface ScratchFolder {
  readonly root: string;
  readonly scratch: string;
  readonly outputs: string;
}

/** folders kept ready, so that a task does not wait for the file system */
const READY = 8;

/**
 * Makes the private folders of attempts, ahead of need. A folder that is given back empty is used again; one that is not is removed.
 * What an earlier agent left is removed at the start.
 */
export class ScratchFolders {
  readonly #folder: string;
  readonly #logger: Logger;
  readonly #ready: ScratchFolder[] = [];
  #made = 0;

  constructor(folder: string, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    while (this.#ready.length < READY) this.#ready.push(this.#make());
  }

  take(): ScratchFolder {
    return this.#ready.pop() ?? this.#make();
  }

  /** Its processes are gone and its outputs taken over. Looked at later, when the next task has been started, unless few are ready for it. */
  giveBack(folder: ScratchFolder): void {
    if (this.#ready.length < READY / 2) this.#recycle(folder);
    else setImmediate(() => this.#recycle(folder));
  }

  /** The same where its user has emptied it. */
  giveBackEmpty(folder: ScratchFolder): void {
    if (this.#ready.length < READY) this.#ready.push(folder);
    else void this.#remove(folder);
  }

  #recycle(folder: ScratchFolder): void {
    if (this.#ready.length < READY && isUnused(folder)) this.#ready.push(folder);
    else void this.#remove(folder);
  }

  #make(): ScratchFolder {
    const root = join(this.#folder, String(this.#made++));
    const folder = { root, scratch: join(root, 't'), outputs: join(root, 'o') };
    for (const each of [root, folder.scratch, folder.outputs]) mkdirSync(each, { mode: 0o700 });
    return folder;
  }

  async #remove(folder: ScratchFolder): Promise<void> {
    try {
      await rm(folder.root, { recursive: true, force: true });
      if (this.#ready.length < READY) this.#ready.push(this.#make());
    } catch (error) {
      // Nothing is lost: it is removed at the next start. A disk that is full is told of by those who need it.
      this.#logger.debug('A scratch folder was not removed', { folder: folder.root, error });
    }
  }
}

function isUnused(folder: ScratchFolder): boolean {
  try {
    return readdirSync(folder.scratch).length === 0 && readdirSync(folder.outputs).length === 0 && readdirSync(folder.root).length === 2;
  } catch {
    // The task has removed or closed its own folder.
    return false;
  }
}
