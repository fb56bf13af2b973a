/**
 * Why a pattern is refused; `undefined` = it is not. Only what a matcher answers in linear time: no alternatives in brackets, no ranges, no
 * repeated groups.
 */
export function toGlobProblem(glob: string, whole = 'the workspace', root = 'its root'): string | undefined {
  if (/[()|!+@{}[\]\\]/.test(glob)) return `\`${glob}\`: only \`*\`, \`**\` and \`?\` are patterns here.`;
  if (/\*{3,}/.test(glob) || (glob.match(/\*\*/g)?.length ?? 0) > 4) return `\`${glob}\` has too many \`*\`.`;
  const isOutside = glob.startsWith('/') || /^[A-Za-z]:/.test(glob) || glob.split('/').includes('..');
  return isOutside ? `\`${glob}\` leaves ${whole}: patterns are relative to ${root}.` : undefined;
}
