import { useEffect, useState } from 'react';
import type { LinkView } from '../../../webviews/protocol/runPanel.ts';
import { t } from '../../../webviews/protocol/words.ts';
import type { ConnectionState } from '../../client/reconnect.ts';
import type { PortalLink } from '../wire/portalLink.ts';

export function useLinkState(link: PortalLink): ConnectionState {
  const [state, setState] = useState(link.state);
  useEffect(() => {
    setState(link.state);
    const listening = link.onDidChangeState(setState);
    return () => listening.dispose();
  }, [link]);
  return state;
}

/** How old what is shown is, and why. */
export function toLinkView(link: PortalLink): LinkView {
  const { state } = link;
  if (state.kind === 'open') return { state: 'live', since: link.lastLive, message: '' };
  const message = state.kind === 'waiting' || state.kind === 'refused' ? state.problem.message : t('Connecting to the agent…');
  return { state: 'offline', since: link.lastLive, message };
}
