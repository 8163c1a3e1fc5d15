import type { Decision, Target } from '../../state/decision.ts';
import { troubleOfVersion } from '../../state/podTrouble.ts';
import type { Snapshot } from '../../state/snapshot.ts';

/** Argo Rollouts does not retry an aborted Rollout by itself. */
export const RETRY_PODS = 'Change the spec, or retry the Rollout: kubectl argo rollouts retry rollout NAME.';

/**
 * The pods were aborted. They will be gone soon, and with them the cause: what was reported for this very spec while they
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
  const why = observed.rollout?.status?.message ?? 'no reason given';
  const message = (trouble === '' ? messageBefore(observed) : undefined) ?? `${what}${trouble}: ${why} ${RETRY_PODS}`;
  return { target, phase: 'Degraded', reason: 'PodsNotReady', message };
}

function messageBefore({ model }: Snapshot['observed']): string | undefined {
  const stalled = model.status?.conditions?.find(({ type }) => type === 'Stalled');
  return stalled?.reason === 'PodsNotReady' && stalled.observedGeneration === model.metadata.generation ? stalled.message : undefined;
}
