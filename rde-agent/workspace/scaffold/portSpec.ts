import { COLUMN_TYPES, ColumnTypeForm } from '../../../language/model/fieldForms.ts';
import { isIdentifier } from '../../../language/model/names.ts';
import type { Column, PortType } from '../../../language/model/portType.ts';
import { CairnError } from '../../protocol/errors.ts';
import { isPythonKeyword } from './pythonNames.ts';

/** A port as it is asked for: `flights:table(dep_delay:float64,carrier:string)`, `candidates:list(model)`, `report` (= json). */
export interface PortSpec {
  readonly name: string;
  readonly type: PortType;
}

const SIMPLE = ['model', 'file', 'directory', 'json', 'metrics'] as const;
const KINDS = `table(column:type,…), ${SIMPLE.join(', ')} or list(…)`;

/** Throws CairnError `invalid-request`. */
export function parsePortSpec(text: string): PortSpec {
  const cut = text.indexOf(':');
  const name = (cut < 0 ? text : text.slice(0, cut)).trim();
  if (!isIdentifier(name) || isPythonKeyword(name))
    throw new CairnError(
      'invalid-request',
      `the port ${JSON.stringify(text)} must begin with a Python name, as in \`flights:table(dep_delay:float64)\``,
    );
  return { name, type: cut < 0 ? { kind: 'json' } : parseType(text.slice(cut + 1).trim(), text) };
}

function parseType(text: string, whole: string): PortType {
  const simple = SIMPLE.find((kind) => kind === text);
  if (simple !== undefined) return { kind: simple };
  if (text === 'table') return { kind: 'table', columns: [], open: true };
  const [, kind = '', inner = ''] = /^(table|list)\((.*)\)$/s.exec(text) ?? [];
  if (kind === 'table') return { kind: 'table', columns: splitColumns(inner).map((column) => parseColumn(column, whole)), open: false };
  if (kind === 'list' && !inner.trim().startsWith('list')) return { kind: 'list', of: parseType(inner.trim(), whole) };
  throw new CairnError(
    'invalid-request',
    `the port ${JSON.stringify(whole)} has the unknown type ${JSON.stringify(text)}; a type is ${KINDS}`,
  );
}

function parseColumn(text: string, whole: string): Column {
  const cut = text.indexOf(':');
  const name = (cut < 0 ? text : text.slice(0, cut)).trim();
  const type = cut < 0 ? '' : text.slice(cut + 1).trim();
  if (!isIdentifier(name))
    throw new CairnError('invalid-request', `the port ${JSON.stringify(whole)}: ${JSON.stringify(name)} can't name a column here`);
  if (!ColumnTypeForm.safeParse(type).success) {
    throw new CairnError(
      'invalid-request',
      `the port ${JSON.stringify(whole)}: the column ${name} needs a type (${COLUMN_TYPES.slice(0, 14).join(', ')}, …), as in \`${name}:float64\``,
    );
  }
  return { name, type };
}

/** At the commas that stand in no brackets: `a:decimal128(9, 2),b:timestamp[us, tz=UTC]`. */
function splitColumns(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if ('([<'.includes(letter)) depth += 1;
    if (')]>'.includes(letter)) depth -= 1;
    if (letter !== ',' || depth > 0) continue;
    parts.push(text.slice(start, at));
    start = at + 1;
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
