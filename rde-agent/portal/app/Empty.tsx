import type { ReactNode } from 'react';

/** A place where there is nothing yet: why, and the one thing to do about it. */
export function Empty({
  icon,
  title,
  children,
}: {
  readonly icon: string;
  readonly title: string;
  readonly children?: ReactNode;
}): ReactNode {
  return (
    <div className="empty-page">
      <span className={`codicon codicon-${icon}`} aria-hidden="true" />
      <h2>{title}</h2>
      {children}
    </div>
  );
}
