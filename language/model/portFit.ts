import type { Column, PortType } from './portType.ts';
import { toPortTypeText } from './portType.ts';
import { t } from './words.ts';

/** Why what one port delivers can't be given to another, as a sentence. */
export type PortMisfit =
  | { readonly kind: 'type'; readonly message: string }
  /** `column` is the wanted one; `isThere`: it is delivered, with another type */
  | { readonly kind: 'column'; readonly column: string; readonly isThere: boolean; readonly message: string };

/**
 * Everything that keeps `given` from being used as `wanted`; empty = it fits. Kinds must be equal. A table must deliver every column that is
 * wanted, with the same type; more columns are always welcome, since only the wanted ones are given. What an open table delivers
 * beyond its declared columns is seen only when it runs.
 */
export function toPortMisfits(given: PortType, wanted: PortType): readonly PortMisfit[] {
  if (given.kind === 'list' && wanted.kind === 'list') return toPortMisfits(given.of, wanted.of);
  if (given.kind === 'table' && wanted.kind === 'table') {
    return wanted.columns.flatMap((column) => toColumnMisfits(given.columns, given.open, column));
  }
  if (given.kind === wanted.kind) return [];
  return [{ kind: 'type', message: t`${toKindText(given)} is given where ${toKindText(wanted)} is wanted` }];
}

function toColumnMisfits(columns: readonly Column[], isOpen: boolean, wanted: Column): readonly PortMisfit[] {
  const column = columns.find((candidate) => candidate.name === wanted.name);
  if (column === undefined) {
    return isOpen
      ? []
      : [{ kind: 'column', column: wanted.name, isThere: false, message: t`column \`${wanted.name}\` (${wanted.type}) is not there` }];
  }
  if (toPlainType(column.type) === toPlainType(wanted.type)) return [];
  const message = t`column \`${wanted.name}\` is ${column.type}, and ${wanted.type} is wanted`;
  return [{ kind: 'column', column: wanted.name, isThere: true, message }];
}

/** `timestamp[us, tz=UTC]` and `timestamp[us,tz=UTC]` are one type. */
function toPlainType(type: string): string {
  return type.replaceAll(' ', '');
}

function toKindText(type: PortType): string {
  if (type.kind === 'list')
    return t`a ${toPortTypeText({ ...type, of: type.of.kind === 'table' ? { ...type.of, columns: [] } : type.of }).replace('()', '')}`;
  return type.kind === 'metrics' || type.kind === 'json' ? `${type.kind}` : t`a ${type.kind}`;
}
