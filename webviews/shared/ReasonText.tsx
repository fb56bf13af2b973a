import type { ReactNode } from 'react';
import type { Reason } from '../../rde-agent/protocol/reason.ts';
import { toReasonParts } from '../protocol/reasonTexts.ts';
import { t } from '../protocol/words.ts';
import { shortenRunIds } from './formatValues.ts';

/** One reason: what changed, from what to what, and where, which is a way to get there. */
export function ReasonText({ reason, onOpen }: { readonly reason: Reason; readonly onOpen: () => void }): ReactNode {
  const { text, place, rest } = toReasonParts(reason);
  return (
    <span className="why" title={reason.message}>
      {shortenRunIds(text)}
      {place !== undefined && (
        <button type="button" className="link place" title={t('Open {0}', reason.file ?? place)} onClick={onOpen}>
          {place}
        </button>
      )}
      {shortenRunIds(rest)}
    </span>
  );
}
