import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { hostMatches, isForbidden, literalOf } from '../../serving/contract/addresses.ts';

/** Why a notice may not be sent; the message is a sentence for people. */
export class Refused extends Error {}

/**
 * @param url of the webhook
 * @param allowed host names, or `*.DOMAIN`
 * @throws Refused for a host that is not allowed, or that is itself an address nothing is sent to
 */
export function checkHost(url: URL, allowed: readonly string[]): void {
  const { hostname } = url;
  if (!allowed.some((entry) => hostMatches(hostname, entry))) {
    const list = allowed.length === 0 ? 'no hosts are allowed yet' : `allowed hosts are ${allowed.join(', ')}`;
    throw new Refused(
      `Notifications to "${hostname}" are not allowed: ${list}; ` +
        `add it to the operator's NOTIFY_ALLOWED_HOSTS (Helm value notifications.allowedHosts).`,
    );
  }
  // An address that is listed itself is allowed on purpose; a name that resolves to this pod is not.
  const literal = literalOf(hostname);
  if (literal !== undefined) checkAddress(literal, hostname);
}

function checkAddress(address: string, host: string): void {
  if (!isForbidden(address, host)) return;
  throw new Refused(`"${host}" resolves to ${address}, to which notifications are never sent.`);
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
    for (const { address } of addresses) checkAddress(address, host);
    return null;
  } catch (error) {
    return error as Error;
  }
}
