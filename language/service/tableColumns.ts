import type { PortType } from '../model/portType.ts';
import type { ValuePath } from '../parse/sourceMap.ts';

/** The columns that a port declares, each with the path of its key below the port's. */
export function toTableColumns(port: ValuePath, type: PortType): readonly { readonly name: string; readonly path: ValuePath }[] {
  const table = type.kind === 'list' ? type.of : type;
  if (table.kind !== 'table') return [];
  const base = [...port, ...(type.kind === 'list' ? ['list'] : []), 'table', 'columns'];
  return table.columns.map(({ name }) => ({ name, path: [...base, name] }));
}
