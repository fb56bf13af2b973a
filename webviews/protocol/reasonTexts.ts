import type { Reason } from '../../rde-agent/protocol/reason.ts';

/** longest value that is shown beside a reason */
const LONGEST_VALUE = 60;

/** `helpers.py:12`: where a person finds what a reason speaks of; `undefined` = it names no place. */
export function toPlaceText({ file, line }: Reason): string | undefined {
  if (file === undefined) return undefined;
  const name = file.slice(file.lastIndexOf('/') + 1);
  return line === undefined ? name : `${name}:${line}`;
}

/** ` (helpers.py:12)`; empty where there is no place, or the message names it already. */
export function toPlaceNote(reason: Reason): string {
  const place = toPlaceText(reason);
  return place === undefined || reason.message.includes(place) ? '' : ` (${place})`;
}

/** The message, with what it was and is where that can be read. */
export function toChangeMessage(reason: Reason): string {
  const change = toChangeText(reason);
  return change === undefined ? reason.message : `${reason.message}, ${change}`;
}

/** A reason in parts, so that its place can lead there: the message up to the place, the place, the rest. */
interface ReasonParts {
  readonly text: string;
  readonly place: string | undefined;
  readonly rest: string;
}

/** The place stands where the message names it, else at the end. */
export function toReasonParts(reason: Reason): ReasonParts {
  const { message } = reason;
  const place = toPlaceText(reason);
  const change = toChangeText(reason);
  const at = place === undefined ? -1 : message.indexOf(place);
  if (place !== undefined && at >= 0)
    return { text: message.slice(0, at), place, rest: message.slice(at + place.length) + (change === undefined ? '' : `, ${change}`) };
  return { text: `${toChangeMessage(reason)}${place === undefined ? '' : ' · '}`, place, rest: '' };
}

/** `0.5 → 0.7`: what it was and is, where both can be read and the message does not say it already. */
export function toChangeText({ message, before, after }: Reason): string | undefined {
  if (before === undefined || after === undefined || message.includes('→')) return undefined;
  return isReadable(before) && isReadable(after) ? `${before} → ${after}` : undefined;
}

function isReadable(text: string): boolean {
  return text.length <= LONGEST_VALUE && !text.includes('\n') && !/^[a-z0-9]+:[0-9a-f]{32,}$/.test(text);
}
