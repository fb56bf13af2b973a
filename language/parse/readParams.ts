import type { Json } from '../model/json.ts';
import type { Param, ParamType } from '../model/module.ts';
import type { ParamsForm } from '../model/portForm.ts';
import { toParamMismatch } from '../model/paramValue.ts';
import { t } from '../model/words.ts';
import type { FormReading } from './formReading.ts';
import { reportCaseTwins } from './readNames.ts';

/** Declared parameters in the order of the file, their defaults checked against their types and limits. */
export function readParams(reading: FormReading, form: ParamsForm | undefined): readonly Param[] {
  const params = Object.entries(form ?? {}).map(([name, written]) => toParam(name, written));
  reportCaseTwins(reading, ['params'], params);
  return params.map((param) => checkParam(reading, param));
}

function toParam(name: string, written: ParamsForm[string]): Param {
  return typeof written === 'string' ? { name, type: written } : { name, ...written };
}

/** Reports what does not fit together and leaves it out. */
function checkParam(reading: FormReading, param: Param): Param {
  const { findings, source } = reading.yaml;
  const at = (key: string): readonly string[] => ['params', param.name, key];
  const base: Param = {
    name: param.name,
    type: param.type,
    ...(param.description === undefined ? {} : { description: param.description }),
  };
  if ((param.min ?? param.max) !== undefined && !isNumeric(param.type)) {
    const key = param.min === undefined ? 'max' : 'min';
    findings.add('invalid-value', source.keyRange(at(key)), t`\`${key}\` is only for \`int\` and \`float\`.`);
    return withDefault(base, param.default);
  }
  if (param.min !== undefined && param.max !== undefined && param.min > param.max) {
    findings.add('invalid-value', source.valueRange(at('max')), t`\`max\` is smaller than \`min\` (${param.min}).`);
    return withDefault(base, param.default);
  }
  const limits = { ...(param.min === undefined ? {} : { min: param.min }), ...(param.max === undefined ? {} : { max: param.max }) };
  const limited: Param = { ...base, ...limits };
  if (param.default === undefined) return limited;
  const mismatch = toParamMismatch(limited, param.default);
  if (mismatch === undefined) return withDefault(limited, param.default);
  findings.add('type-mismatch', source.valueRange(at('default')), t`The default of \`${param.name}\` ${mismatch}.`);
  return limited;
}

function withDefault(param: Param, value: Json | undefined): Param {
  return value === undefined ? param : { ...param, default: value };
}

function isNumeric(type: ParamType): boolean {
  return type === 'int' || type === 'float';
}
