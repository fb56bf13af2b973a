/** Time and chance, injected: the engine has neither, and tests decide both. */
export interface Clock {
  /** wall clock, RFC 3339 in UTC with milliseconds */
  now(): string;
  /** monotonic seconds from an arbitrary start; for durations, leases and time-outs */
  monotonic(): number;
}

/** A new UUIDv7 (RFC 9562): ids sort by the time of their making. */
export type NewId = () => string;

/** Builds a UUIDv7 from Unix milliseconds and ten random bytes. */
export function toUuid7(milliseconds: number, random: Uint8Array): string {
  const time = milliseconds.toString(16).padStart(12, '0');
  const hex = Array.from(random.subarray(0, 10), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const variant = ((Number.parseInt(hex.slice(3, 4), 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(4, 7)}-${hex.slice(7, 19)}`;
}
