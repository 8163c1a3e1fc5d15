import { lookup, type LookupAddress, type LookupAllOptions, type LookupOptions } from 'node:dns';
import { BundleFailure } from '../../bundle/failure.ts';
import { hostMatches, isForbidden, literalOf } from '../../contract/addresses.ts';
import { ENV } from '../../contract/env.ts';

/**
 * Refuses a host that the operator's settings do not allow.
 * @param host as in a URL, lower case, IPv6 in brackets
 * @throws BundleFailure `HostNotAllowed`, saying which setting to change
 */
export function checkHost(host: string, allowedHosts: readonly string[]): void {
  if (allowedHosts.some((entry) => hostMatches(host, entry))) return;
  const allowed = allowedHosts.length === 0 ? 'no hosts are allowed' : `allowed hosts are ${allowedHosts.join(', ')}`;
  throw new BundleFailure(
    'HostNotAllowed',
    `Bundles must not come from "${host}": ${allowed}. Add the host to the operator's ${ENV.allowedHosts} ` +
      '(Helm value artifacts.allowedHosts).',
  );
}

/**
 * Refuses an address a bundle must never be read from. Loopback passes only when the host was written as an address
 * or as "localhost", so that a public name cannot be pointed at this pod.
 * @throws BundleFailure `AddressForbidden`
 */
export function checkAddress(address: string, host: string): void {
  if (!isForbidden(address, host)) return;
  throw new BundleFailure('AddressForbidden', `"${host}" resolves to ${address}, which is a forbidden address.`);
}

/** Checks a host that is itself an address: no name is resolved for it, so `checkedLookup` never sees it. */
export function checkLiteral(host: string): void {
  const literal = literalOf(host);
  if (literal !== undefined) checkAddress(literal, host);
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
