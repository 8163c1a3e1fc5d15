import { lookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** No receiver of webhooks lives there, and who can write a model must not reach it through the operator. */
const NEVER = [
  ['0.0.0.0', 8, 'ipv4'],
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

const never = new BlockList();
for (const [network, prefix, family] of NEVER) never.addSubnet(network, prefix, family);
const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Why a notice may not be sent; the message is a sentence for people. */
export class Refused extends Error {}

/**
 * @param url of the webhook
 * @param allowed host names, or `*.DOMAIN`
 * @throws Refused for a host that is not allowed, or that is itself an address nothing is sent to
 */
export function checkHost(url: URL, allowed: readonly string[]): void {
  const { hostname } = url;
  const matches = (entry: string): boolean => (entry.startsWith('*.') ? hostname.endsWith(entry.slice(1)) && isIP(bare(hostname)) === 0 : hostname === entry);
  if (!allowed.some(matches)) {
    const list = allowed.length === 0 ? 'no host is allowed yet' : `allowed are ${allowed.join(', ')}`;
    throw new Refused(`Nothing is sent to "${hostname}": ${list}; add it to the operator's NOTIFY_ALLOWED_HOSTS (Helm value notifications.allowedHosts).`);
  }
  // Written out and allowed, so it is meant: a name that leads to this pod is not.
  if (isIP(bare(hostname)) !== 0) checkAddress(bare(hostname), hostname, { loopback: true });
}

function checkAddress(address: string, host: string, may: { loopback: boolean }): void {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (!never.check(address, family) && (may.loopback || !loopback.check(address, family))) return;
  throw new Refused(`"${host}" leads to ${address}, an address that nothing is sent to.`);
}

type Resolve = (host: string, done: (error: Error | null, addresses: LookupAddress[]) => void) => void;
const systemResolve: Resolve = (host, done) => lookup(host, { all: true }, done);

/** A `lookup` for sockets that resolves and checks in one step: they connect to the very addresses that were checked. */
export function checkedLookup(resolve: Resolve = systemResolve): LookupFunction {
  return (host, options, done) => {
    resolve(host, (error, addresses) => {
      const refusal = error ?? firstRefusal(addresses, host);
      const [first] = addresses;
      if (refusal || !first) return done(refusal ?? new Error(`${host} has no address`), '', 0);
      return options.all ? done(null, addresses) : done(null, first.address, first.family);
    });
  };
}

function firstRefusal(addresses: readonly LookupAddress[], host: string): Error | null {
  try {
    for (const { address } of addresses) checkAddress(address, host, { loopback: host === 'localhost' });
    return null;
  } catch (error) {
    return error as Error;
  }
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, '');
