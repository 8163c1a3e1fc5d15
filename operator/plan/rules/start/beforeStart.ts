import type { Decision } from '../../state/decision.ts';
import type { Snapshot } from '../../state/snapshot.ts';
import {
  championIsNotServing,
  desiredVersionIsChampion,
  desiredVersionIsQuarantined,
  firstVersionIsStarting,
} from '../champion/championRules.ts';
import { championServesNobody } from '../champion/takeOver.ts';
import { desiredVersionIsBeingValidated, desiredVersionNeedsValidation } from '../validation/validating.ts';
import { bundleHasAnotherNumber, versionWasReused } from './digestRules.ts';
import { desiredVersionAwaitsApproval, desiredVersionNeedsProof, earlierAttemptIsInTheWindow, releasesAreFrozen } from './gates.ts';

export type Rule = (snapshot: Snapshot, now: number) => Decision | undefined;

/**
 * Everything that may decide about a desired version before it is a candidate that could start, in order. These rules look at
 * its model only.
 */
export const BEFORE_START: readonly Rule[] = [
  championServesNobody,
  desiredVersionIsChampion,
  versionWasReused,
  bundleHasAnotherNumber,
  desiredVersionIsQuarantined,
  desiredVersionNeedsValidation,
  desiredVersionIsBeingValidated,
  championIsNotServing,
  desiredVersionNeedsProof,
  desiredVersionAwaitsApproval,
  releasesAreFrozen,
  firstVersionIsStarting,
  earlierAttemptIsInTheWindow,
];

/** What the first rule decides that has something to say. @param now milliseconds since the epoch */
export function firstOf(rules: readonly Rule[], snapshot: Snapshot, now: number): Decision | undefined {
  for (const rule of rules) {
    const decision = rule(snapshot, now);
    if (decision) return decision;
  }
  return undefined;
}
