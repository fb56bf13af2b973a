import type { StoreEvent } from './store.ts';

/** Version that new events of each type are written with. Raise it together with an upcaster; never change an old one. */
const EVENT_VERSIONS: { readonly [type: string]: number } = {};

/** One step from `version` to `version + 1` of one event type. Old logs are kept as fixtures, and every step stays for ever. */
type Upcaster = (payload: unknown) => unknown;
const UPCASTERS: { readonly [typeAndVersion: string]: Upcaster } = {};

export function toEventVersion(type: string): number {
  return EVENT_VERSIONS[type] ?? 1;
}

/** A stored payload as an event of the newest version. Trusted: only this program's own writer has written it. */
export function upcast(type: string, version: number, payload: string): StoreEvent {
  let value: unknown = JSON.parse(payload);
  for (let at = version; at < toEventVersion(type); at++) value = UPCASTERS[`${type}/${at}`]?.(value) ?? value;
  return value as StoreEvent;
}
