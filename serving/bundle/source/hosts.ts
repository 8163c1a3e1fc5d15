import { lookup } from 'node:dns';
import type { LookupAddress, LookupAllOptions, LookupOptions } from 'node:dns';
import { BlockList, isIP } from 'node:net';

import { ENV } from '../../contract.ts';
import { BundleFailure } from '../failure.ts';

/** Nobody stores models there, and whoever can write a URI must not reach it through us. */
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
 * Refuses a host that the operator's settings do not allow.
 * @param host as in a URL, lower case, IPv6 in brackets
 * @throws BundleFailure `HostNotAllowed`, saying which setting to change
 */
export function checkHost(host: string, allowedHosts: readonly string[]): void {
  if (allowedHosts.some((entry) => hostMatches(host, entry))) return;
  const allowed = allowedHosts.length === 0 ? 'no host is allowed yet' : `allowed are ${allowedHosts.join(', ')}`;
  throw new BundleFailure(
    'HostNotAllowed',
    `Bundles may not come from "${host}": ${allowed}. Add it to the operator's ${ENV.allowedHosts} ` +
      '(Helm value artifacts.allowedHosts).',
  );
}

function hostMatches(host: string, entry: string): boolean {
  return entry.startsWith('*.') ? host.endsWith(entry.slice(1)) && isIP(host) === 0 : host === entry;
}

/**
 * Refuses an address a bundle must never be read from. Loopback passes only when the host was written as an address
 * or as "localhost", so that a public name cannot be pointed at this pod.
 * @throws BundleFailure `AddressForbidden`
 */
export function checkAddress(address: string, host: string): void {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const isLoopback = loopback.check(address, family) && host !== 'localhost' && isIP(bare(host)) === 0;
  if (!isLoopback && !forbidden.check(address, family)) return;
  throw new BundleFailure('AddressForbidden', `"${host}" leads to ${address}, an address that is never read from.`);
}

/** Checks a host that is itself an address: no name is resolved for it, so `checkedLookup` never sees it. */
export function checkLiteral(host: string): void {
  if (isIP(bare(host)) !== 0) checkAddress(bare(host), host);
}

type Resolve = (host: string, options: LookupAllOptions, done: (error: Error | null, addresses: LookupAddress[]) => void) => void;
type LookupDone = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/**
 * A `lookup` for sockets that resolves and checks in one step: the socket connects to the very addresses that were
 * checked, so a name that resolves differently the second time gains nothing.
 * @param resolve asks for all addresses of a name
 */
export function createCheckedLookup(resolve: Resolve) {
  return function checkedLookup(host: string, options: LookupOptions, done: LookupDone): void {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, []);
      try {
        for (const { address } of addresses) checkAddress(address, host);
      } catch (refusal) {
        return done(refusal as Error, []);
      }
      const [first] = addresses;
      if (options.all === true || first === undefined) return done(null, addresses);
      return done(null, first.address, first.family);
    });
  };
}

/** The lookup of every socket that reads a bundle. */
export const checkedLookup = createCheckedLookup(lookup);

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
