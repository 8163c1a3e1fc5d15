import type { Rollout } from '../api/argo.ts';
import type { ModelVersion } from '../api/model.ts';
import { actAnnotation } from '../api/names.ts';
import { actsOn, approvalsOf, isAct, pauseOf, promotionOf } from './acts.ts';
import type { Decision, RolloutPatch } from './decision.ts';
import type { Facts } from './facts.ts';
import { tellFindings, tellProgress, whereIs } from './progress.ts';
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
  const awaited = awaitedApproval(facts, wished);
  if (awaited) {
    const findings = tellFindings(facts.observed);
    const done = { Users: `was shadowed${findings === '' ? '' : ` (${findings})`} and awaits approval to be given to its first users`, Everyone: 'passed every step and awaits approval to serve everyone' };
    const message = `${version} ${done[awaited]}: ${actAnnotation('approve')}="${version} TOKEN REASON".`;
    return { phase: 'AwaitingApproval', reason: 'AwaitingApproval', message, patches };
  }
  return { phase, reason: 'Canary', message: tellProgress(facts, now), patches };
}

/**
 * What nobody has approved yet at the pause where the candidate stands: that it is given users at all, after a shadow that was
 * to stop there, or that it serves everyone, after the last step. Each pause takes one approval, and so does the start.
 */
export function awaitedApproval({ observed: { rollout, model } }: Facts, wished: ModelVersion): 'Users' | 'Everyone' | undefined {
  if (!isAtOpenPause(rollout)) return undefined;
  const { approval, shadow } = model.spec.delivery;
  const steps = stepsOfRollout(rollout);
  const index = rollout?.status?.currentStepIndex ?? 0;
  const needed = steps.slice(0, index + 1).filter(isOpenPause).length + (approval === 'Manual' ? 1 : 0);
  if (approvalsOf(wished) >= needed) return undefined;
  if (index === steps.length - 1) return approval === 'Manual' ? 'Everyone' : undefined;
  return shadow.then === 'Stop' ? 'Users' : undefined;
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
  const goesOn = isAtOpenPause(rollout) && !awaitedApproval(facts, wished);
  return [...pause, ...(goesOn ? [onStatus({ pauseConditions: null })] : [])];
}

const onStatus = (status: Record<string, unknown>): RolloutPatch => ({ body: { status }, subresource: 'status' });

/** Argo Rollouts leaves a pause without duration when its condition has been there and is gone. */
function isAtOpenPause(rollout: Rollout | undefined): boolean {
  const present = stepsOfRollout(rollout)[rollout?.status?.currentStepIndex ?? 0];
  return present !== undefined && isOpenPause(present) && (rollout?.status?.pauseConditions ?? []).length > 0;
}

interface PauseStep {
  pause?: { duration?: unknown };
}

const stepsOfRollout = (rollout: Rollout | undefined): readonly PauseStep[] => (rollout?.spec.strategy?.canary?.steps ?? []) as PauseStep[];

const isOpenPause = ({ pause }: PauseStep): boolean => pause !== undefined && pause.duration === undefined;
