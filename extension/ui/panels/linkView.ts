import type { LinkView } from '../../../webviews/protocol/runPanel.ts';
import { t } from '../../../webviews/protocol/words.ts';
import type { AgentLink } from '../../agent/agentLink.ts';

/** How old what a panel shows is, and why. */
export function toLinkView(link: AgentLink): LinkView {
  const { state } = link;
  switch (state.kind) {
    case 'open':
      return { state: 'live', since: link.lastLive, message: '' };
    case 'waiting':
    case 'refused':
      return { state: 'offline', since: link.lastLive, message: state.problem.message };
    case 'idle':
    case 'connecting':
    case 'stopped':
      return { state: 'offline', since: link.lastLive, message: t('Connecting to the agent…') };
  }
}
