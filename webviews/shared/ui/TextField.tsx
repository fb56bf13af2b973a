import { createElement, useImperativeHandle, type FormEvent, type KeyboardEvent, type ReactNode, type Ref } from 'react';
import { Field } from './Field.tsx';
import './toolkit.ts';
import { useSpokenName } from './useSpokenName.ts';

export interface TextFieldProps {
  readonly label: string;
  /** the label is read out only; what the field is for is said by its place and placeholder */
  readonly labelHidden?: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Enter was pressed in it */
  readonly onEnter?: (() => void) | undefined;
  /** Escape was pressed in it */
  readonly onEscape?: (() => void) | undefined;
  readonly placeholder?: string;
  /** the name of a codicon, at the start */
  readonly icon?: string;
  /** what is wrong with the value, or what is expected; read out with the field */
  readonly hint?: string | undefined;
  readonly disabled?: boolean;
  readonly id?: string;
  readonly ref?: Ref<HTMLElement | null>;
}

/** One line of text. `onChange` comes with every key. */
export function TextField(props: TextFieldProps): ReactNode {
  const { label, labelHidden = false, value, onChange, onEnter, onEscape, placeholder = '', icon, hint, disabled = false, id, ref } = props;
  // No label outside reaches the control inside its shadow, and no description: both are its name.
  const own = useSpokenName(hint === undefined ? label : `${label}: ${hint}`);
  useImperativeHandle<HTMLElement | null, HTMLElement | null>(ref, () => own.current);
  const field = createElement(
    'tk-text-field',
    {
      ref: own,
      id,
      value,
      placeholder,
      disabled,
      onInput: (event: FormEvent<HTMLInputElement>) => onChange(readValue(event)),
      onKeyDown: (event: KeyboardEvent) => {
        if (event.key === 'Enter') onEnter?.();
        if (event.key === 'Escape') onEscape?.();
      },
    },
    icon === undefined ? null : <span slot="start" className={`codicon codicon-${icon}`} aria-hidden="true" />,
  );
  return (
    <Field label={label} labelHidden={labelHidden} hint={hint}>
      {field}
    </Field>
  );
}

function readValue({ currentTarget }: FormEvent<HTMLInputElement>): string {
  return currentTarget.value;
}
