import type { ModelVersion } from '../../api/model.ts';
import { actAnnotation } from '../../api/names.ts';
import { actsOn, isAct, pauseOf, promotionOf } from '../state/acts.ts';
import { awaitedApproval } from '../state/approval.ts';
import { type Decision, pausing, type RolloutPatch } from '../state/decision.ts';
import { tellFindings, tellProgress, whereIs } from '../state/progress.ts';
import type { Facts } from '../state/snapshot.ts';
import { isAtOpenPause, phaseOf } from '../state/steps.ts';
import { awaitedOfGroup, tellStanding, withName } from './group/group.ts';
import type { Peer } from './group/memberState.ts';

/** What a candidate among users waits for and is told to do: held by a pause, by a person's approval or by its group, promoted, or going on. */
export function steer(facts: Facts, wished: ModelVersion, now: number): Pick<Decision, 'phase' | 'reason' | 'message' | 'patches'> {
  const patches = patchesFor(facts, wished, now);
  const { version } = facts.wish;
  const phase = phaseOf(facts.observed);
  const pause = pauseOf(wished);
  if (pause) return { phase, reason: 'Paused', message: pause.reason, patches };
  if (facts.observed.rollout?.spec.paused === true && patches.length === 0) {
    const message = `${version} was paused${whereIs(facts)} in Argo Rollouts; ${actAnnotation('resume')}="${version} TOKEN" lets it go on.`;
    return { phase, reason: 'Paused', message, patches };
  }
  const promotion = promotionOf(wished);
  if (promotion) return { phase, reason: 'Promoting', message: promotion.reason, patches };
  const awaited = awaitedApproval(facts, wished);
  if (awaited) {
    const findings = tellFindings(facts.observed);
    const done = { Users: `was shadowed${findings === '' ? '' : ` (${findings})`} and awaits approval to be given to its first users`, Everyone: 'passed every step and awaits approval to serve everyone' };
    const message = `${version} ${done[awaited]}: ${actAnnotation('approve')}="${version} TOKEN REASON".`;
    return { phase: 'AwaitingApproval', reason: 'AwaitingApproval', message, patches };
  }
  const peers = awaitedOfGroup(facts, now);
  if (peers.length > 0) return { phase, reason: 'WaitingForGroup', message: tellGroup(facts, peers, now), patches };
  return { phase, reason: 'Canary', message: tellProgress(facts, now), patches };
}

/** e.g. `2.0.0 at 10% of users, step 1 of 2, waits for its group home: ranker 3.0.0 at 10% of users, step 1 of 2: 62 of 100 requests needed.` */
function tellGroup(facts: Facts, peers: readonly Peer[], now: number): string {
  const told = peers.map((peer) => {
    const { wished } = peer.facts;
    return peer.standing.is === 'Started' && wished ? withName(peer, steer(peer.facts, wished, now).message) : tellStanding(peer);
  });
  return `${facts.wish.version}${whereIs(facts)} waits for its group ${facts.observed.model.spec.group ?? ''}: ${told.join('; ')}.`;
}

/** Recomputed from the record every time, so that a patch that was lost is sent again and one that arrived is not. */
function patchesFor(facts: Facts, wished: ModelVersion, now: number): RolloutPatch[] {
  const { rollout } = facts.observed;
  const paused = rollout?.spec.paused === true;
  const held = pauseOf(wished) !== undefined;
  // A pause that somebody set in Argo Rollouts stays until it is lifted there or here.
  const isOurs = actsOn(wished).some((each) => isAct(each, 'pause', 'resume', 'promote'));
  const pause = isOurs && held !== paused ? [pausing(held)] : [];
  if (held || facts.rolloutState !== 'Progressing') return pause;
  if (promotionOf(wished)) return [...pause, ...(rollout?.status?.promoteFull === true ? [] : [onStatus({ promoteFull: true })])];
  const goesOn = isAtOpenPause(facts.observed) && !awaitedApproval(facts, wished) && awaitedOfGroup(facts, now).length === 0;
  return [...pause, ...(goesOn ? [onStatus({ pauseConditions: null })] : [])];
}

const onStatus = (status: Record<string, unknown>): RolloutPatch => ({ body: { status }, subresource: 'status' });
