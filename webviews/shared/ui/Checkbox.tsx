import { createElement, type FormEvent, type ReactNode } from 'react';
import './toolkit.ts';

export interface CheckboxProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
}

/** A yes or no, with its label beside it. */
export function Checkbox({ label, checked, onChange, disabled = false }: CheckboxProps): ReactNode {
  return createElement(
    'tk-checkbox',
    {
      checked,
      disabled,
      'aria-label': label,
      onChange: (event: FormEvent<HTMLInputElement>) => {
        if (event.currentTarget.checked !== checked) onChange(event.currentTarget.checked);
      },
    },
    label,
  );
}
