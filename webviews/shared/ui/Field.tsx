import type { ReactNode } from 'react';

interface FieldProps {
  readonly label: string;
  /** the label is read out only */
  readonly labelHidden: boolean;
  /** what is wrong with the value, or what is expected */
  readonly hint?: string | undefined;
  /** named by its own `aria-label`: no label outside reaches inside its shadow */
  readonly children: ReactNode;
}

/** A control with its label above it and its hint below, which are for the eyes alone: the control says both itself. */
export function Field({ label, labelHidden, hint, children }: FieldProps): ReactNode {
  return (
    <span className="field">
      {!labelHidden && (
        <span className="field-label" aria-hidden="true">
          {label}
        </span>
      )}
      {children}
      {hint !== undefined && (
        <span className="field-hint quiet" aria-hidden="true">
          {hint}
        </span>
      )}
    </span>
  );
}
