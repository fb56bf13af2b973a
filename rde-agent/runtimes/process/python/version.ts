/** A version as PEP 440 orders it, without epochs and local labels' order (interpreters and markers have none). */
export interface Version {
  readonly release: readonly number[];
  /** `null` = not a pre-release */
  readonly pre: { readonly stage: number; readonly number: number } | null;
  readonly post: number | null;
  readonly dev: number | null;
}

const VERSION =
  /^v?(\d+(?:\.\d+)*)(?:[._-]?(a|alpha|b|beta|c|rc|pre|preview)[._-]?(\d*))?(?:[._-]?post[._-]?(\d*))?(?:[._-]?dev[._-]?(\d*))?(?:\+[a-z0-9._-]*)?$/i;
const STAGES: { readonly [word: string]: number } = { a: 0, alpha: 0, b: 1, beta: 1, c: 2, rc: 2, pre: 2, preview: 2 };

/** `undefined` when the text is not a version. CPython's `3.13.0+` (built between two releases) counts as `3.13.0`. */
export function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text.trim());
  if (match?.[1] === undefined) return undefined;
  const [, release, stage, number, post, dev] = match;
  return {
    release: release.split('.').map(Number),
    pre: stage === undefined ? null : { stage: STAGES[stage.toLowerCase()] ?? 2, number: Number(number ?? 0) },
    post: post === undefined ? null : Number(post),
    dev: dev === undefined ? null : Number(dev),
  };
}

export function isPreRelease(version: Version): boolean {
  return version.pre !== null || version.dev !== null;
}

/** Negative, zero or positive, as `sort` wants it. `3.11` equals `3.11.0`. */
export function compareVersions(left: Version, right: Version): number {
  return compareReleases(left.release, right.release) || compareLists(toSuffix(left), toSuffix(right));
}

export function compareReleases(left: readonly number[], right: readonly number[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** dev of the release < a < b < rc < the release itself < post; a dev of each before it. */
function toSuffix(version: Version): readonly number[] {
  const bareDev = version.pre === null && version.post === null && version.dev !== null;
  return [bareDev ? -1 : (version.pre?.stage ?? 3), version.pre?.number ?? 0, version.post ?? -1, version.dev ?? Number.MAX_SAFE_INTEGER];
}

function compareLists(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
