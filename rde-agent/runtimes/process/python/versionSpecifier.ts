import { compareReleases, compareVersions, isPreRelease, parseVersion, type Version } from './version.ts';

/** Decides whether a version is wanted. */
export type VersionTest = (version: Version) => boolean;

const CLAUSE = /^(===|==|!=|~=|<=|>=|<|>)?\s*([^\s<>=!~]+)$/;

/**
 * A specifier such as `>=3.10,<3.15`, `==3.12.*`, `~=3.11`, or `3.11`, which means `3.11.*`.
 * `undefined` when the text is none.
 */
export function parseSpecifier(text: string): VersionTest | undefined {
  const tests: VersionTest[] = [];
  for (const clause of text.split(',')) {
    const match = CLAUSE.exec(clause.trim());
    const test = match?.[2] === undefined ? undefined : toVersionTest(match[1], match[2]);
    if (test === undefined) return undefined;
    tests.push(test);
  }
  return (version) => tests.every((test) => test(version));
}

/** One comparison of PEP 440; `operator` undefined = the prefix. `undefined` when the operand does not fit the operator. */
export function toVersionTest(operator: string | undefined, operand: string): VersionTest | undefined {
  const wildcard = operand.endsWith('.*');
  const version = parseVersion(wildcard ? operand.slice(0, -2) : operand);
  if (version === undefined) return undefined;
  if (wildcard && operator !== '==' && operator !== '!=' && operator !== undefined) return undefined;
  switch (operator) {
    case undefined:
      return isPrefix(version);
    case '==':
      return wildcard ? isPrefix(version) : (other) => compareVersions(other, version) === 0;
    case '===':
      return (other) => compareVersions(other, version) === 0;
    case '!=':
      return not(wildcard ? isPrefix(version) : (other) => compareVersions(other, version) === 0);
    case '~=':
      return toCompatible(version);
    default:
      return toOrderTest(operator, version);
  }
}

function toOrderTest(operator: string, version: Version): VersionTest | undefined {
  switch (operator) {
    case '<=':
      return (other) => compareVersions(other, version) <= 0;
    case '>=':
      return (other) => compareVersions(other, version) >= 0;
    case '<':
      return (other) => compareVersions(other, version) < 0 && !isEarlyForm(other, version);
    case '>':
      return (other) => compareVersions(other, version) > 0 && !isLateForm(other, version);
    default:
      return undefined;
  }
}

/** `3.15.0a1` is before `3.15`, and yet nobody who writes `<3.15` wants it. */
function isEarlyForm(other: Version, version: Version): boolean {
  return isPreRelease(other) && !isPreRelease(version) && compareReleases(other.release, version.release) === 0;
}

function isLateForm(other: Version, version: Version): boolean {
  return other.post !== null && version.post === null && compareReleases(other.release, version.release) === 0;
}

function toCompatible(version: Version): VersionTest | undefined {
  if (version.release.length < 2) return undefined;
  const prefix = isPrefix({ ...version, release: version.release.slice(0, -1), pre: null, post: null, dev: null });
  return (other) => prefix(other) && compareVersions(other, version) >= 0;
}

function isPrefix(version: Version): VersionTest {
  return (other) => version.release.every((part, index) => part === (other.release[index] ?? 0));
}

function not(test: VersionTest): VersionTest {
  return (version) => !test(version);
}
