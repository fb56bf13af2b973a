import type { Param } from '../../language/model/module.ts';
import { readParamText } from '../../language/model/paramValue.ts';
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
    if (at < 1)
      throw new CairnError('usage', `--param takes NAME=VALUE, not ${JSON.stringify(text)}.`, {
        next: 'Write it as in `--param month=3`.',
      });
    const name = text.slice(0, at);
    if (values.has(name)) throw new CairnError('usage', `--param ${name} is given twice.`);
    const param = declared.find((candidate) => candidate.name === name);
    values.set(name, parseValue(name, text.slice(at + 1), param?.type ?? 'string'));
  }
  return Object.fromEntries(values);
}

/** `K=V` texts where only the agent knows the types: it reads them. Throws `usage`. */
export function parseTexts(texts: readonly string[]): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(parseParams(texts, [])).map(([name, value]) => [name, String(value)]));
}

const WANTED: { readonly [type in Param['type']]: string } = {
  string: 'text',
  bool: 'true or false',
  int: 'a whole number',
  float: 'a number',
  json: 'JSON',
};

function parseValue(name: string, text: string, type: Param['type']): ParamValues[string] {
  const value = readParamText(type, text);
  if (value !== undefined) return value as ParamValues[string];
  throw new CairnError('usage', `--param ${name} takes ${WANTED[type]}, not ${JSON.stringify(text)}.`, {
    next: 'The workflow file declares the types of its parameters.',
  });
}
