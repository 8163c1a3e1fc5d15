import type { ModelVersion } from '../../../api/model.ts';
import { MANAGER } from '../../../api/names.ts';
import { minute } from '../../../api/times.ts';
import { isPastGates, isPromoted, pauseOf } from '../../state/acts.ts';
import { championTarget, type Decision, type Transition } from '../../state/decision.ts';
import { describeOutage, type Outage, outageOf, servesNobody } from '../../state/outage.ts';
import { attemptAt, isStarted, isUnderWay, type Snapshot } from '../../state/snapshot.ts';
import { RETRY_PODS } from './podsNotReady.ts';

/** Takes the place of the version in a promotion by a person: no annotation value can be mistaken for it. */
const FOR_OUTAGE = 'outage';

/**
 * The record that a validated version is promoted without its steps, since the champion has served nobody for too long. Nothing
 * can be measured beside such a champion, and a step of Argo Rollouts moves no weight while the stable pods are not ready.
 */
export function takeOver(snapshot: Snapshot, desiredVersion: ModelVersion, now: number): Transition[] {
  const outage = outageOf(snapshot, now);
  if (!outage || isPromoted(desiredVersion) || !takesOver(snapshot, now)) return [];
  const why = `champion ${snapshot.champion?.spec.version ?? ''} had ${describeOutage(snapshot, outage, now)}`;
  return [
    {
      version: desiredVersion,
      to: desiredVersion.status?.stage ?? 'Challenger',
      rule: 'ChampionServedNobody',
      what: 'was promoted without further steps',
      why,
      then: 'It takes over as soon as its pods are ready.',
      by: MANAGER,
      act: { name: 'promote', text: `${FOR_OUTAGE} ${attemptAt(desiredVersion)}` },
    },
  ];
}

/** A validated version may take the place of a champion that has served nobody for long enough. */
export const takesOver = (snapshot: Snapshot, now: number): boolean => outageOf(snapshot, now)?.isLasting === true && mayTakeOver(snapshot);

/** By itself: not where a person has to approve that a version serves users, or has paused it. */
function mayTakeOver(snapshot: Snapshot): boolean {
  const { desiredVersion, observed: { model, rollout } } = snapshot;
  const { outage, approval, strategy, shadow } = model.spec.delivery;
  const asksPeople = approval === 'Manual' || (strategy === 'Shadow' && shadow.then === 'Stop');
  const isPaused = isStarted(snapshot) && rollout?.spec.paused === true;
  if (!desiredVersion || !isUnderWay(desiredVersion.status?.stage) || asksPeople || isPaused) return false;
  return outage === 'TakeOver' && pauseOf(desiredVersion) === undefined;
}

/** The desired version is a champion that serves nobody. Its pods are started again and again, unless they were given up. */
export function championServesNobody(snapshot: Snapshot): Decision | undefined {
  const { desired, champion, rolloutState } = snapshot;
  const isDesired = champion?.spec.version === desired.version && champion.spec.digest === desired.digest;
  if (!isDesired || !servesNobody(snapshot) || rolloutState === 'Absent') return undefined;
  const remedy = 'Release another version or roll back to an earlier one if it does not recover.';
  const message = rolloutState === 'Aborted' ? RETRY_PODS : remedy;
  return { target: { run: 'Champion', release: desired }, phase: 'Degraded', reason: 'Outage', message };
}

/** What a validated version does beside a champion that serves nobody; undefined where it may start, to take over. */
export function waitOrTakeOver(snapshot: Snapshot, { lastingFrom }: Outage, now: number): Decision | undefined {
  const { desired: { version }, champion, observed: { rollout } } = snapshot;
  // Without pods that it knows as those of the champion, Argo Rollouts would take the candidate for a first version.
  const isKnown = (rollout?.status?.stableRS ?? '') !== '';
  if (isKnown && (isPastGates(snapshot) || takesOver(snapshot, now))) return undefined;
  const message = mayTakeOver(snapshot)
    ? `${version} takes over at ${minute(lastingFrom)} if that lasts.`
    : `${version} waits until champion ${champion?.spec.version ?? ''} serves everyone.`;
  return { target: championTarget(champion), phase: 'Degraded', reason: 'Outage', message };
}
