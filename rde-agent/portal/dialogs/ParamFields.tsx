import { useId, type ReactNode } from 'react';
import type { Json } from '../../../language/model/json.ts';
import type { Param } from '../../../language/model/module.ts';
import { readParamText, toParamMismatch } from '../../../language/model/paramValue.ts';
import { t } from '../../../webviews/protocol/words.ts';
import type { ParamsOf } from '../../protocol/operations.ts';

/** Values by the names of parameters, as a run is given them. */
export type ParamValues = NonNullable<ParamsOf<'run.submit'>['params']>;

/** Texts of a form by the names of parameters. */
export interface ParamTexts {
  readonly [name: string]: string;
}

export interface ParamFieldsProps {
  readonly params: readonly Param[];
  readonly texts: ParamTexts;
  readonly onChange: (name: string, text: string) => void;
}

/** One field for each parameter, of its type, with what is wrong under it. */
export function ParamFields({ params, texts, onChange }: ParamFieldsProps): ReactNode {
  if (params.length === 0) return <p className="quiet">{t('It has no parameters.')}</p>;
  return params.map((param) => (
    <ParamField key={param.name} param={param} text={texts[param.name] ?? ''} onChange={(text) => onChange(param.name, text)} />
  ));
}

interface ParamFieldProps {
  readonly param: Param;
  readonly text: string;
  readonly onChange: (text: string) => void;
}

function ParamField({ param, text, onChange }: ParamFieldProps): ReactNode {
  const id = useId();
  const problem = toProblem(param, text);
  const shared = {
    id,
    value: text,
    'aria-describedby': `${id}-about`,
    'aria-invalid': problem !== undefined,
    onChange: (event: { readonly currentTarget: { readonly value: string } }) => onChange(event.currentTarget.value),
  };
  return (
    <div className="form-field">
      <label htmlFor={id}>{param.name}</label>
      {param.type === 'bool' ? (
        <select {...shared}>
          {param.default === undefined && <option value="">{t('choose…')}</option>}
          <option value="true">true</option>
          <option value="false">false</option>
        </select>
      ) : param.type === 'json' ? (
        <textarea {...shared} rows={3} spellCheck={false} />
      ) : (
        <input {...shared} type="text" inputMode={param.type === 'string' ? 'text' : 'decimal'} autoComplete="off" spellCheck={false} />
      )}
      <p id={`${id}-about`} className={problem === undefined ? 'quiet' : 'problem'}>
        {problem ?? toAbout(param)}
      </p>
    </div>
  );
}

/** What the form begins with: `before`, else the defaults. */
export function toParamTexts(params: readonly Param[], before: { readonly [name: string]: Json } = {}): ParamTexts {
  return Object.fromEntries(params.map((param) => [param.name, toText(before[param.name] ?? param.default)]));
}

/** The values of a form; `undefined` = one of them is none. */
export function readParamTexts(params: readonly Param[], texts: ParamTexts): ParamValues | undefined {
  if (params.some((param) => toProblem(param, texts[param.name] ?? '') !== undefined)) return undefined;
  // What is sent is JSON, whoever may write to it.
  return Object.fromEntries(params.map((param) => [param.name, readParamText(param.type, texts[param.name] ?? '') ?? null])) as ParamValues;
}

/** Those that are not what they were. */
export function toChanged(values: ParamValues, before: { readonly [name: string]: Json | undefined }): ParamValues {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])));
}

function toText(value: Json | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function toProblem(param: Param, text: string): string | undefined {
  const value = readParamText(param.type, text);
  if (value === undefined) return text === '' ? t('It needs a value.') : toNeed(param.type);
  const mismatch = toParamMismatch(param, value);
  return mismatch === undefined ? undefined : t('It {0}.', mismatch.replaceAll('`', ''));
}

function toNeed(type: Param['type']): string {
  switch (type) {
    case 'bool':
      return t('It must be true or false.');
    case 'int':
      return t('It must be a whole number.');
    case 'float':
      return t('It must be a number.');
    case 'string':
      return t('It must be a text.');
    case 'json':
      return t('It must be JSON.');
  }
}

function toTypeText(type: Param['type']): string {
  switch (type) {
    case 'bool':
      return t('true or false');
    case 'int':
      return t('a whole number');
    case 'float':
      return t('a number');
    case 'string':
      return t('a text');
    case 'json':
      return 'JSON';
  }
}

function toAbout({ type, min, max, description }: Param): string {
  const bounds = [min === undefined ? '' : t('at least {0}', min), max === undefined ? '' : t('at most {0}', max)].filter(
    (text) => text !== '',
  );
  return [description ?? '', [toTypeText(type), ...bounds].join(', ')].filter((text) => text !== '').join(' · ');
}
