import type { Json } from './json.ts';
import type { Param, ParamType } from './module.ts';
import { later, t, translate } from './words.ts';

/** Why a value can't be given to a parameter, as the end of a sentence ("`x` …"); `undefined` = it can. */
export function toParamMismatch(param: Param, value: Json): string | undefined {
  if (!isOfParamType(param.type, value)) return t`must be ${translate(TYPE_WORDS[param.type])}, not ${toValueText(value)}`;
  if (typeof value !== 'number') return undefined;
  if (param.min !== undefined && value < param.min) return t`must be at least ${param.min}, not ${value}`;
  if (param.max !== undefined && value > param.max) return t`must be at most ${param.max}, not ${value}`;
  return undefined;
}

const TYPE_WORDS: Readonly<Record<ParamType, string>> = {
  bool: later('`true` or `false`'),
  int: later('a whole number'),
  float: later('a number'),
  string: later('a text'),
  json: later('JSON'),
};

/** The one judgement of the checker and the agent, whatever words each finds for it. */
export function isOfParamType(expected: ParamType, value: Json): boolean {
  switch (expected) {
    case 'bool':
      return typeof value === 'boolean';
    case 'int':
      return typeof value === 'number' && Number.isSafeInteger(value);
    case 'float':
      return typeof value === 'number' && Number.isFinite(value);
    case 'string':
      return typeof value === 'string';
    case 'json':
      return true;
    default:
      expected satisfies never;
      return false;
  }
}

function toValueText(value: Json): string {
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'a map';
  return `\`${JSON.stringify(value)}\``;
}

/** The value that a text of the command line means for a type; `undefined` = none. */
export function readParamText(type: ParamType, text: string): Json | undefined {
  switch (type) {
    case 'string':
      return text;
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'int':
      return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
    case 'float':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case 'json':
      return readJson(text);
  }
}

function readJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined; // not JSON
  }
}
