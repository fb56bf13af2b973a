import type { Param } from '../../../language/model/module.ts';
import type { ParamsOf } from '../../../rde-agent/protocol/operations.ts';
import { t } from '../../../webviews/protocol/words.ts';

/** Values by name, as a run is given them. */
export type ParamValues = NonNullable<ParamsOf<'run.submit'>['params']>;

interface ParsedParam {
  readonly value: ParamValues[string];
  readonly problem?: string;
}

/** The typed value of a text, or why it is none. */
export function parseParam({ type, min, max }: Pick<Param, 'type' | 'min' | 'max'>, text: string): ParsedParam {
  switch (type) {
    case 'string':
      return { value: text };
    case 'bool':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : toProblem(t('Enter true or false.'));
    case 'int':
      return /^[+-]?\d+$/.test(text.trim()) && Number.isSafeInteger(Number(text))
        ? toBounded(Number(text), min, max)
        : toProblem(t('Enter a whole number.'));
    case 'float':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? toBounded(Number(text), min, max) : toProblem(t('Enter a number.'));
    case 'json':
      return parseJson(text);
  }
}

function toBounded(value: number, min: number | undefined, max: number | undefined): ParsedParam {
  if (min !== undefined && value < min) return toProblem(t('Enter at least {0}.', min));
  if (max !== undefined && value > max) return toProblem(t('Enter at most {0}.', max));
  return { value };
}

function parseJson(text: string): ParsedParam {
  try {
    return { value: JSON.parse(text) as ParamValues[string] };
  } catch {
    return toProblem(t('Enter JSON.'));
  }
}

function toProblem(problem: string): ParsedParam {
  return { value: null, problem };
}
