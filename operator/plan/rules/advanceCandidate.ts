import type { ModelVersion } from '../../api/model.ts';
import { actAnnotation } from '../../api/names.ts';
import { actsOn, isAct, pauseOf, promotionOf } from '../state/acts.ts';
import { awaitedApproval } from '../state/approval.ts';
import { type Decision, pausing, type RolloutPatch } from '../state/decision.ts';
import { describeFindings, describeProgress, whereIs } from '../state/progress.ts';
import type { Snapshot } from '../state/snapshot.ts';
import { isAtOpenPause, phaseOf } from '../state/steps.ts';
import { awaitedOfGroup, describeMember, withName } from './group/group.ts';
import type { Peer } from './group/memberState.ts';

/** What a running candidate waits for or does next: paused, awaiting approval or its group, being promoted, or advancing. */
export function advanceCandidate(
  snapshot: Snapshot,
  desiredVersion: ModelVersion,
  now: number,
): Pick<Decision, 'phase' | 'reason' | 'message' | 'patches'> {
  const patches = patchesFor(snapshot, desiredVersion, now);
  const { version } = snapshot.desired;
  const phase = phaseOf(snapshot.observed);
  const pause = pauseOf(desiredVersion);
  if (pause) return { phase, reason: 'Paused', message: pause.reason, patches };
  if (snapshot.observed.rollout?.spec.paused === true && patches.length === 0) {
    const message =
      `${version} was paused${whereIs(snapshot)} in Argo Rollouts; ` +
      `set ${actAnnotation('resume')}="${version} TOKEN" to resume it.`;
    return { phase, reason: 'Paused', message, patches };
  }
  const promotion = promotionOf(desiredVersion);
  if (promotion) return { phase, reason: 'Promoting', message: promotion.reason, patches };
  const awaited = awaitedApproval(snapshot, desiredVersion);
  if (awaited) {
    const findings = describeFindings(snapshot.observed);
    const done = {
      Users: `was shadowed${findings === '' ? '' : ` (${findings})`} and awaits approval to serve its first users`,
      Everyone: 'passed every step and awaits approval to serve everyone',
    };
    const message = `${version} ${done[awaited]}: ${actAnnotation('approve')}="${version} TOKEN REASON".`;
    return { phase: 'AwaitingApproval', reason: 'AwaitingApproval', message, patches };
  }
  const peers = awaitedOfGroup(snapshot, now);
  if (peers.length > 0) return { phase, reason: 'WaitingForGroup', message: describeGroup(snapshot, peers, now), patches };
  return { phase, reason: 'Canary', message: describeProgress(snapshot, now), patches };
}

/** e.g. `2.0.0 at 10% of users, step 1 of 2, waits for its group home: ranker 3.0.0 at 10% of users, step 1 of 2: holding.` */
function describeGroup(snapshot: Snapshot, peers: readonly Peer[], now: number): string {
  const parts = peers.map((peer) => {
    const { desiredVersion } = peer.snapshot;
    return peer.state.is === 'Started' && desiredVersion
      ? withName(peer, advanceCandidate(peer.snapshot, desiredVersion, now).message)
      : describeMember(peer);
  });
  return (
    `${snapshot.desired.version}${whereIs(snapshot)} waits for its group ${snapshot.observed.model.spec.group ?? ''}: ` +
    `${parts.join('; ')}.`
  );
}

/** Recomputed from the record every time, so that a lost patch is sent again and one that arrived is not. */
function patchesFor(snapshot: Snapshot, desiredVersion: ModelVersion, now: number): RolloutPatch[] {
  const { rollout } = snapshot.observed;
  const paused = rollout?.spec.paused === true;
  const held = pauseOf(desiredVersion) !== undefined;
  // A pause set in Argo Rollouts stays until it is lifted there or here.
  const isOurs = actsOn(desiredVersion).some((each) => isAct(each, 'pause', 'resume', 'promote'));
  const pause = isOurs && held !== paused ? [pausing(held)] : [];
  if (held || snapshot.rolloutState !== 'Progressing') return pause;
  if (promotionOf(desiredVersion)) return [...pause, ...(rollout?.status?.promoteFull === true ? [] : [onStatus({ promoteFull: true })])];
  const goesOn =
    isAtOpenPause(snapshot.observed) && !awaitedApproval(snapshot, desiredVersion) && awaitedOfGroup(snapshot, now).length === 0;
  return [...pause, ...(goesOn ? [onStatus({ pauseConditions: null })] : [])];
}

const onStatus = (status: Record<string, unknown>): RolloutPatch => ({ body: { status }, subresource: 'status' });
