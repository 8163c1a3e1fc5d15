import { championTarget, type Decision } from '../../state/decision.ts';
import type { Snapshot } from '../../state/snapshot.ts';

/** Looks at every record of the version: one made by hand must not stand in for the one that was proven. */
export function versionWasReused({ desired, observed, champion }: Snapshot): Decision | undefined {
  const other = observed.versions.find(({ spec }) => spec.version === desired.version && spec.digest !== desired.digest);
  if (!other) return undefined;
  return {
    target: championTarget(champion),
    phase: champion ? 'Rejected' : 'Pending',
    reason: 'VersionReused',
    message:
      `Version ${desired.version} is registered with a different digest (${other.spec.digest}); ` +
      'versions are immutable, so publish this bundle under a new version.',
  };
}

/**
 * A bundle states its own version, and its digest pins that. Pods of the champion's bundle serve everyone already, so without
 * this a mistaken version would count as one that passed every step.
 */
export function bundleHasAnotherNumber(snapshot: Snapshot): Decision | undefined {
  const { desired, champion } = snapshot;
  if (!champion || !isBundleOfChampion(snapshot)) return undefined;
  const { version } = champion.spec;
  return {
    target: championTarget(champion),
    phase: 'Rejected',
    reason: 'SameBundle',
    message:
      `${desired.version} has the digest of champion ${version}, and a bundle cannot change its version: ` +
      `set spec.release.version to ${version}, or publish a different bundle as ${desired.version}.`,
  };
}

/** The desired version has the champion's digest under another version. */
export const isBundleOfChampion = ({ desired, champion }: Pick<Snapshot, 'desired' | 'champion'>): boolean =>
  champion?.spec.digest === desired.digest && champion.spec.version !== desired.version;
