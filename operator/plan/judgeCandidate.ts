import { MANAGER } from '../api/names.ts';
import { abortReason } from './abortReason.ts';
import { championTarget, type Decision } from './decision.ts';
import type { Facts } from './facts.ts';
import { progressOf, tellProgress } from './progress.ts';
import { firstViolation, verdictsOf } from './verdicts.ts';

/** A verified candidate beside a serving champion: start it, follow it, record how it ended. */
export function judgeCandidate(facts: Facts): Decision {
  const { wish, rolloutDigest, rolloutState } = facts;
  if (rolloutDigest !== wish.digest) {
    const message = `${wish.version} passed validation and its pods are starting.`;
    return { target: { run: 'Candidate', release: wish }, phase: 'Canary', reason: 'CanaryStarted', message };
  }
  if (rolloutState === 'Settled') return promoted(facts);
  if (rolloutState === 'Aborted') return rejected(facts);
  const refusal = refusedBy(facts);
  if (refusal !== undefined) {
    const message = `Argo Rollouts does not accept the Rollout (${refusal}).`;
    return { target: { run: 'Candidate', release: wish }, phase: 'Degraded', reason: 'InvalidSpec', message, stalled: true };
  }
  return { target: { run: 'Leave' }, phase: 'Canary', reason: 'Canary', message: tellProgress(wish.version, progressOf(facts.observed), facts.observed) };
}

function promoted({ wish, wished, champion, observed }: Facts): Decision {
  if (!wished) throw new Error(`version ${wish.version} is not registered`);
  const steps = observed.model.spec.delivery.canary.steps.map(({ weight }) => `${String(weight)}%`).join(', ');
  const reason = `${wish.version} was promoted: it kept every guardrail at ${steps} of users and serves everyone.`;
  const replaced = `${champion?.spec.version ?? ''} was replaced by ${wish.version}.`;
  return {
    target: { run: 'Champion', release: wish },
    phase: 'Healthy',
    reason: 'Promoted',
    message: reason,
    transitions: [
      { version: wished, to: 'Champion', reason, by: MANAGER, evidence: verdictsOf(observed) },
      ...(champion ? [{ version: champion, to: 'Retired' as const, reason: replaced, by: MANAGER }] : []),
    ],
  };
}

function rejected(facts: Facts): Decision {
  const { wish, wished, champion, observed } = facts;
  if (!wished) throw new Error(`version ${wish.version} is not registered`);
  const verdicts = verdictsOf(observed);
  const why = firstViolation(observed, verdicts) ?? abortReason(observed, wish.digest);
  if (why === undefined) {
    const message = `${wish.version} was given up by Argo Rollouts; the measurement that failed is being read.`;
    return { target: { run: 'Leave' }, phase: 'Canary', reason: 'Aborting', message };
  }
  const reason = `${wish.version} was rejected${lastSeenAt(facts)}: ${why}.`;
  return {
    target: championTarget(champion),
    phase: 'Rejected',
    reason: 'Rejected',
    message: reason,
    transitions: [{ version: wished, to: 'Rejected', reason, by: MANAGER, evidence: verdicts }],
  };
}

/** An abort sets the weight to 0 at once, so the share of users is the one last reported. */
function lastSeenAt({ observed, wish }: Facts): string {
  const { candidate } = observed.model.status ?? {};
  if (candidate?.digest !== wish.digest || !candidate.weight) return ' before any user saw it';
  return ` at ${String(candidate.weight)}% of users`;
}

/** A Rollout that Argo Rollouts finds invalid has not started: its spec may and must be changed. */
function refusedBy({ observed }: Facts): string | undefined {
  const { phase, message } = observed.rollout?.status ?? {};
  return phase === 'Degraded' && message?.startsWith('InvalidSpec') === true ? message : undefined;
}
