import { BlockList, isIP } from 'node:net';

/** No bundle lies there and no receiver of webhooks lives there, and whoever can write a model must not reach it through us. */
const FORBIDDEN_RANGES = [
  ['0.0.0.0', 8, 'ipv4'], // "this host"
  ['169.254.0.0', 16, 'ipv4'], // link-local, where clouds keep credentials
  ['100.100.100.200', 32, 'ipv4'], // metadata, Alibaba
  ['168.63.129.16', 32, 'ipv4'], // wire server, Azure
  ['192.0.0.192', 32, 'ipv4'], // metadata, Oracle
  ['224.0.0.0', 3, 'ipv4'], // multicast, reserved, broadcast
  ['::', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fd00:ec2::', 32, 'ipv6'], // metadata, AWS
  ['fd20:ce::', 32, 'ipv6'], // metadata, Google
  ['64:ff9b::a9fe:0', 112, 'ipv6'], // link-local behind NAT64
  ['ff00::', 8, 'ipv6'],
] as const;

const forbidden = new BlockList();
for (const [network, prefix, family] of FORBIDDEN_RANGES) forbidden.addSubnet(network, prefix, family);

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Whether `host`, as in a URL, must not be reached at `address`. Loopback may be only where the host was written as an
 * address or as "localhost", so that a public name cannot be pointed at this pod.
 */
export function isForbidden(address: string, host: string): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const isHidden = loopback.check(address, family) && host !== 'localhost' && literalOf(host) === undefined;
  return isHidden || forbidden.check(address, family);
}

/** The address that a host of a URL is itself, without brackets; undefined for a name. */
export function literalOf(host: string): string | undefined {
  const bare = host.replace(/^\[|\]$/g, '');
  return isIP(bare) === 0 ? undefined : bare;
}

/** @param entry a host, or `*.DOMAIN` for any name below a domain */
export function hostMatches(host: string, entry: string): boolean {
  return entry.startsWith('*.') ? host.endsWith(entry.slice(1)) && literalOf(host) === undefined : host === entry;
}
