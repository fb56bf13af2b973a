/** `3.12` means `3.12.*`; clauses of a range are separated by commas. */
type Clause = { readonly operator: string; readonly numbers: readonly number[]; readonly isPrefix: boolean };

const CLAUSE = /^(==|!=|>=|<=|>|<|~=)?\s*(\d+(?:\.\d+){0,2})(\.\*)?$/;

function parseClauses(text: string): readonly Clause[] | undefined {
  const clauses: Clause[] = [];
  for (const part of text.split(',')) {
    const [, operator, version, star] = CLAUSE.exec(part.trim()) ?? [];
    if (version === undefined) return undefined;
    const numbers = version.split('.').map(Number);
    const isBare = operator === undefined;
    clauses.push({ operator: operator ?? '==', numbers, isPrefix: star !== undefined || (isBare && numbers.length < 3) });
  }
  return clauses;
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (let at = 0; at < 3; at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function fits(version: readonly number[], { operator, numbers, isPrefix }: Clause): boolean {
  const isSame = isPrefix ? numbers.every((number, at) => version[at] === number) : compare(version, numbers) === 0;
  switch (operator) {
    case '==':
      return isSame;
    case '!=':
      return !isSame;
    case '>=':
      return compare(version, numbers) >= 0;
    case '<=':
      return compare(version, numbers) <= 0;
    case '>':
      return compare(version, numbers) > 0;
    case '<':
      return compare(version, numbers) < 0;
    default:
      return compare(version, numbers) >= 0 && numbers.slice(0, -1).every((number, at) => version[at] === number);
  }
}

/** Whether some version of Python fits to all of these; also where one of them can't be read, since then nobody can tell. */
export function hasCommonPython(specifiers: readonly string[]): boolean {
  const all = specifiers.map(parseClauses);
  const known = all.filter((clauses) => clauses !== undefined);
  if (known.length < all.length) return true;
  const clauses = known.flat();
  return clauses.length === 0 || toCandidates(clauses).some((version) => clauses.every((clause) => fits(version, clause)));
}

/** Every version at which a clause begins or ends, and its neighbours: between those nothing changes. */
function toCandidates(clauses: readonly Clause[]): readonly (readonly number[])[] {
  return clauses.flatMap(({ numbers: [major = 0, minor = 0, patch = 0] }) => [
    [major, minor, patch],
    [major, minor, patch + 1],
    [major, minor, Math.max(0, patch - 1)],
    [major, minor + 1, 0],
    [major, Math.max(0, minor - 1), 99],
    [major + 1, 0, 0],
    [Math.max(0, major - 1), 99, 99],
  ]);
}
