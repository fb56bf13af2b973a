/** Source without an entry that modules use (`uses: [ns/name]`): it imports as `name`. */
export interface LibraryDefinition {
  /** `namespace/name`; the last part must be a Python name to be imported */
  readonly name: string;
  readonly description: string;
  readonly language: 'python' | 'typescript';
  /** globs relative to the library's folder; what they match is the library */
  readonly files: readonly string[];
  /** Other libraries that it uses, as written: `ns/name` or `ns/name@tag`. */
  readonly uses: readonly string[];
  /** What it needs of the environments of the modules that use it. */
  readonly requires: {
    /** version specifier; `undefined` = any */
    readonly python: string | undefined;
    /** names (without versions) that must be among the locked packages */
    readonly packages: readonly string[];
  };
}

/** `flights/textlib` → `textlib`: the name under which code imports it, and of the folder it is laid into. */
export function toLibraryImport(name: string): string {
  return name.slice(name.indexOf('/') + 1).replaceAll('-', '_');
}

/** Two of these libraries that code would import by one name; `undefined` = there are none. */
export function findSameImport(
  names: readonly string[],
): { readonly name: string; readonly other: string; readonly word: string } | undefined {
  const imported = new Map<string, string>();
  for (const name of names) {
    const word = toLibraryImport(name);
    const other = imported.get(word);
    if (other !== undefined && other !== name) return { name, other, word };
    imported.set(word, name);
  }
  return undefined;
}
