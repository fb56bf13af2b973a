import type { ReactNode } from 'react';
import type { LinkView } from '../protocol/runPanel.ts';

/** Says that what is shown has an age, and since when; nothing while in sync. */
export function OfflineNotice({ link }: { readonly link: LinkView }): ReactNode {
  if (link.state === 'live') return null;
  return (
    <div className="offline" role="status">
      {link.message} Shown as of {new Date(link.since).toLocaleTimeString()}.
    </div>
  );
}
