import { t } from './words.ts';
/** A column of a table port: an Arrow type by its short name (`int64`, `float64`, `string`, `bool`, `timestamp[us]`, `date32`, …). */
export interface Column {
  readonly name: string;
  readonly type: string;
  /** Labels declared for this column. On a dataset column absent = unlabelled = treated as the most restricted. */
  readonly labels?: readonly string[];
  /** Declared direct sources, `port.column`. */
  readonly from?: readonly string[];
  /** Declared indirect sources, `port.column`. */
  readonly using?: readonly string[];
}

/** What a port carries. `list` is what a join or `train[*].model` delivers: a list in foreach order. */
export type PortType =
  | { readonly kind: 'table'; readonly columns: readonly Column[]; readonly open: boolean }
  | { readonly kind: 'model' }
  | { readonly kind: 'file' }
  | { readonly kind: 'directory' }
  | { readonly kind: 'json' }
  | { readonly kind: 'metrics' }
  | { readonly kind: 'list'; readonly of: PortType };

/** A short text for people: `table(dep_delay, carrier)`, `list of model`. */
export function toPortTypeText(type: PortType): string {
  if (type.kind === 'list') return t`list of ${toPortTypeText(type.of)}`;
  if (type.kind !== 'table') return type.kind;
  const names = type.columns.map((column) => column.name);
  if (type.open) names.push('…');
  return `table(${names.join(', ')})`;
}
