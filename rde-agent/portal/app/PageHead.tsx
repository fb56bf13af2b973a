import type { ReactNode } from 'react';
import { OfflineNotice } from '../../../webviews/shared/OfflineNotice.tsx';
import type { CairnError } from '../../protocol/errors.ts';
import { usePortal } from './portalContext.ts';
import { toLinkView, useLinkState } from './useLinkState.ts';

export interface PageHeadProps {
  readonly title: string;
  readonly about?: ReactNode;
  readonly error?: CairnError | null;
  readonly children?: ReactNode;
}

/** What a page is of, what can be done with it, and whether what it shows is as it is now. */
export function PageHead({ title, about, error = null, children }: PageHeadProps): ReactNode {
  const { link } = usePortal();
  useLinkState(link);
  return (
    <>
      <OfflineNotice link={toLinkView(link)} />
      <header className="page-head">
        <h1>{title}</h1>
        {about !== undefined && <p className="quiet">{about}</p>}
        {children !== undefined && <div className="page-actions">{children}</div>}
      </header>
      {error !== null && link.state.kind === 'open' && (
        <p className="problem page-problem" role="alert">
          <span className="codicon codicon-error" aria-hidden="true" /> {error.message} ({error.code}) {error.next}
        </p>
      )}
    </>
  );
}
