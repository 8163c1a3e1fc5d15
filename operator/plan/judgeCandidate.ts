import type { Verdict } from '../api/model.ts';
import { ANNOTATIONS, MANAGER } from '../api/names.ts';
import { championTarget, type Decision } from './decision.ts';
import { milliseconds } from './durations.ts';
import type { Facts } from './facts.ts';
import { ARGO_STEPS_PER_STEP } from './rollout.ts';
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
  return { target: { run: 'Leave' }, phase: 'Canary', reason: 'Canary', message: progress(facts) };
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
  const why = firstViolation(observed, verdicts) ?? otherReason(facts);
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

/**
 * Why it ended when no guardrail failed. Undefined while an analysis failed whose run has not arrived in the cache:
 * it comes by another watch than the Rollout.
 */
function otherReason({ observed, wish }: Facts): string | undefined {
  const { rollout, runs, model } = observed;
  const message = rollout?.status?.message ?? '';
  const pointers = [rollout?.status?.canary?.currentBackgroundAnalysisRunStatus, rollout?.status?.canary?.currentStepAnalysisRunStatus];
  const failed = pointers.find((each) => each?.status === 'Failed');
  const arrived = runs.find((run) => run.metadata.name === failed?.name)?.status?.phase === 'Failed';
  if (failed && !arrived) return undefined;
  if (/progress|timed out/i.test(message)) {
    return `its pods did not become ready within ${model.spec.delivery.progressDeadline}${podTrouble(observed, wish.digest)}`;
  }
  return message === '' ? 'it was aborted in Argo Rollouts' : `Argo Rollouts gave it up, ${message}`;
}

function podTrouble({ pods }: Facts['observed'], digest: string): string {
  for (const pod of pods) {
    if (pod.metadata.annotations?.[ANNOTATIONS.digest] !== digest) continue;
    for (const container of [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]) {
      const { waiting, terminated } = container.state ?? {};
      const trouble = terminated?.message ?? container.lastState?.terminated?.message ?? waiting?.message ?? waiting?.reason;
      if (trouble !== undefined && waiting?.reason !== 'PodInitializing') return ` (${container.name}: ${trouble})`;
    }
  }
  return '';
}

/** An abort sets the weight to 0 at once, so the share of users is the one last reported. */
function lastSeenAt({ observed, wish }: Facts): string {
  const { candidate } = observed.model.status ?? {};
  if (candidate?.digest !== wish.digest || !candidate.weight) return ' before any user saw it';
  return ` at ${String(candidate.weight)}% of users`;
}

/** e.g. `2.0.0 at 10% of users, step 1 of 2: 62 of 100 requests needed.` */
function progress({ wish, observed }: Facts): string {
  const { rollout, model } = observed;
  const { steps } = model.spec.delivery.canary;
  const index = rollout?.status?.currentStepIndex ?? 0;
  const number = Math.min(steps.length, Math.floor(index / ARGO_STEPS_PER_STEP) + 1);
  const weight = rollout?.status?.canary?.weights?.canary.weight ?? 0;
  const where = `${wish.version} at ${String(weight)}% of users, step ${String(number)} of ${String(steps.length)}`;
  const kind = index % ARGO_STEPS_PER_STEP;
  if (index >= steps.length * ARGO_STEPS_PER_STEP) return `${wish.version} passed every step and takes over from the champion.`;
  if (kind === 0 || weight === 0) return `${where}: its pods are starting.`;
  const pause = rollout?.status?.pauseConditions?.[0];
  if (kind === 1) {
    const until = pause && new Date(Date.parse(pause.startTime) + milliseconds(steps[number - 1]?.hold ?? '')).toISOString();
    return until === undefined ? `${where}: holding.` : `${where}: holding until ${until.slice(11, 19)} UTC.`;
  }
  return `${where}: ${awaited(verdictsOf(observed))}`;
}

function awaited(verdicts: readonly Verdict[]): string {
  const waits = verdicts.filter((each) => each.verdict === 'Wait');
  const requests = waits.find((each) => each.metric === 'requests');
  if (requests) return `${String(Math.floor(Number(requests.estimate ?? 0)))} of ${requests.threshold ?? ''} requests needed.`;
  const [first] = waits;
  return first ? `${first.metric} ${first.reason ?? 'waits'}.` : 'the gate is measuring.';
}
