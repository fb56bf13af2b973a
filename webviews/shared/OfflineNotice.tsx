import type { ReactNode } from 'react';
import type { LinkView } from '../protocol/runPanel.ts';
import { t } from '../protocol/words.ts';

/** Says that what is shown has an age, and since when; nothing while in sync. */
export function OfflineNotice({ link }: { readonly link: LinkView }): ReactNode {
  if (link.state === 'live') return null;
  return (
    <div className="offline" role="status">
      {t('{0} Shown as of {1}.', link.message, new Date(link.since).toLocaleTimeString())}
    </div>
  );
}
