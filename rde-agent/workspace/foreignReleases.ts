import { toCanonicalJson } from '../../language/model/json.ts';
import type { LibraryDefinition } from '../../language/model/library.ts';
import type { ModuleContract } from '../../language/model/module.ts';
import type { ParsedFile } from '../../language/parse/parsedFile.ts';
import { parseUse } from '../../language/parse/grammar.ts';
import { toElsewhereFile, type Elsewhere } from '../../language/service/elsewhere.ts';
import type { WorkspaceModel } from '../../language/service/workspaceModel.ts';
import type { Release } from '../protocol/release.ts';
import type { RunRole } from '../protocol/roles.ts';

/** A module or library that this workspace takes by a tag and has no source of. */
interface Wanted {
  readonly kind: 'module' | 'library';
  readonly name: string;
  readonly tag: string;
}

/** What tags of others name now. */
export interface Foreign {
  /** `ns/name@tag` → what it names */
  readonly releases: ReadonlyMap<string, Release>;
  readonly files: Elsewhere;
  /** `ns/name@tag` → what somebody can do who needs it */
  readonly absent: ReadonlyMap<string, string>;
}

/** Asks the run role for modules and libraries of others: contracts and definitions come from what was pushed. */
export class ForeignReleases {
  readonly #runRole: Pick<RunRole, 'releases' | 'tags'>;
  readonly #modules = new Map<string, ParsedFile<ModuleContract>>();
  readonly #libraries = new Map<string, ParsedFile<LibraryDefinition>>();
  #wanted: { readonly of: WorkspaceModel; readonly list: readonly Wanted[] } | undefined;

  constructor(runRole: Pick<RunRole, 'releases' | 'tags'>) {
    this.#runRole = runRole;
  }

  /** `undefined`: everything that the workspace uses is in it. */
  async find(model: WorkspaceModel): Promise<Foreign | undefined> {
    if (this.#wanted?.of !== model) this.#wanted = { of: model, list: listWanted(model) };
    const { list } = this.#wanted;
    if (list.length === 0) return undefined;
    const releases = new Map<string, Release>();
    const absent = new Map<string, string>();
    const modules = new Map<string, ParsedFile<ModuleContract>>();
    const libraries = new Map<string, ParsedFile<LibraryDefinition>>();
    for (const wanted of list) {
      const release = await this.#runRole.releases.find(wanted.name, wanted.tag);
      const key = toForeignName(wanted.name, wanted.tag);
      if (release === undefined || !isUsable(wanted, release)) {
        absent.set(key, this.#toNext(wanted, release));
        continue;
      }
      releases.set(key, release);
      const { contract, library } = release;
      // Checks know one meaning of a name: of several tags the first that is named.
      if (contract !== null && !modules.has(wanted.name))
        modules.set(wanted.name, keep(this.#modules, key, wanted.name, { ...contract, environment: undefined, uses: [] }));
      // What it uses itself comes with it, as it was pushed.
      if (library !== undefined && !libraries.has(wanted.name))
        libraries.set(wanted.name, keep(this.#libraries, key, wanted.name, { ...library, uses: [] }));
    }
    return { releases, files: { modules, libraries }, absent };
  }

  #toNext({ kind, name, tag }: Wanted, release: Release | undefined): string {
    if (release !== undefined) return toUnusable(kind, name, release);
    const tags = Object.keys(this.#runRole.tags(name));
    if (tags.includes(tag)) return `Push ${name} again from its workspace: it was pushed by an older version.`;
    if (tags.length > 0) return `Of ${name} there is ${tags.join(', ')}: name one of them, or set it with \`cairn tag ${name} ${tag}\`.`;
    return `Nothing named ${name} was pushed to this agent: push it from its workspace, or correct the name.`;
  }
}

export function toForeignName(name: string, tag: string): string {
  return `${name}@${tag}`;
}

function isUsable({ kind }: Wanted, { contract, library }: Release): boolean {
  return kind === 'module' ? contract !== null : library?.language === 'python';
}

function toUnusable(kind: Wanted['kind'], name: string, { contract, library }: Release): string {
  if (kind === 'module') return `${name} is a library: name it in the \`uses\` of a module.`;
  if (contract !== null) return `${name} is a module, which nobody can import: share what both need as a library.`;
  if (library === undefined) return `Push ${name} again from its workspace: it was pushed by an older version.`;
  return `${name} is written in TypeScript, which is bundled into its modules: have its source in this workspace.`;
}

function listWanted({ workflows, modules, libraries }: WorkspaceModel): readonly Wanted[] {
  const wanted = new Map<string, Wanted>();
  const add = (kind: Wanted['kind'], name: string, tag: string | undefined): void => {
    if (tag !== undefined) wanted.set(`${kind} ${toForeignName(name, tag)}`, { kind, name, tag });
  };
  for (const { value } of workflows.values())
    for (const { use } of value?.steps ?? []) if (use.kind === 'module' && !modules.has(use.module)) add('module', use.module, use.tag);
  for (const { value } of [...modules.values(), ...libraries.values()]) {
    for (const text of value?.uses ?? []) {
      const { name, tag } = parseUse(text);
      if (!libraries.has(name)) add('library', name, tag);
    }
  }
  return [...wanted.values()];
}

/** The same object for the same meaning. */
function keep<T>(known: Map<string, ParsedFile<T>>, key: string, name: string, value: T): ParsedFile<T> {
  const before = known.get(key);
  if (before !== undefined && toCanonicalJson(before.value) === toCanonicalJson(value)) return before;
  const file = toElsewhereFile(name, value);
  known.set(key, file);
  return file;
}
