import { isPromoted } from '../../state/acts.ts';
import { withDeliveryInForce } from '../../state/deliveryInForce.ts';
import { isUnseen, stepIndex } from '../../state/rolloutState.ts';
import { isStarted, type Snapshot, snapshotOf } from '../../state/snapshot.ts';
import { isAtOpenPause, stepsOf } from '../../state/steps.ts';
import { refusedBy } from '../argo/argoRefusal.ts';
import { BEFORE_START, firstOf } from '../start/beforeStart.ts';

/** How far a candidate has come, counted in pauses at which it waits for its group. */
interface Reach {
  /** Pauses behind it. */
  passed: number;
  /** Pauses behind it, and the one at which it stands. */
  reached: number;
  /** All of its pauses; 0 if it started before its model was in a group. */
  pauses: number;
}

/**
 * Where a member of a group stands.
 * - AtRest: its desired version is its champion.
 * - Preparing: it has another desired version, which is not ready to start; `why`, a sentence.
 * - Ready: nothing but its group holds it.
 * - Starting: it is in its Rollout, and Argo Rollouts has not looked at it yet or does not accept it; `pauses` as of one that is Started.
 * - Started: its candidate is on its way.
 * - GivenUp: it has another desired version, which only a person can help; `why`, a sentence part.
 */
export type MemberState =
  | { is: 'AtRest' | 'Ready' }
  | { is: 'Starting'; pauses: number }
  | { is: 'Preparing' | 'GivenUp'; why: string }
  | ({ is: 'Started' } & Reach);

/** Another model of the group. */
export interface Peer {
  name: string;
  snapshot: Snapshot;
  state: MemberState;
}

/**
 * Computed from the caches and not from the status of the peers, which may be outdated. A candidate has no peers if its model
 * has left the group it was started in.
 * @param now milliseconds since the epoch
 */
export function peersOf({ observed: { model, peers }, config }: Snapshot, now: number): Peer[] {
  return peers.filter((peer) => peer.model.spec.group === model.spec.group).map((peer) => {
    const snapshot = snapshotOf(withDeliveryInForce(peer).observed, config);
    return { name: peer.model.metadata.name, snapshot, state: memberStateOf(snapshot, now) };
  });
}

function memberStateOf(snapshot: Snapshot, now: number): MemberState {
  const { desired, champion, quarantinedBy } = snapshot;
  if (champion?.spec.version === desired.version && champion.spec.digest === desired.digest) return { is: 'AtRest' };
  const held = firstOf(BEFORE_START, snapshot, now);
  if (!held) return isStarted(snapshot) ? startedOf(snapshot) : { is: 'Ready' };
  if (quarantinedBy) {
    return { is: 'GivenUp', why: `${desired.version} was ${quarantinedBy.status?.stage === 'RolledBack' ? 'rolled back' : 'rejected'}` };
  }
  const refused = REFUSED[held.reason];
  if (refused !== undefined) return { is: 'GivenUp', why: `${desired.version} ${refused}` };
  return { is: 'Preparing', why: held.message };
}

function startedOf(snapshot: Snapshot): MemberState {
  const reach = reachOf(snapshot);
  return reach ? { is: 'Started', ...reach } : { is: 'Starting', pauses: pausesOf(snapshot).length };
}

/** Reasons for which a desired version is not even validated, as sentence parts. */
const REFUSED: Readonly<Record<string, string>> = {
  VersionReused: 'is registered with a different digest',
  SameBundle: 'has the digest of its champion',
};

/** Indices of the steps at which a candidate waits for its group. */
const pausesOf = ({ observed }: Snapshot): number[] =>
  stepsOf(observed.model).flatMap(({ part }, index) => (part === 'Together' ? [index] : []));

/**
 * A candidate that Argo Rollouts has aborted has reached nothing, one promoted by hand is at its end; undefined while it is
 * Starting.
 */
export function reachOf(snapshot: Snapshot): Reach | undefined {
  const { observed, desiredVersion, rolloutState } = snapshot;
  const pauses = pausesOf(snapshot);
  const isAtItsEnd = rolloutState === 'Settled' || (desiredVersion !== undefined && isPromoted(desiredVersion));
  if (rolloutState === 'Aborted') return { passed: 0, reached: 0, pauses: pauses.length };
  if (isAtItsEnd) return { passed: pauses.length, reached: pauses.length, pauses: pauses.length };
  if (refusedBy(snapshot) || isUnseen(observed)) return undefined;
  const at = stepIndex(observed);
  const passed = pauses.filter((index) => index < at).length;
  return { passed, reached: passed + (pauses.includes(at) && isAtOpenPause(observed) ? 1 : 0), pauses: pauses.length };
}
