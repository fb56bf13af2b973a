import { parseCondition } from './condition.ts';
import type { Span } from './sourceMap.ts';

const BARE_WORD = /^[A-Za-z_][\w-]*$/;

/** What somebody who writes another language probably meant, where that is a condition; `undefined` = nobody knows. */
export function toConditionRepair(text: string, problem: Span): string | undefined {
  const plain = text
    .replace(/\$\{\s*(params\.\w+)\s*\}/g, '$1')
    .replace(/(?<![=!<>])=(?!=)/g, '==')
    .replace(/\band\b/gi, '&&')
    .replace(/\bor\b/gi, '||')
    .replace(/\bnot\s+/gi, '!')
    .replace(/(?<!&)&(?!&)/g, '&&')
    .replace(/(?<!\|)\|(?!\|)/g, '||');
  const word = text.slice(problem.start, problem.end);
  const quoted = BARE_WORD.test(word) ? `${text.slice(0, problem.start)}'${word}'${text.slice(problem.end)}` : text;
  return [quoted, plain].find((candidate) => candidate !== text && parseCondition(candidate).kind === 'ok');
}
