import { useEffect, useRef, useState, type ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
import type { ConnectionState } from '../../client/reconnect.ts';
import { SECTIONS, toSectionTitle, toPath, toSection, type Route } from '../routes.ts';
import { usePortal, type Notice } from './portalContext.ts';
import { RouteLink } from './RouteLink.tsx';
import { useLinkState } from './useLinkState.ts';

export interface ShellProps {
  readonly route: Route | undefined;
  readonly notice: Notice | null;
  readonly onNoticeClosed: () => void;
  readonly onSignOut: () => void;
  readonly children: ReactNode;
}

/** What stands around every page: where one can go, how the connection is, and what was done last. */
export function Shell({ route, notice, onNoticeClosed, onSignOut, children }: ShellProps): ReactNode {
  const section = route === undefined ? undefined : toSection(route);
  const content = useRef<HTMLDivElement>(null);
  const place = route === undefined ? '' : toPath(route);
  const shown = useRef(place);
  // Whoever goes on by keyboard or hears the page begins at its top, not where a link of the page before was.
  useEffect(() => {
    if (shown.current !== place) content.current?.focus({ preventScroll: true });
    shown.current = place;
  }, [place]);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t('Skip to the content')}
      </a>
      <nav className="sidebar" aria-label={t('Portal')}>
        <p className="brand">Cairn</p>
        <ul>
          {SECTIONS.map((one) => (
            <li key={one.route.kind}>
              <RouteLink to={one.route} className="nav-item" title={toSectionTitle(one.route.kind)} isCurrent={one.route.kind === section}>
                <span className={`codicon codicon-${one.icon}`} aria-hidden="true" />
                <span>{toSectionTitle(one.route.kind)}</span>
              </RouteLink>
            </li>
          ))}
        </ul>
        <div className="sidebar-end">
          <Connection />
          <button type="button" className="link" onClick={onSignOut}>
            {t('Sign out')}
          </button>
        </div>
      </nav>
      <div ref={content} className="rooms" id="content" tabIndex={-1}>
        {children}
      </div>
      <NoticeBar notice={notice} onClose={onNoticeClosed} />
    </div>
  );
}

/** Says how the connection is; where it is lost, when it is tried again, with a way to try now. */
function Connection(): ReactNode {
  const { link } = usePortal();
  const state = useLinkState(link);
  const now = useSeconds(state.kind === 'waiting');
  return (
    <p className={`connection connection-${state.kind}`}>
      <span className={`codicon codicon-${ICONS[state.kind]}`} aria-hidden="true" />
      <span role="status">{toWord(state.kind)}</span>
      {state.kind === 'waiting' && <span className="quiet">{toWait(state.until - now)}</span>}
      {(state.kind === 'waiting' || state.kind === 'refused') && (
        <button type="button" className="link" onClick={() => link.retry()}>
          {t('Try now')}
        </button>
      )}
    </p>
  );
}

function toWord(kind: ConnectionState['kind']): string {
  switch (kind) {
    case 'open':
      return t('Connected');
    case 'connecting':
      return t('Connecting…');
    case 'waiting':
      return t('No connection');
    case 'refused':
      return t('Refused');
    case 'stopped':
      return t('Ended');
  }
}

const ICONS: { readonly [kind in ConnectionState['kind']]: string } = {
  open: 'pass-filled',
  connecting: 'sync',
  waiting: 'debug-disconnect',
  refused: 'circle-slash',
  stopped: 'circle-slash',
};

function toWait(milliseconds: number): string {
  return t('again in {0} s', Math.max(0, Math.ceil(milliseconds / 1000)));
}

function useSeconds(isRunning: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isRunning) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [isRunning]);
  return now;
}

function NoticeBar({ notice, onClose }: { readonly notice: Notice | null; readonly onClose: () => void }): ReactNode {
  return (
    <div className="toasts" role="status" aria-live="polite">
      {notice !== null && (
        <div className={`toast toast-${notice.kind}`}>
          <span className={`codicon codicon-${notice.kind === 'done' ? 'pass' : 'error'}`} aria-hidden="true" />
          <p>
            {notice.text}
            {notice.next !== undefined && <span className="quiet"> {notice.next}</span>}
            {notice.link !== undefined && (
              <>
                {' '}
                <a href={notice.link.href}>{notice.link.title}</a>
              </>
            )}
          </p>
          <button type="button" className="icon" aria-label={t('Close this message')} onClick={onClose}>
            <span className="codicon codicon-close" aria-hidden="true" />
          </button>
        </div>
      )}
    </div>
  );
}
