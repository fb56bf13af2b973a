let zones: readonly string[] | undefined;

/** The IANA zones that this runtime knows, UTC first. */
export function timeZones(): readonly string[] {
  zones ??= [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];
  return zones;
}
