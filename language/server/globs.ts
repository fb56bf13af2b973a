import picomatch from 'picomatch';

/** Matches the manifest's globs with the same options as the agent: the same file is the same kind of file for both. */
export function createGlobMatcher(): (path: string, glob: string) => boolean {
  const matchers = new Map<string, (path: string) => boolean>();
  return (path, glob) => {
    let matcher = matchers.get(glob);
    if (matcher === undefined) {
      matcher = isSafeGlob(glob) ? picomatch(glob, { dot: false, nonegate: true, noextglob: true, nobracket: true }) : () => false;
      matchers.set(glob, matcher);
    }
    return matcher(path);
  };
}

/** Globs become regular expressions; few stars keep their matching time small for any path. */
function isSafeGlob(glob: string): boolean {
  return glob.length <= 256 && (glob.match(/\*+/g)?.length ?? 0) <= 6;
}
