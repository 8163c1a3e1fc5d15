import type { Decision, Target } from '../../state/decision.ts';
import { troubleOfVersion } from '../../state/podTrouble.ts';
import type { Snapshot } from '../../state/snapshot.ts';

/** Argo Rollouts does not retry an aborted Rollout by itself. */
export const RETRY_PODS = 'Change the spec, or retry the Rollout: kubectl argo rollouts retry rollout NAME.';
/** Pods that are not aborted are started again and again. */
const REPAIR_PODS = 'Correct what they lack, or change the spec.';

/**
 * The pods did not come in time. Aborted ones will be gone soon, and with them the cause: what was reported for this very spec while they
 * existed is kept.
 * @param what the beginning of the sentence
 */
export function podsNotReady(
  target: Target,
  what: string,
  { observed, desired }: Pick<Snapshot, 'observed' | 'desired'>,
  now: number,
): Decision {
  const trouble = troubleOfVersion(observed, desired.digest, now);
  const { message: why = 'no reason given', abort } = observed.rollout?.status ?? {};
  const remedy = abort === true ? RETRY_PODS : REPAIR_PODS;
  const message = (trouble === '' ? messageBefore(observed) : undefined) ?? `${what}${trouble}: ${why} ${remedy}`;
  return { target, phase: 'Degraded', reason: 'PodsNotReady', message };
}

function messageBefore({ model }: Snapshot['observed']): string | undefined {
  const stalled = model.status?.conditions?.find(({ type }) => type === 'Stalled');
  return stalled?.reason === 'PodsNotReady' && stalled.observedGeneration === model.metadata.generation ? stalled.message : undefined;
}
