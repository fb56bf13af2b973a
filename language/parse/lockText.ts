const PINNED = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:===?\s*\S|@\s*\S)/;

/**
 * Normalised names of the packages of a lock (`name==version`, hashes and comments on lines of their own). `undefined` where a line is
 * something else (`-r other.txt`, an editable folder): then the lock may hold more than can be seen.
 */
export function readLockedPackages(text: string): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  let isContinued = false;
  for (const line of text.split('\n')) {
    const written = line.trim();
    const isOwnLine = !isContinued && written !== '' && !written.startsWith('#');
    isContinued = written.endsWith('\\');
    if (!isOwnLine || /^--(?:hash|index-url|extra-index-url|find-links|no-binary|only-binary)\b/.test(written)) continue;
    const name = PINNED.exec(written)?.[1];
    if (name === undefined) return undefined;
    names.add(toPackageName(name));
  }
  return names;
}

/** `Scikit_Learn` → `scikit-learn`: names that mean one package. */
export function toPackageName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}
