import { z } from 'zod';
import { COLUMN_TYPES, ColumnTypeForm } from '../model/fieldForms.ts';
import { FILE_FORMS, type FileKind } from '../model/fileForms.ts';
import { translate } from '../model/words.ts';

/** A key that a form knows, with what it is for. */
export interface KnownKey {
  readonly name: string;
  readonly description: string;
  readonly isRequired: boolean;
  /** whether a map or a list stands below it, and never a single value */
  readonly isBlock: boolean;
}

type FormPath = readonly (string | number)[];

/** The keys that a kind of file knows at a path. */
export function toKnownKeys(kind: FileKind, path: FormPath): readonly KnownKey[] {
  const keys = new Map<string, KnownKey>();
  for (const form of toForms(kind, path)) {
    if (!(form instanceof z.ZodObject)) continue;
    for (const [name, member] of Object.entries(form.shape)) if (!keys.has(name)) keys.set(name, toKnownKey(name, member));
  }
  return [...keys.values()];
}

/** What a form says about the value at a path; `''` where it says nothing. */
export function toDescription(kind: FileKind, path: FormPath): string {
  const last = path.at(-1);
  const parents = toForms(kind, path.slice(0, -1));
  for (const form of parents) {
    const member: unknown = form instanceof z.ZodObject && typeof last === 'string' ? form.shape[last] : undefined;
    const description = describe(member);
    if (description !== '') return description;
  }
  return '';
}

/** Words that a form knows for the value at a path: of an enumeration, `true` and `false`, types of columns. */
export function toChoices(kind: FileKind, path: FormPath): readonly string[] {
  return [...new Set(toForms(kind, path).flatMap(toWords))];
}

function toWords(form: unknown): readonly string[] {
  if (form === ColumnTypeForm) return COLUMN_TYPES;
  if (form instanceof z.ZodEnum) return form.options.map(String);
  if (form instanceof z.ZodLiteral) return [...form.values].map(String);
  return form instanceof z.ZodBoolean ? ['true', 'false'] : [];
}

/** Every form that the value at a path may have. */
function toForms(kind: FileKind, path: FormPath): readonly unknown[] {
  let forms = toAlternatives(FILE_FORMS[kind]);
  for (const step of path) forms = forms.flatMap((form) => toMembers(form, step)).flatMap(toAlternatives);
  return forms;
}

function toMembers(form: unknown, step: string | number): readonly unknown[] {
  if (form instanceof z.ZodObject) {
    if (Object.hasOwn(form.shape, step)) return [form.shape[step]];
    const rest: unknown = form.def.catchall;
    return rest === undefined || rest instanceof z.ZodNever ? [] : [rest];
  }
  if (form instanceof z.ZodRecord) return [form.valueType];
  return form instanceof z.ZodArray ? [form.element] : [];
}

/** Forms behind wrappers and unions. */
function toAlternatives(form: unknown): readonly unknown[] {
  if (form instanceof z.ZodOptional || form instanceof z.ZodDefault) return toAlternatives(form.unwrap());
  if (form instanceof z.ZodUnion) return form.options.flatMap(toAlternatives);
  return [form];
}

function toKnownKey(name: string, member: unknown): KnownKey {
  const alternatives = toAlternatives(member);
  const isBlock = alternatives.every((form) => form instanceof z.ZodObject || form instanceof z.ZodRecord || form instanceof z.ZodArray);
  return { name, description: describe(member), isRequired: !(member instanceof z.ZodOptional), isBlock };
}

function describe(form: unknown): string {
  if (!(form instanceof z.ZodType)) return '';
  if (form.description !== undefined) return translate(form.description);
  if (form instanceof z.ZodOptional || form instanceof z.ZodDefault) return describe(form.unwrap());
  if (!(form instanceof z.ZodUnion)) return '';
  return form.options.map(describe).find((text) => text !== '') ?? '';
}
