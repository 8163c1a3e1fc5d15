import { type DecisionRecord, type ModelVersion, type Release, releaseOf, type Verdict } from '../../../api/model.ts';
import { retainedReplicaSet } from '../../objects/scaleDown.ts';
import { validationOf } from '../../objects/validationJob.ts';
import { actor, candidateUnderWay, isAct } from '../../state/acts.ts';
import { type Act, championTarget, type Decision, type Target, type Transition } from '../../state/decision.ts';
import { bare, reasonOf } from '../../state/record.ts';
import { isQuarantined, isUnderWay, type Snapshot } from '../../state/snapshot.ts';
import { done, type HandledAct, refuse } from './actionResult.ts';
import { pauseForRollback } from './pauseForRollback.ts';

/** A return to a version: what is recorded of it, by which rule and by whom. */
interface WayBack extends Pick<Transition, 'rule' | 'what' | 'why' | 'by'> {
  to: ModelVersion;
  /** Marks the record as a return: the current champion becomes RolledBack and not Retired, whoever finishes the writing. */
  act: NonNullable<Transition['act']>;
  evidence?: readonly Verdict[];
  /** Rolled back together with the champion, e.g. a candidate in progress. */
  alsoGivesUp?: ModelVersion | undefined;
}

/** Barred: the version cannot be served again; `since`: its bundle could not be read then, which may change. */
export type Way =
  | { state: 'Barred'; release: Release; why: string; since?: string }
  | { state: 'Trying'; decision: Omit<Decision, 'message'> }
  | { state: 'Open'; decision: Decision };

/**
 * Makes an earlier champion the champion again. If its pods are still running, that is all. Otherwise its bundle is fetched and
 * validated first; until it is available, the champion stays.
 */
export function wayBack(snapshot: Snapshot, way: WayBack): Way {
  const { observed, desired, config } = snapshot;
  const stack = retainedReplicaSet(snapshot, way.to);
  if (stack) return { state: 'Open', decision: goBack(snapshot, way, { ...releaseOf(way.to), uri: stack.uri }) };
  // The bundle may have moved while its digest stays; the desired version says where it is now.
  const release = way.to.spec.digest === desired.digest ? desired : releaseOf(way.to);
  const validation = validationOf(observed, release, config);
  if (validation.state === 'Failed') {
    return { state: 'Barred', release, why: `its bundle could not be fetched (${bare(validation.message)})`, since: validation.at };
  }
  if (validation.state === 'Reported' && validation.report.result !== 'Passed') {
    return { state: 'Barred', release, why: `its bundle is not usable (${bare(validation.report.message)})` };
  }
  if (validation.state === 'Reported') return { state: 'Open', decision: goBack(snapshot, way, releaseOf(way.to)) };
  const decision = {
    target: targetMeanwhile(snapshot),
    phase: 'Validating' as const,
    reason: 'RollingBack' as const,
    ...(validation.state === 'Running' ? { validate: release } : {}),
  };
  return { state: 'Trying', decision };
}

/**
 * A Rollout that is lost, or that runs a rejected or abandoned version, returns to the champion right away: the bundle may take
 * long.
 */
function targetMeanwhile({ champion, desiredVersion, rolloutDigest }: Snapshot): Target {
  const isDesired = isUnderWay(desiredVersion?.status?.stage) && desiredVersion?.spec.digest === rolloutDigest;
  return isDesired || champion?.spec.digest === rolloutDigest ? { run: 'Leave' } : championTarget(champion);
}

/**
 * In this order: a desired version in progress must not go on if the rest is cut off; and while two versions say Champion the
 * later one is, so there is a champion at every moment.
 */
function goBack({ desiredVersion, champion }: Snapshot, way: WayBack, release: Release): Decision {
  const { to, evidence, alsoGivesUp } = way;
  const back = backTo(way);
  const reason = reasonOf(back);
  const giveUp = (version: ModelVersion): Transition => givenUp(version, { ...back, reason });
  return {
    target: { run: 'Champion', release },
    phase: desiredVersion === to ? 'Healthy' : 'RolledBack',
    reason: 'RolledBack',
    message: reason,
    transitions: [
      ...(alsoGivesUp ? [giveUp(alsoGivesUp)] : []),
      back,
      ...(champion ? [{ ...giveUp(champion), ...(evidence ? { evidence } : {}) }] : []),
    ],
  };
}

const backTo = ({ to, rule, what, why, by, act }: WayBack): Transition =>
  ({ version: to, to: 'Champion', rule, what, ...(why === undefined ? {} : { why }), then: 'Everyone returns to it.', by, act });

/** Sentence: what a return to an earlier version waits for. @param because sentence part, e.g. `, as requested by ada` */
export const beingTried = (version: string, because = ''): string =>
  `The bundle of ${version} is being fetched and validated before everyone returns to it${because}; the champion stays until then.`;

/**
 * A rollback requested by a person. The version in spec.release is quarantined together with the current champion, so that the
 * rollback holds until spec.release changes.
 */
export function rollback(snapshot: Snapshot, act: Act): HandledAct {
  const { observed, champion } = snapshot;
  const earlier = observed.versions.find(({ spec }) => spec.version === act.version);
  const why = whyNot(snapshot, act, earlier);
  if (why !== undefined || !earlier || !champion) return refuse(act, why ?? 'there is no champion');
  const still = retainedReplicaSet(snapshot, earlier) ? ', with its pods still running' : '';
  const what = `is champion again${still}, rolled back from ${champion.spec.version} by ${actor(act)}`;
  const way = wayBack(snapshot, {
    to: earlier,
    rule: 'RolledBackByHand',
    what,
    by: act.by,
    act,
    alsoGivesUp: thirdOnItsWay(snapshot, earlier),
  });
  if (way.state === 'Barred') return refuse(act, way.why);
  if (way.state === 'Open') return done(act, way.decision.message, way.decision);
  const candidate = candidateUnderWay(snapshot);
  const meanwhile = candidate ? ` ${candidate.spec.version} is paused in the meantime.` : '';
  const message = `${beingTried(act.version, `, as requested by ${actor(act)}`)}${meanwhile}`;
  return {
    act,
    outcome: 'Underway',
    message,
    decision: { ...way.decision, message, ...(candidate ? pauseForRollback(snapshot, candidate, act) : {}) },
  };
}

function whyNot({ champion }: Snapshot, { version }: Act, earlier: ModelVersion | undefined): string | undefined {
  if (!champion) return 'there is no champion to roll back from';
  if (!earlier) return `${version} is not registered`;
  if (champion.spec.version === version) return `${version} is already the champion`;
  if (isQuarantined(earlier)) return `${version} was itself rejected or rolled back; see its ModelVersion`;
  return earlier.status?.championSince === undefined ? `${version} was never champion` : undefined;
}

function thirdOnItsWay({ desiredVersion, champion }: Snapshot, earlier: ModelVersion): ModelVersion | undefined {
  const isThird =
    desiredVersion &&
    desiredVersion !== earlier &&
    desiredVersion.metadata.name !== champion?.metadata.name &&
    !isQuarantined(desiredVersion);
  return isThird === true ? desiredVersion : undefined;
}

/** Whether a version became champion by a rollback, and not by passing its steps. */
export const isWayBack = (record: DecisionRecord): boolean => isAct(record, 'rollback', 'watch');

/** A version that a rollback leaves. @param back the record of the champion that everyone returns to */
export const givenUp = (
  version: ModelVersion,
  { rule = 'RolledBackByHand', reason, by }: Pick<DecisionRecord, 'rule' | 'reason' | 'by'>,
): Transition => ({ version, to: 'RolledBack', rule, what: 'was rolled back', then: reason, by });
