import type { Lease, LeaseAccess } from './leaseobject.ts';
import type { Term } from './term.ts';

/** One process's dealings with the lease. All methods reject with KubeError. */
type Candidacy = {
  /** Acquires or renews; false while another holds the lease. */
  claim(): Promise<boolean>;
  /** After a conflict: our own earlier write whose answer was lost, a successor's write, or the lease was deleted. */
  lookAgain(): Promise<void>;
  /** Empties the holder, if it is us. */
  giveUp(): Promise<void>;
};

export function createCandidacy(access: LeaseAccess, identity: string, term: Term, signal: AbortSignal): Candidacy {
  let seen: { readonly lease: Lease; readonly at: number } | undefined;

  const observe = (lease: Lease | undefined): void => {
    if (lease === undefined) seen = undefined;
    else if (seen?.lease.version !== lease.version) seen = { lease, at: performance.now() };
  };

  /** Whether the lease is another's and not yet run out, as far as we have watched it. */
  const isHeldByAnother = (): boolean => {
    if (seen === undefined || seen.lease.holder === '' || seen.lease.holder === identity) return false;
    return performance.now() - seen.at < seen.lease.seconds * 1000;
  };

  return {
    claim: async () => {
      const before = performance.now();
      if (!term.hasBegun()) {
        observe(await access.read(signal));
        if (isHeldByAnother()) return false;
      }
      observe(await access.write(seen?.lease, identity, signal));
      term.renew(before);
      return true;
    },
    lookAgain: async () => {
      const current = await access.read(signal);
      observe(current);
      if (current !== undefined && current.holder !== identity) term.end(`the lease is held by "${current.holder}"`);
    },
    giveUp: async () => {
      // A renewal that was cut off may have changed the version, so the lease is read first.
      const current = await access.read();
      if (current?.holder === identity) await access.write(current, '');
    },
  };
}
