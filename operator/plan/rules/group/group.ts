import type { DecisionRecord, ModelVersion } from '../../../api/model.ts';
import { actAnnotation, MANAGER } from '../../../api/names.ts';
import { isPastGates, isPromoted } from '../../state/acts.ts';
import { championTarget, type Decision, type Transition } from '../../state/decision.ts';
import { exposureOf } from '../../state/exposure.ts';
import { isBeside, jointAttemptsOf } from '../../state/jointAttempt.ts';
import { bare, reasonOf, wentBack } from '../../state/record.ts';
import { isStarted, type Snapshot } from '../../state/snapshot.ts';
import { presentStep } from '../../state/steps.ts';
import { verdictsOf } from '../../state/verdicts.ts';
import { returnFrom, watchOf } from '../champion/watch.ts';
import { type MemberState, type Peer, peersOf, reachOf } from './memberState.ts';

/** e.g. `its group home` */
const itsGroup = ({ observed: { model } }: Snapshot): string => `its group ${model.spec.group ?? ''}`;

/**
 * A candidate starts together with the members of its group that have a new version, or joins them while they are at their
 * first step.
 */
export function groupIsNotReady(snapshot: Snapshot, now: number): Decision | undefined {
  if (isPastGates(snapshot)) return undefined;
  const { desired, champion } = snapshot;
  const peers = peersOf(snapshot, now);
  const waiting = { target: championTarget(champion), phase: 'Pending', reason: 'WaitingForGroup' } as const;
  const held = peers.filter(({ state }) => holdsStart(state));
  if (held.length > 0) {
    return { ...waiting, message: `${desired.version} waits for ${itsGroup(snapshot)}: ${held.map(describeMember).join('; ')}.` };
  }
  // Records have a resolution of seconds: what was lost before this start must be older.
  const after = Math.max(...peers.flatMap(({ snapshot: { observed } }) => observed.versions).map(lastLost)) + 1000;
  if (now >= after) return undefined;
  return {
    ...waiting,
    message: `${desired.version} waits for ${itsGroup(snapshot)}: one of its versions was just withdrawn.`,
    requeueAfterMs: after - now,
  };
}

const holdsStart = (state: MemberState): boolean =>
  ['Preparing', 'GivenUp', 'Starting'].includes(state.is) || (state.is === 'Started' && (state.passed > 0 || state.pauses === 0));

const lastLost = (version: ModelVersion): number =>
  Math.max(0, ...jointAttemptsOf(version.status?.decisions).map(({ lost }) => (lost ? Date.parse(lost.at) : 0)));

/** The record that a version starts together with its group. The shared state of the group is read from it. */
export function startsTogether(snapshot: Snapshot, version: ModelVersion, now: number): Transition[] {
  if (snapshot.observed.model.spec.group === undefined || hasStarted(snapshot, version, now)) return [];
  const others = peersOf(snapshot, now)
    .filter(({ state }) => state.is !== 'AtRest')
    .map(nameOf);
  const then =
    others.length === 0 ? 'No other model of the group has a new version.' : `It advances step by step together with ${others.join(', ')}.`;
  return [
    {
      version,
      to: version.status?.stage ?? 'Challenger',
      rule: 'StartedTogether',
      what: `starts with ${itsGroup(snapshot)}`,
      then,
      by: MANAGER,
    },
  ];
}

/** Already on record, by an operator that died before it acted. If another member was lost since, that start is outdated. */
function hasStarted(snapshot: Snapshot, version: ModelVersion, now: number): boolean {
  const isOnRecord = jointAttemptsOf(version.status?.decisions)[0]?.end === Infinity;
  return isOnRecord && lossBeside(snapshot, version, now) === undefined && lossOfOneToCome(snapshot, version, now) === undefined;
}

/** Members that have not reached the candidate's pause. At the last one all wait for all: they serve everyone together. */
export function awaitedOfGroup(snapshot: Snapshot, now: number): Peer[] {
  const reach = reachOf(snapshot);
  if (!reach || presentStep(snapshot.observed)?.part !== 'Together') return [];
  const pause = reach.passed + 1;
  const peers = peersOf(snapshot, now);
  const isOpen = canBeJoined(snapshot, peers);
  return peers.filter(({ state }) => {
    if (state.is === 'Started') return state.reached < (pause === reach.pauses ? state.pauses : Math.min(pause, state.pauses));
    if (state.is === 'Starting') return state.pauses > 0;
    return state.is !== 'AtRest' && isOpen;
  });
}

/** Running members are still at their first pause. Later nobody joins, and nobody waits for a member that has not started. */
function canBeJoined(snapshot: Snapshot, peers: readonly Peer[]): boolean {
  const isBetween = peers.some(({ state }) => state.is === 'Started' && state.passed > 0 && state.passed < state.pauses);
  return reachOf(snapshot)?.passed === 0 && !isBetween;
}

/**
 * A member was lost since the candidate started with it: the candidate is withdrawn too, without being rejected, since nothing
 * is known against it.
 */
export function groupFailed(snapshot: Snapshot, now: number): Decision | undefined {
  const { desiredVersion, champion, observed, rolloutState } = snapshot;
  // What Argo Rollouts has aborted is judged on its own; a promotion without its steps affects that model only.
  if (!isStarted(snapshot) || !desiredVersion || rolloutState === 'Aborted' || isPromoted(desiredVersion)) return undefined;
  const why = lossBeside(snapshot, desiredVersion, now) ?? lossOfOneToCome(snapshot, desiredVersion, now);
  if (why === undefined) return undefined;
  const { seen, weight } = exposureOf(snapshot, desiredVersion);
  const where = weight === undefined ? '' : ` at ${String(weight)}% of users`;
  const words = { what: `was withdrawn${seen ? where : ' before any user saw it'}`, why, then: wentBack(champion, seen) };
  const transition: Transition = {
    version: desiredVersion,
    to: 'Candidate',
    rule: 'GroupFailed',
    ...words,
    by: MANAGER,
    evidence: verdictsOf(observed),
  };
  return {
    target: championTarget(champion),
    phase: 'Pending',
    reason: 'GroupFailed',
    message: reasonOf(transition),
    transitions: [transition],
  };
}

/** After the promotion as well: while the champion is watched, it is rolled back with a member that was released beside it. */
export function groupOfChampionFailed(snapshot: Snapshot, now: number): Decision | undefined {
  const watch = watchOf(snapshot, now);
  const why = watch && lossBeside(snapshot, watch.champion, now);
  if (!watch || why === undefined) return undefined;
  return returnFrom(snapshot, watch, { rule: 'GroupFailed', failed: 'has to be rolled back with its group', why }, now);
}

/** Sentence part about a version of the group that was lost and had been on its way together with this one. */
function lossBeside(snapshot: Snapshot, version: ModelVersion, now: number): string | undefined {
  const [mine] = jointAttemptsOf(version.status?.decisions);
  if (!mine || mine.isPromotedAlone) return undefined;
  const losses = peersOf(snapshot, now).flatMap(({ name, snapshot: { observed } }) =>
    observed.versions.flatMap((other) =>
      jointAttemptsOf(other.status?.decisions).flatMap((each) =>
        each.lost && isBeside(mine, each) ? [{ name, version: other.spec.version, record: each.lost }] : [],
      ),
    ),
  );
  // The one that failed, not those withdrawn with it.
  const loss = losses.find(({ record }) => record.rule !== 'GroupFailed') ?? losses[0];
  return loss && `${loss.name} ${loss.version} of ${itsGroup(snapshot)} ${whatBecame(loss.record)}`;
}

/** The same about a member that had not started, while the candidate would have waited for it. */
function lossOfOneToCome(snapshot: Snapshot, version: ModelVersion, now: number): string | undefined {
  const [mine] = jointAttemptsOf(version.status?.decisions);
  const peers = peersOf(snapshot, now);
  if (!mine || !canBeJoined(snapshot, peers)) return undefined;
  const lost = peers.find(({ snapshot: { quarantinedBy } }) => {
    const [record] = quarantinedBy?.status?.decisions ?? [];
    return record?.to === 'Rejected' && Date.parse(record.at) >= mine.start;
  });
  return lost && `${nameOf(lost)} of ${itsGroup(snapshot)} was rejected`;
}

function whatBecame({ to, rule }: DecisionRecord): string {
  if (rule === 'AbortedByHand') return 'was aborted';
  if (to === 'Candidate') return rule === 'GroupFailed' ? 'was withdrawn' : 'was abandoned';
  return to === 'RolledBack' ? 'was rolled back' : 'was rejected';
}

const nameOf = ({ name, snapshot }: Peer): string => `${name} ${snapshot.desired.version}`;

/** Sentence part: the state of a peer, and how a person can help where only a person can. */
export function describeMember(peer: Peer): string {
  const { name, snapshot: { desired, champion, quarantinedBy }, state } = peer;
  if (state.is === 'Preparing') return withName(peer, state.why);
  if (state.is === 'Started') {
    return `${nameOf(peer)} is already being released; a version that did not start with it follows once that one is champion or withdrawn`;
  }
  if (state.is !== 'GivenUp') return `${nameOf(peer)} is about to start`;
  const back = champion ? `, or back to ${champion.spec.version}` : '';
  const again = quarantinedBy ? `, or retry it (${actAnnotation('retry')}="${desired.version} TOKEN")` : '';
  return `${name} ${state.why}; set spec.release of ${name} to another version${back}${again}`;
}

/** A message of a peer as a part of a sentence about another model. */
export const withName = (peer: Peer, sentence: string): string => bare(sentence).replace(peer.snapshot.desired.version, nameOf(peer));
