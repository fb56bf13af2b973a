/** Whether `version` comes before `than` (`1.2.3`; what follows a `-` or `+` is not looked at). What cannot be read is not older. */
export function isOlder(version: string, than: string): boolean {
  const [left, right] = [toParts(version), toParts(than)];
  if (left === undefined || right === undefined) return false;
  const index = left.findIndex((part, at) => part !== right[at]);
  return index >= 0 && (left[index] ?? 0) < (right[index] ?? 0);
}

function toParts(version: string): readonly number[] | undefined {
  const found = /^(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(version);
  return found === null ? undefined : found.slice(1).map(Number);
}
