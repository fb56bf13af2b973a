import type { Json } from '../../language/model/json.ts';
import type { Param } from '../../language/model/module.ts';
import { isOfParamType } from '../../language/model/paramValue.ts';
import type { ParamValue, TemplatePart } from '../../language/model/workflow.ts';
import { CairnError } from '../protocol/errors.ts';

/** Values of a workflow's parameters, defaults filled in. */
export type ParamValues = { readonly [name: string]: Json };

/**
 * Checks given values against declared parameters and fills in defaults. `owner` names the workflow or the step in messages.
 * Throws CairnError `invalid-request`: an unknown or missing parameter, a wrong type, a value out of range.
 */
export function toParamValues(owner: string, declared: readonly Param[], given: ParamValues): ParamValues {
  const unknown = Object.keys(given).find((name) => !declared.some((param) => param.name === name));
  if (unknown !== undefined) throw new CairnError('invalid-request', `${owner} has no parameter ${unknown}; it has ${toNames(declared)}`);
  const values: [string, Json][] = [];
  for (const param of declared) {
    const value = Object.hasOwn(given, param.name) ? given[param.name] : param.default;
    if (value === undefined)
      throw new CairnError('invalid-request', `${owner} needs a value for the parameter ${param.name} (${param.type})`);
    const problem = findValueProblem(param, value);
    if (problem !== undefined) throw new CairnError('invalid-request', `${owner}: the parameter ${param.name} ${problem}`);
    values.push([param.name, value]);
  }
  return Object.fromEntries(values);
}

function toNames(declared: readonly Param[]): string {
  return declared.length === 0 ? 'none' : declared.map((param) => param.name).join(', ');
}

/** What is wrong with a value for a parameter, as the end of a sentence; `undefined` = nothing. */
export function findValueProblem(param: Param, value: Json): string | undefined {
  if (!isOfParamType(param.type, value)) return `must be ${param.type}, not ${toShortText(value)}`;
  if (typeof value !== 'number') return undefined;
  if (param.min !== undefined && value < param.min) return `must be at least ${param.min}, not ${value}`;
  if (param.max !== undefined && value > param.max) return `must be at most ${param.max}, not ${value}`;
  return undefined;
}

function toShortText(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/**
 * Puts the workflow's parameters into a step's value. What is left for later (`${foreach.x}`, `${run.x}`) stays a template.
 * A template of exactly one substitution keeps the value's type; inside text, values are written as JSON and texts as they are.
 */
export function substituteParams(value: ParamValue, params: ParamValues): ParamValue {
  if (value.kind === 'literal') return value;
  const [only] = value.parts;
  if (value.parts.length === 1 && only?.kind === 'substitution' && only.scope === 'params')
    return { kind: 'literal', value: params[only.name] ?? null };
  const parts = mergeTexts(value.parts.map((part) => toTextPart(part, params)));
  const [text] = parts;
  if (parts.length === 1 && text?.kind === 'text') return { kind: 'literal', value: text.text };
  return { kind: 'template', parts };
}

function toTextPart(part: TemplatePart, params: ParamValues): TemplatePart {
  if (part.kind === 'text' || part.scope !== 'params') return part;
  const value = params[part.name] ?? null;
  return { kind: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) };
}

function mergeTexts(parts: readonly TemplatePart[]): readonly TemplatePart[] {
  const merged: TemplatePart[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (part.kind === 'text' && last?.kind === 'text') merged[merged.length - 1] = { kind: 'text', text: last.text + part.text };
    else merged.push(part);
  }
  return merged;
}
