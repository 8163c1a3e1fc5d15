import type { Rollout } from '../api/argo.ts';
import type { ModelVersion } from '../api/model.ts';
import { actAnnotation } from '../api/names.ts';
import { actsOn, approvalsOf, isAct, pauseOf, promotionOf } from './acts.ts';
import type { Decision, RolloutPatch } from './decision.ts';
import type { Facts } from './facts.ts';
import { tellProgress, whereIs } from './progress.ts';
import { phaseOf } from './steps.ts';

/** What a candidate among users waits for and is told to do: held by a pause, held before everyone, promoted, or going on. */
export function steer(facts: Facts, wished: ModelVersion, now: number): Pick<Decision, 'phase' | 'reason' | 'message' | 'patches'> {
  const patches = patchesFor(facts, wished);
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
  if (awaitsLastApproval(facts, wished)) {
    const message = `${version} passed every step and awaits approval to serve everyone: ${actAnnotation('approve')}="${version} TOKEN REASON".`;
    return { phase: 'AwaitingApproval', reason: 'AwaitingApproval', message, patches };
  }
  return { phase, reason: 'Canary', message: tellProgress(facts, now), patches };
}

/** At the pause that follows the last step, which nobody has approved to leave. */
export function awaitsLastApproval({ observed: { rollout, model } }: Facts, wished: ModelVersion): boolean {
  return isAtLastPause(rollout) && model.spec.delivery.approval === 'Manual' && approvalsOf(wished) < 2;
}

/** Recomputed from the record every time, so that a patch that was lost is sent again and one that arrived is not. */
function patchesFor(facts: Facts, wished: ModelVersion): RolloutPatch[] {
  const { rollout } = facts.observed;
  const paused = rollout?.spec.paused === true;
  const held = pauseOf(wished) !== undefined;
  // A pause that somebody set in Argo Rollouts stays until it is lifted there or here.
  const isOurs = actsOn(wished).some((each) => isAct(each, 'pause', 'resume', 'promote'));
  const pause = isOurs && held !== paused ? [{ body: { spec: { paused: held } } }] : [];
  if (held || facts.rolloutState !== 'Progressing') return pause;
  if (promotionOf(wished)) return [...pause, ...(rollout?.status?.promoteFull === true ? [] : [onStatus({ promoteFull: true })])];
  const goesOn = isAtLastPause(rollout) && !awaitsLastApproval(facts, wished);
  return [...pause, ...(goesOn ? [onStatus({ pauseConditions: null })] : [])];
}

const onStatus = (status: Record<string, unknown>): RolloutPatch => ({ body: { status }, subresource: 'status' });

/** Argo Rollouts leaves a pause without duration when its condition has been there and is gone. */
function isAtLastPause(rollout: Rollout | undefined): boolean {
  const steps = rollout?.spec.strategy?.canary?.steps ?? [];
  const last = steps.at(-1) as { pause?: { duration?: unknown } } | undefined;
  const isThere = rollout?.status?.currentStepIndex === steps.length - 1 && (rollout.status.pauseConditions ?? []).length > 0;
  return isThere && last?.pause !== undefined && last.pause.duration === undefined;
}
