import { createElement, type FormEvent, type ReactNode } from 'react';
import './toolkit.ts';
import { useSpokenName } from './useSpokenName.ts';

export interface CheckboxProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
}

/** A yes or no, with its label beside it. */
export function Checkbox({ label, checked, onChange, disabled = false }: CheckboxProps): ReactNode {
  const ref = useSpokenName(label);
  return createElement(
    'tk-checkbox',
    {
      ref,
      checked,
      disabled,
      onChange: (event: FormEvent<HTMLInputElement>) => {
        if (event.currentTarget.checked !== checked) onChange(event.currentTarget.checked);
      },
    },
    label,
  );
}
