import type { ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
import type { Route } from '../routes.ts';
import { RouteLink } from '../app/RouteLink.tsx';

/** A step of the way to a place; without a route it is the place itself. */
export interface Crumb {
  readonly title: string;
  readonly to?: Route;
  /** in full, where the title is short for something */
  readonly whole?: string;
}

export interface PanelPageProps {
  /** whose style it has */
  readonly panel: 'run' | 'workflowGraph' | 'data' | 'compare';
  readonly crumbs: readonly Crumb[];
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A panel of the editor, with the way to where it is above it. */
export function PanelPage({ panel, crumbs, actions, children }: PanelPageProps): ReactNode {
  return (
    <div className="panel-page">
      <div className="panel-head">
        <nav className="crumbs" aria-label={t('Where this is')}>
          {crumbs.map(({ title, to, whole }) => (
            <span key={title} title={whole}>
              {to === undefined ? title : <RouteLink to={to}>{title}</RouteLink>}
            </span>
          ))}
        </nav>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </div>
      <div className={`panel-frame panel-${panel}`}>{children}</div>
    </div>
  );
}
