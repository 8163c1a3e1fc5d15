import type { DecisionRecord } from '../../api/model.ts';
import { endsInVain, isUnderWay } from './snapshot.ts';

/** The time during which a version was in progress together with its group. Milliseconds since the epoch. */
interface JointAttempt {
  start: number;
  /** When it became champion or was withdrawn; Infinity while it is in progress. */
  end: number;
  /** The record by which the version was lost, on its way or as the champion it became. */
  lost?: DecisionRecord;
  /** By hand, or in place of a champion that served nobody. */
  isPromotedAlone: boolean;
}

/** Whether two versions were on their way at the same time. */
export const isBeside = (a: JointAttempt, b: JointAttempt): boolean => a.start <= b.end && b.start <= a.end;

/** The attempts at a version that are on record, newest first like `decisions`; without those that began outside of a group. */
export function jointAttemptsOf(decisions: readonly DecisionRecord[] = []): JointAttempt[] {
  return decisions.flatMap(({ rule, at }, index) => {
    if (rule !== 'StartedTogether') return [];
    // Newest last. The attempt ends when the version is retried, or returns after having been replaced.
    const later = decisions.slice(0, index).toReversed();
    const stop = later.findIndex(({ from }) => !isUnderWay(from) && from !== 'Champion');
    return [attempt(Date.parse(at), stop === -1 ? later : later.slice(0, stop))];
  });
}

function attempt(start: number, later: readonly DecisionRecord[]): JointAttempt {
  const ended = later.find(({ from, to }) => isUnderWay(from) && !isUnderWay(to));
  const lost = later.find(isLost);
  const isPromotedAlone = later.some(({ rule }) => rule === 'PromotedByHand' || rule === 'ChampionServedNobody');
  return { start, end: ended ? Date.parse(ended.at) : Infinity, ...(lost ? { lost } : {}), isPromotedAlone };
}

/** A rollback by hand affects that model only. */
const isLost = (record: DecisionRecord): boolean =>
  endsInVain(record) || (record.from === 'Champion' && record.to === 'RolledBack' && record.rule !== 'RolledBackByHand');
