import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
import { toCairnError } from '../../protocol/errors.ts';
import type { Route } from '../routes.ts';
import { PortalLink } from '../wire/portalLink.ts';
import { signOut } from '../wire/signIn.ts';
import { Page } from './Page.tsx';
import { PortalContext, type Notice, type Portal } from './portalContext.ts';
import { Shell } from './Shell.tsx';
import { SignIn } from './SignIn.tsx';
import { useLinkState } from './useLinkState.ts';
import { useRoute } from './useRoute.ts';

/** milliseconds */
const DONE_STAYS = 12_000;

type ShownDialog = (close: () => void) => ReactNode;

/** The portal: signed out it is a door, signed in the place that the address names. */
export function App(): ReactNode {
  const [link] = useState(() => new PortalLink());
  const [route, go] = useRoute();
  const [notice, setNotice] = useState<Notice | null>(null);
  const [dialog, setDialog] = useState<ShownDialog | null>(null);
  const state = useLinkState(link);
  const portal = useMemo(() => createPortal(link, go, setNotice, setDialog), [link, go]);
  const [wasOpen, setWasOpen] = useState(false);
  // What failed stays until it is closed; what was done is old news soon.
  useEffect(() => {
    if (notice?.kind !== 'done') return undefined;
    const timer = setTimeout(() => setNotice(null), DONE_STAYS);
    return () => clearTimeout(timer);
  }, [notice]);
  useEffect(() => {
    if (state.kind === 'open') setWasOpen(true);
  }, [state]);
  if (state.kind === 'refused' && state.problem.code === 'unauthenticated') return <SignIn onSignedIn={() => link.retry()} />;
  // Whether this browser is signed in is not known yet: neither the door nor the rooms are shown.
  if (!wasOpen && state.kind === 'connecting') return null;
  const leave = (): void => portal.attempt(t('Sign out'), signOut);
  return (
    <PortalContext value={portal}>
      <Shell route={route} notice={notice} onNoticeClosed={() => setNotice(null)} onSignOut={leave}>
        <Page key={toKey(route)} route={route} />
      </Shell>
      {dialog?.(() => setDialog(null))}
    </PortalContext>
  );
}

function createPortal(
  link: PortalLink,
  go: (route: Route) => void,
  setNotice: (notice: Notice | null) => void,
  setDialog: (set: () => ShownDialog | null) => void,
): Portal {
  return {
    link,
    go,
    notify: setNotice,
    show: (dialog) => setDialog(() => dialog),
    attempt: (what, work) => {
      work().catch((thrown: unknown) => {
        const { code, message, next } = toCairnError(thrown);
        if (code !== 'cancelled') setNotice({ kind: 'failed', text: `${what}: ${message} (${code})`, next });
      });
    },
  };
}

/** Another place is another page: nothing of the one before stays. */
function toKey(route: Route | undefined): string {
  return JSON.stringify(route ?? null);
}
