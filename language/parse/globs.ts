import { t } from '../model/words.ts';
/**
 * Why a pattern is refused; `undefined` = it is not. Only what a matcher answers in linear time: no alternatives in brackets, no ranges, no
 * repeated groups.
 */
export function toGlobProblem(glob: string, whole = t('the workspace'), root = t('its root')): string | undefined {
  if (/[()|!+@{}[\]\\]/.test(glob)) return t`\`${glob}\`: only \`*\`, \`**\` and \`?\` are patterns here.`;
  if (/\*{3,}/.test(glob) || (glob.match(/\*\*/g)?.length ?? 0) > 4) return t`\`${glob}\` has too many \`*\`.`;
  const isOutside = glob.startsWith('/') || /^[A-Za-z]:/.test(glob) || glob.split('/').includes('..');
  return isOutside ? t`\`${glob}\` leaves ${whole}: patterns are relative to ${root}.` : undefined;
}
