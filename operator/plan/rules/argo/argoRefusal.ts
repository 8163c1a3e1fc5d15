import type { Decision } from '../../state/decision.ts';
import type { Snapshot } from '../../state/snapshot.ts';

/** A Rollout that Argo Rollouts finds invalid has not started: its spec may and must be changed. */
export function refusedBy({ observed, rolloutState }: Snapshot): Omit<Decision, 'target'> | undefined {
  const { phase, message } = observed.rollout?.status ?? {};
  if (rolloutState === 'Unobserved' || phase !== 'Degraded' || message?.startsWith('InvalidSpec') !== true) return undefined;
  return { phase: 'Degraded', reason: 'InvalidSpec', message: `Argo Rollouts rejected the Rollout (${message}).` };
}

/** The message about the champion's own Rollout is replaced by its refusal: an Ingress that delivery.router names may be missing. */
export function withRefusal(snapshot: Snapshot, decision: Decision): Decision {
  const isItsOwn = decision.target.run === 'Champion' && decision.target.release.digest === snapshot.rolloutDigest;
  return { ...decision, ...(isItsOwn ? refusedBy(snapshot) : {}) };
}
