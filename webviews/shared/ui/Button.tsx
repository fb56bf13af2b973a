import { createElement, type ReactNode } from 'react';
import './toolkit.ts';

export interface ButtonProps {
  readonly onPress: () => void;
  /** what it says; absent = an icon alone, and then `label` is what is read out */
  readonly children?: ReactNode;
  /** for those who do not see it; absent = its text */
  readonly label?: string | undefined;
  readonly title?: string | undefined;
  /** the name of a codicon */
  readonly icon?: string | undefined;
  /** `primary`: the one that a page is about; `icon`: without a border */
  readonly kind?: 'primary' | 'secondary' | 'icon' | undefined;
  readonly disabled?: boolean | undefined;
  /** of one that is on or off; absent = it is no switch */
  readonly pressed?: boolean | undefined;
}

/** A button as the editor draws it. Pressed by click, Enter or Space. */
export function Button({ onPress, children, label, title, icon, kind = 'secondary', disabled = false, pressed }: ButtonProps): ReactNode {
  const isIcon = children === undefined;
  const picture =
    icon === undefined ? null : (
      <span key="icon" slot={isIcon ? undefined : 'start'} className={`codicon codicon-${icon}`} aria-hidden="true" />
    );
  return createElement(
    'tk-button',
    {
      appearance: kind,
      disabled,
      ...(label === undefined ? {} : { 'aria-label': label }),
      ...(title === undefined && !isIcon ? {} : { title: title ?? label }),
      ...(pressed === undefined ? {} : { 'aria-pressed': String(pressed) }),
      onClick: () => {
        if (!disabled) onPress();
      },
    },
    picture,
    children,
  );
}
