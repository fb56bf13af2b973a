import type { Digest } from '../../language/model/names.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { PublishedWorkflow } from '../store/store.ts';

/** What a definition takes by tags, `ns/name@tag`, itself and all that is nested in it. */
export interface Uses {
  readonly names: ReadonlySet<string>;
  /** library by tag → modules that use it */
  readonly users: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface Followers {
  /** workflows, by name */
  readonly workflows: readonly string[];
  /** modules that use it as a library, by name */
  readonly modules: readonly string[];
}

export function toUse(name: string, tag: string): string {
  return `${name}@${tag}`;
}

/** A version that was pinned for good is no use of a tag. */
export function listUses(definition: PinnedWorkflow): Uses {
  const names = new Set<string>();
  const users = new Map<string, Set<string>>();
  for (const { steps } of [definition, ...(definition.workflows ?? [])]) {
    for (const { name, tag, libraries = [] } of steps) {
      if (tag !== undefined) names.add(toUse(name, tag));
      for (const library of libraries) {
        if (library.tag === undefined) continue;
        const use = toUse(library.name, library.tag);
        names.add(use);
        users.set(use, (users.get(use) ?? new Set()).add(name));
      }
    }
  }
  return { names, users };
}

interface Source {
  workflows(): readonly PublishedWorkflow[];
  /** Rejects when the definition is not there any more. */
  read(published: PublishedWorkflow): Promise<PinnedWorkflow>;
}

/** Who takes what by tags, of everything that was pushed. Each definition is read once. */
export class TagReferences {
  readonly #source: Source;
  #uses = new Map<Digest, Promise<Uses>>();

  constructor(source: Source) {
    this.#source = source;
  }

  /** Whoever has a definition in hand tells it here, so that nobody has to read it when a tag moves. */
  learn(digest: Digest, definition: PinnedWorkflow): void {
    if (!this.#uses.has(digest)) this.#uses.set(digest, Promise.resolve(listUses(definition)));
  }

  async find(name: string, tag: string): Promise<Followers> {
    const use = toUse(name, tag);
    const workflows: string[] = [];
    const modules = new Set<string>();
    for (const { published, uses } of await this.#all()) {
      if (!uses.names.has(use)) continue;
      workflows.push(published.workflow);
      for (const module of uses.users.get(use) ?? []) modules.add(module);
    }
    return { workflows: workflows.sort(), modules: [...modules].sort() };
  }

  /** Definitions that were replaced are forgotten. */
  async #all(): Promise<readonly { readonly published: PublishedWorkflow; readonly uses: Uses }[]> {
    const before = this.#uses;
    const published = this.#source.workflows();
    this.#uses = new Map(published.map((each) => [each.definition, before.get(each.definition) ?? this.#read(each)]));
    const current = this.#uses;
    return Promise.all(published.map(async (each) => ({ published: each, uses: (await current.get(each.definition)) ?? NO_USES })));
  }

  /** One that was lost follows nothing: it can't be run. */
  async #read(published: PublishedWorkflow): Promise<Uses> {
    try {
      return listUses(await this.#source.read(published));
    } catch {
      // `unknown-blob`: whoever triggers it is told.
      return NO_USES;
    }
  }
}

const NO_USES: Uses = { names: new Set(), users: new Map() };
