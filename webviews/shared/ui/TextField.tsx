import { createElement, useId, type FormEvent, type KeyboardEvent, type ReactNode, type Ref } from 'react';
import './toolkit.ts';

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
  readonly ref?: Ref<HTMLElement>;
}

/** One line of text. `onChange` comes with every key. */
export function TextField(props: TextFieldProps): ReactNode {
  const { label, labelHidden = false, value, onChange, onEnter, onEscape, placeholder = '', icon, hint, disabled = false, id, ref } = props;
  const hintId = useId();
  const field = createElement(
    'tk-text-field',
    {
      ref,
      id,
      value,
      placeholder,
      disabled,
      // The control inside its shadow is named by this alone: a label outside cannot reach it.
      'aria-label': label,
      // A description cannot reach it either: it is part of the name then.
      ...(hint === undefined ? {} : { 'aria-label': `${label}: ${hint}` }),
      onInput: (event: FormEvent<HTMLInputElement>) => onChange(readValue(event)),
      onKeyDown: (event: KeyboardEvent) => {
        if (event.key === 'Enter') onEnter?.();
        if (event.key === 'Escape') onEscape?.();
      },
    },
    icon === undefined ? null : <span slot="start" className={`codicon codicon-${icon}`} aria-hidden="true" />,
  );
  return (
    <span className="field">
      {!labelHidden && (
        <span className="field-label" aria-hidden="true">
          {label}
        </span>
      )}
      {field}
      {hint !== undefined && (
        <span className="field-hint quiet" id={hintId} aria-hidden="true">
          {hint}
        </span>
      )}
    </span>
  );
}

function readValue({ currentTarget }: FormEvent<HTMLInputElement>): string {
  return currentTarget.value;
}
