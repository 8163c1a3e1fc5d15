import type { ModelVersion } from '../../api/model.ts';
import { MANAGER } from '../../api/names.ts';
import { shadowOnlyChecks } from '../spec/shadowChecks.ts';
import type { Transition } from '../state/decision.ts';
import { describeFindings } from '../state/progress.ts';
import type { Snapshot } from '../state/snapshot.ts';
import { presentStep, stepsOf } from '../state/steps.ts';
import { verdictsOf } from '../state/verdicts.ts';

/**
 * The record that a version leaves its shadow phase and gets its first users. Argo Rollouts has gone on by then, since the gate
 * is its own.
 */
export function shadowEnds(snapshot: Snapshot, desiredVersion: ModelVersion): Transition[] {
  const { observed, rolloutState } = snapshot;
  const present = presentStep(observed);
  if (desiredVersion.status?.stage !== 'Shadow' || rolloutState !== 'Progressing' || !present || present.weight === 0) return [];
  // After an outage of the operator Argo Rollouts may be some steps further.
  const first = stepsOf(observed.model).find(({ weight }) => weight > 0) ?? present;
  const then = `Its first users (${String(first.weight)}%) received its answers.`;
  return [
    {
      version: desiredVersion,
      to: 'Challenger',
      rule: 'ShadowEnded',
      ...howItEnded(snapshot),
      then,
      by: MANAGER,
      evidence: verdictsOf(observed),
    },
  ];
}

function howItEnded({ observed }: Snapshot): Pick<Transition, 'what' | 'why'> {
  const checks = shadowOnlyChecks(observed.model);
  if (checks.length === 0) {
    return { what: 'is not shadowed', why: `delivery.strategy was ${observed.model.spec.delivery.strategy} when it started` };
  }
  const verdicts = verdictsOf(observed);
  const isPassed = checks.every(({ name }) => verdicts.some(({ metric, verdict }) => metric === name && verdict === 'Pass'));
  if (isPassed) return { what: 'passed its shadow phase', why: describeFindings(observed) };
  return { what: 'left its shadow phase', why: 'no passed gate was found for it, so someone may have resumed it in Argo Rollouts' };
}
