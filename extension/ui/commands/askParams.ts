import * as vscode from 'vscode';
import type { Param } from '../../../language/model/module.ts';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import { parseParam, type ParamValues } from './paramText.ts';

/** Asks for what has no default; everything else runs as it is written. Throws `cancelled`. */
export async function askMissingParams(params: readonly Param[]): Promise<ParamValues> {
  const given: ParamValues = {};
  for (const param of params.filter((one) => one.default === undefined)) given[param.name] = await askParam(param, undefined);
  return given;
}

/** Asks for each parameter, beginning with the value that it had. Answers only those that were changed. Throws `cancelled`. */
export async function askParamValues(params: readonly Param[], before: { readonly [name: string]: unknown }): Promise<ParamValues> {
  const given: ParamValues = {};
  for (const param of params) {
    const former = before[param.name] ?? param.default;
    const value = await askParam(param, former);
    if (JSON.stringify(value) !== JSON.stringify(former)) given[param.name] = value;
  }
  return given;
}

async function askParam(param: Param, former: unknown): Promise<ParamValues[string]> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Parameter {0} ({1})', param.name, param.type),
    prompt: param.description ?? '',
    value: toText(former),
    ignoreFocusOut: true,
    validateInput: (value) => parseParam(param, value).problem,
  });
  if (text === undefined) throw new CairnError('cancelled', 'Cancelled.');
  return parseParam(param, text).value;
}

function toText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
