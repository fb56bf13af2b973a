import type { Param } from '../../language/model/module.ts';
import { CairnError } from '../protocol/errors.ts';
import type { ParamsOf } from '../protocol/operations.ts';

export type ParamValues = NonNullable<ParamsOf<'run.submit'>['params']>;

/**
 * `K=V` texts as values of the types that the workflow declares. What the workflow does not declare is sent as text, so that the
 * agent can say which names there are. Throws `usage`.
 */
export function parseParams(texts: readonly string[], declared: readonly Param[]): ParamValues {
  const values = new Map<string, ParamValues[string]>();
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 1) throw new CairnError('usage', `--param takes NAME=VALUE, not ${JSON.stringify(text)}.`);
    const name = text.slice(0, at);
    if (values.has(name)) throw new CairnError('usage', `--param ${name} is given twice.`);
    const param = declared.find((candidate) => candidate.name === name);
    values.set(name, parseValue(name, text.slice(at + 1), param?.type ?? 'string'));
  }
  return Object.fromEntries(values);
}

/**
 * `K=V` texts where only the agent knows the types: what reads as a number, `true`, `false`, `null` or a JSON list, map or text in quotes is
 * that, everything else is text. Throws `usage`.
 */
export function parseUntypedParams(texts: readonly string[]): ParamValues {
  return Object.fromEntries(Object.entries(parseParams(texts, [])).map(([name, value]) => [name, toGuess(String(value))]));
}

function toGuess(text: string): ParamValues[string] {
  try {
    return JSON.parse(text) as ParamValues[string];
  } catch {
    return text; // not JSON, so it is text
  }
}

function parseValue(name: string, text: string, type: Param['type']): ParamValues[string] {
  switch (type) {
    case 'string':
      return text;
    case 'bool':
      if (text === 'true' || text === 'false') return text === 'true';
      throw toWrongType(name, 'true or false', text);
    case 'int':
      if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
      throw toWrongType(name, 'a whole number', text);
    case 'float':
      if (text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
      throw toWrongType(name, 'a number', text);
    case 'json':
      return parseJson(name, text);
  }
}

function parseJson(name: string, text: string): ParamValues[string] {
  try {
    return JSON.parse(text) as ParamValues[string];
  } catch {
    throw toWrongType(name, 'JSON', text);
  }
}

function toWrongType(name: string, wanted: string, text: string): CairnError {
  return new CairnError('usage', `--param ${name} takes ${wanted}, not ${JSON.stringify(text)}.`, {
    next: 'The workflow file declares the types of its parameters.',
  });
}
