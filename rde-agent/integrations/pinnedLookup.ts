import type { LookupFunction } from 'node:net';

export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Answers only these addresses, whatever the name resolves to by now: what was checked is what is connected to. */
export function toLookup(addresses: readonly Address[]): LookupFunction {
  return (host, options, callback) => {
    const family = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : (options.family ?? 0);
    const fitting = addresses.filter((each) => family === 0 || each.family === family);
    const first = fitting[0];
    if (first === undefined) return callback(Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' }), '', 4);
    if (options.all === true)
      return callback(
        null,
        fitting.map((each) => ({ ...each })),
      );
    callback(null, first.address, first.family);
  };
}
