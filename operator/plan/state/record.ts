import type { DecisionRecord, ModelVersion, RuleName } from '../../api/model.ts';

/** The words of a decision: what became of a version, why, and what follows from it. */
export interface Words {
  version: ModelVersion;
  /** Sentence part that follows the version's number, e.g. `was rejected at 10% of users`. */
  what: string;
  /** Sentence part with the numbers it rests on, e.g. `21% of its requests failed (312 requests in 5m), above the limit of 5%`. */
  why?: string;
  /** Sentences, e.g. `Its users went back to 1.0.0.` In the past tense where it stays true only for a while. */
  then: string;
}

/** The one text of a decision: it goes into the record, the status, the Event, the history and the notification. */
export const reasonOf = ({ version, what, why, then }: Words): string =>
  `${version.spec.version} ${what}${why === undefined ? '' : `: ${bare(why)}`}. ${then}`;

/** A sentence as a part of another. */
export const bare = (sentence: string): string => sentence.replace(/\.$/, '');

/** What happens to the users of a version that is withdrawn. @param seen some users had it */
export function wentBack(champion: ModelVersion | undefined, seen: boolean): string {
  if (!champion) return 'There was no champion to serve in its place.';
  return seen ? `Its users went back to ${champion.spec.version}.` : `Everyone stayed on ${champion.spec.version}.`;
}

/** The champion fails and stays, since nothing can replace it: only a person can help. */
export const isHelpless = ({ rule }: Pick<DecisionRecord, 'rule'>): boolean => rule === 'NothingToReturnTo' || rule === 'NoWayBack';

/** A version was lost: a warning. */
export const isLoss = ({ to }: Pick<DecisionRecord, 'to'>): boolean => to === 'Rejected' || to === 'RolledBack';

/** The rule that carries out a manual action. */
export const BY_HAND = {
  rollback: 'RolledBackByHand',
  abort: 'AbortedByHand',
  retry: 'RetriedByHand',
  approve: 'ApprovedByHand',
  promote: 'PromotedByHand',
  pause: 'PausedByHand',
  resume: 'ResumedByHand',
} as const satisfies Record<string, RuleName>;
