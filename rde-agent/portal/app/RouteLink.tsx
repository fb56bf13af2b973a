import type { MouseEvent, ReactNode } from 'react';
import { toPath, type Route } from '../routes.ts';
import { usePortal } from './portalContext.ts';

export interface RouteLinkProps {
  readonly to: Route;
  readonly children: ReactNode;
  readonly className?: string;
  readonly title?: string;
  readonly isCurrent?: boolean;
}

/** A link inside the portal: followed here, opened in another tab where that is asked for. */
export function RouteLink({ to, children, className, title, isCurrent = false }: RouteLinkProps): ReactNode {
  const { go } = usePortal();
  const onClick = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={toPath(to)} className={className} title={title} aria-current={isCurrent ? 'page' : undefined} onClick={onClick}>
      {children}
    </a>
  );
}
