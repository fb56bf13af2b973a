import { createElement, type FormEvent, type ReactNode } from 'react';
import { Field } from './Field.tsx';
import './toolkit.ts';

export interface DropdownProps<V extends string> {
  readonly label: string;
  /** the label is read out only */
  readonly labelHidden?: boolean;
  readonly value: V;
  readonly options: readonly { readonly value: V; readonly label: string }[];
  readonly onChange: (value: V) => void;
  readonly disabled?: boolean;
}

/** One of some values. The control ignores `<label for>`: it is named by `aria-label`, and a visible label stands before it as text. */
export function Dropdown<V extends string>(props: DropdownProps<V>): ReactNode {
  const { label, labelHidden = false, value, options, onChange, disabled = false } = props;
  const control = createElement(
    'tk-dropdown',
    {
      // The control knows its options only after it was filled: with another list it is another control.
      key: options.map((option) => option.value).join('\n'),
      value,
      disabled,
      'aria-label': label,
      onChange: (event: FormEvent<HTMLSelectElement>) => {
        const chosen = options.find((option) => option.value === event.currentTarget.value);
        if (chosen !== undefined && chosen.value !== value) onChange(chosen.value);
      },
    },
    options.map((option) =>
      createElement('tk-option', { key: option.value, value: option.value, selected: option.value === value }, option.label),
    ),
  );
  return (
    <Field label={label} labelHidden={labelHidden}>
      {control}
    </Field>
  );
}
