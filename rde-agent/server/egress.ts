import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv4 } from 'node:net';
import type { AgentConfig } from '../protocol/agentConfig.ts';
import { CairnError } from '../protocol/errors.ts';

export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/** The addresses to connect to, as a source's context offers it. */
export type Resolve = (host: string, port: number) => Promise<readonly Address[]>;

/** All addresses of a host name. Rejects when there are none. */
export type Lookup = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/**
 * Where the agent itself may connect to. A host is resolved once and every address that it has is judged, however it is written; whoever
 * connects uses the addresses of the answer and never asks the name again, so a name that changes its mind in between gains nothing.
 * Rejects with `denied`, which says what to allow, and with `store-failed` when a name has no address.
 */
export function createEgress(policy: AgentConfig['egress'], find: Lookup = findAddresses): Resolve {
  const allowed = policy.allow.map(parseEntry);
  return async (host, port) => {
    const name = toPlainHost(host);
    if (name === undefined) throw new CairnError('denied', `${JSON.stringify(host.slice(0, 200))} is not the name of a host.`);
    const addresses = await resolve(name, find);
    if (allowed.some((entry) => isAllowed(entry, name, port))) return addresses;
    if (policy.only) throw toDenied(name, port, 'agent.yaml allows only what it names (egress.only)');
    const forbidden = addresses.find(({ address }) => !isPublic(address));
    if (forbidden === undefined) return addresses;
    throw toDenied(name, port, `it is at ${forbidden.address}, which is not an address of the public internet`);
  };
}

async function resolve(name: string, find: Lookup): Promise<readonly Address[]> {
  if (isIP(name) !== 0) return [toAddress(name)];
  let found: Awaited<ReturnType<Lookup>>;
  try {
    found = await find(name);
  } catch (thrown) {
    const code: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'code') : undefined;
    throw new CairnError('store-failed', `The host ${name} cannot be resolved${typeof code === 'string' ? `: ${code}` : ''}.`, {
      cause: thrown,
      next: 'Check the name and the network of the agent.',
    });
  }
  if (found.length === 0) throw new CairnError('store-failed', `The host ${name} has no address.`, { next: 'Check the name.' });
  return found.map(({ address }) => toAddress(address));
}

function findAddresses(host: string): ReturnType<Lookup> {
  return lookup(host, { all: true, verbatim: true });
}

/**
 * A host in the one form in which it is compared: lower case, without the brackets of IPv6 and the dot of the root, and numbers as four
 * decimal ones (`2130706433`, `0x7f.1` and `0177.0.0.1` are all 127.0.0.1). `undefined` = no host.
 */
function toPlainHost(host: string): string | undefined {
  const written = isIP(host) === 6 ? `[${host}]` : host;
  if (!/^(?:[\w.-]{1,255}|\[[0-9a-fA-F:.]{2,60}\])$/.test(written)) return undefined;
  const url = URL.parse(`http://${written}/`);
  if (url === null || url.hostname === '') return undefined;
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

/** An IPv4 address in the clothes of IPv6 is the IPv4 address. */
function toAddress(address: string): Address {
  const plain = unwrap(toPlainHost(address) ?? address);
  return { address: plain, family: isIPv4(plain) ? 4 : 6 };
}

function unwrap(address: string): string {
  const [, high = '', low = ''] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address) ?? [];
  if (low === '') return address;
  const bits = Number.parseInt(high, 16) * 0x1_0000 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => String(Math.floor(bits / 2 ** shift) % 256)).join('.');
}

interface Entry {
  /** a host, or what it ends with */
  readonly host: string;
  readonly suffix: boolean;
  /** `undefined` = any */
  readonly port: number | undefined;
}

/** `host`, `host:port`, `*.suffix`, `*.suffix:port`, `[::1]:port`. Throws `config-invalid`. */
function parseEntry(text: string): Entry {
  const [, star, host = '', port] = /^(\*\.)?(\[[0-9a-fA-F:.]+\]|[^:[\]]+|[0-9a-fA-F:.]+)(?::(\d{1,5}))?$/.exec(text.trim()) ?? [];
  const plain = isIP(text.trim()) === 6 ? toPlainHost(text.trim()) : toPlainHost(host);
  if (plain === undefined) {
    throw new CairnError('config-invalid', `egress.allow: ${JSON.stringify(text.slice(0, 200))} is not a host.`, {
      next: 'Write host, host:port or *.suffix.',
    });
  }
  const whole = isIP(text.trim()) === 6;
  return { host: unwrap(plain), suffix: star !== undefined && !whole, port: port === undefined || whole ? undefined : Number(port) };
}

function isAllowed(entry: Entry, name: string, port: number): boolean {
  if (entry.port !== undefined && entry.port !== port) return false;
  return entry.suffix ? name.endsWith(`.${entry.host}`) : unwrap(name) === entry.host;
}

const PRIVATE_V4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;
/** Within 2000::/3, which is all that is public: addresses that hold another one (Teredo, 6to4) and those of documents. */
const SPECIAL_V6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const forbiddenV4 = new BlockList();
for (const [net, prefix] of PRIVATE_V4) forbiddenV4.addSubnet(net, prefix, 'ipv4');
const publicV6 = new BlockList();
publicV6.addSubnet('2000::', 3, 'ipv6');
const specialV6 = new BlockList();
for (const [net, prefix] of SPECIAL_V6) specialV6.addSubnet(net, prefix, 'ipv6');

function isPublic(address: string): boolean {
  if (isIPv4(address)) return !forbiddenV4.check(address, 'ipv4');
  return publicV6.check(address, 'ipv6') && !specialV6.check(address, 'ipv6');
}

function toDenied(name: string, port: number, why: string): CairnError {
  const entry = `${name.includes(':') ? `[${name}]` : name}:${String(port)}`;
  return new CairnError('denied', `The agent does not connect to ${entry}: ${why}.`, {
    next: `If it is meant: in agent.yaml of the state folder add "${entry}" to the list egress.allow, and restart the agent.`,
  });
}
