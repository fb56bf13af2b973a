import type { ReactNode } from 'react';
import type { Reason } from '../../rde-agent/protocol/reason.ts';
import { toChangeText, toPlaceText } from '../protocol/reasonTexts.ts';
import { shortenRunIds } from './formatValues.ts';

/** One reason: what changed, from what to what, and where, which is a way to get there. */
export function ReasonText({ reason, onOpen }: { readonly reason: Reason; readonly onOpen: () => void }): ReactNode {
  const change = toChangeText(reason);
  const place = toPlaceText(reason);
  return (
    <span className="why" title={reason.message}>
      {shortenRunIds(reason.message)}
      {change !== undefined && <span className="change">{change}</span>}
      {place !== undefined && (
        <button type="button" className="link place" title={`Open ${reason.file ?? place}`} onClick={onOpen}>
          {place}
        </button>
      )}
    </span>
  );
}
