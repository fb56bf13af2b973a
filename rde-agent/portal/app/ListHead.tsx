import type { ReactNode } from 'react';

/** `number` = figures, to the right; `wide` = only where the screen is; `actions` = its title is for who cannot see what stands below. */
export interface ListColumn {
  readonly title: string;
  readonly kind?: 'number' | 'wide' | 'actions';
}

/** The head of a list: what each of its columns is. */
export function ListHead({ columns }: { readonly columns: readonly ListColumn[] }): ReactNode {
  return (
    <thead>
      <tr>
        {columns.map(({ title, kind }, column) => (
          <th key={column} scope="col" className={kind === 'actions' ? undefined : kind}>
            {kind === 'actions' ? <span className="sr-only">{title}</span> : title}
          </th>
        ))}
      </tr>
    </thead>
  );
}
