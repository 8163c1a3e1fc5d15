import type { Decision } from '../../state/decision.ts';
import type { Facts } from '../../state/snapshot.ts';
import { championIsNotServing, firstVersionIsStarting, wishIsChampion, wishIsQuarantined } from '../champion/championRules.ts';
import { wishIsBeingValidated, wishNeedsValidation } from '../validation/validating.ts';
import { bundleHasAnotherNumber, versionWasReused } from './digestRules.ts';
import { earlierAttemptIsInTheWindow, releasesAreFrozen, wishAwaitsApproval, wishHasToBeProvenElsewhere } from './gates.ts';

export type Rule = (facts: Facts, now: number) => Decision | undefined;

/** All that may decide about a wish before it is a candidate that could start, in order. They look at its model alone. */
export const BEFORE_START: readonly Rule[] = [
  wishIsChampion,
  versionWasReused,
  bundleHasAnotherNumber,
  wishIsQuarantined,
  wishNeedsValidation,
  wishIsBeingValidated,
  championIsNotServing,
  wishHasToBeProvenElsewhere,
  wishAwaitsApproval,
  releasesAreFrozen,
  firstVersionIsStarting,
  earlierAttemptIsInTheWindow,
];

/** What the first rule decides that has something to say. @param now milliseconds since the epoch */
export function firstOf(rules: readonly Rule[], facts: Facts, now: number): Decision | undefined {
  for (const rule of rules) {
    const decision = rule(facts, now);
    if (decision) return decision;
  }
  return undefined;
}
