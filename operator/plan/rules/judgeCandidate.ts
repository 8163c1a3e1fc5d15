import type { ModelVersion } from '../../api/model.ts';
import { MANAGER } from '../../api/names.ts';
import { promotionOf } from '../state/acts.ts';
import { championTarget, type Decision, type Transition } from '../state/decision.ts';
import { exposureOf } from '../state/exposure.ts';
import type { Observed } from '../state/observed.ts';
import { reasonOf, wentBack } from '../state/record.ts';
import { attemptAt, isStarted, type Snapshot } from '../state/snapshot.ts';
import { judgedWeights, stepsOf } from '../state/steps.ts';
import { measuresOf, passedLastGate, verdictsOf, violations } from '../state/verdicts.ts';
import { replaced } from './acts/superseded.ts';
import { advanceCandidate } from './advanceCandidate.ts';
import { abortReason } from './argo/abortReason.ts';
import { refusedBy } from './argo/argoRefusal.ts';
import { takeOver } from './champion/takeOver.ts';
import { phaseOnceServing } from './champion/watch.ts';
import { startsTogether } from './group/group.ts';
import { shadowEnds } from './shadowEnds.ts';

/** A verified candidate beside a serving champion: start it, follow it, record how it ended. */
export function judgeCandidate(snapshot: Snapshot, now: number): Decision {
  const { desired, desiredVersion, rolloutState } = snapshot;
  if (!desiredVersion) throw new Error(`version ${desired.version} is not registered`);
  const target = { run: 'Candidate', release: desired, attempt: attemptAt(desiredVersion) } as const;
  const takesOver = takeOver(snapshot, desiredVersion, now);
  const promotion = takesOver.map(reasonOf)[0] ?? promotionOf(desiredVersion)?.reason;
  if (!isStarted(snapshot)) {
    return {
      target,
      phase: stepsOf(snapshot.observed.model)[0]?.phase ?? 'Canary',
      reason: 'CanaryStarted',
      message: promotion ?? `${desired.version} passed validation and its pods are starting.`,
      transitions: promotion === undefined ? startsTogether(snapshot, desiredVersion, now) : takesOver,
    };
  }
  if (rolloutState === 'Settled') return promoted(snapshot, desiredVersion);
  if (rolloutState === 'Aborted') return rejected(snapshot, desiredVersion, now);
  const refusal = refusedBy(snapshot);
  if (refusal) return { target, ...refusal };
  return {
    target: { run: 'Leave' },
    lastApplied: target,
    ...advanceCandidate(snapshot, desiredVersion, now),
    transitions: [...shadowEnds(snapshot, desiredVersion), ...takesOver],
  };
}

function promoted(snapshot: Snapshot, desiredVersion: ModelVersion): Decision {
  const { desired, champion, observed } = snapshot;
  const transition: Transition = {
    version: desiredVersion,
    to: 'Champion',
    ...howPromoted(snapshot, desiredVersion),
    by: MANAGER,
    evidence: verdictsOf(observed),
  };
  return {
    target: { run: 'Champion', release: desired },
    phase: phaseOnceServing(observed.model),
    reason: 'Promoted',
    message: reasonOf(transition),
    transitions: [transition, ...(champion ? [replaced(champion, desired.version)] : [])],
  };
}

function howPromoted({ champion, observed }: Snapshot, desiredVersion: ModelVersion): Pick<Transition, 'rule' | 'what' | 'why' | 'then'> {
  const promotion = promotionOf(desiredVersion);
  if (promotion) return { rule: promotion.rule ?? 'PromotedByHand', what: 'serves everyone', then: promotion.reason };
  const then = `It serves everyone in place of ${champion?.spec.version ?? 'none'}.`;
  if (passedLastGate(observed)) {
    const steps = judgedWeights(observed.model).map((weight) => `${String(weight)}%`).join(', ');
    return { rule: 'GatesPassed', what: 'was promoted', why: `every guardrail held at ${steps} of users`, then };
  }
  const why = 'no passed gate was found for its last step, so someone may have promoted it there';
  return { rule: 'PromotedInArgoRollouts', what: 'was promoted by Argo Rollouts', why, then };
}

function rejected(snapshot: Snapshot, desiredVersion: ModelVersion, now: number): Decision {
  const { desired, champion, observed } = snapshot;
  const evidence = verdictsOf(observed);
  const wait = waitForRun(observed, now);
  const violated = violations(measuresOf(observed.model), evidence);
  const cause =
    violated === undefined
      ? abortReason(observed, desired.digest, { now, waits: wait > 0 })
      : ({ rule: 'GuardrailViolated', why: violated } as const);
  if (cause === undefined) {
    const message = `${desired.version} was aborted by Argo Rollouts; the failed measurement is being read.`;
    return { target: { run: 'Leave' }, phase: 'Canary', reason: 'Aborting', message, requeueAfterMs: wait };
  }
  const { seen, weight } = exposureOf(snapshot, desiredVersion);
  const where = weight === undefined ? '' : ` at ${String(weight)}% of users`;
  const words = { what: `was rejected${seen ? where : ' before any user saw it'}`, then: wentBack(champion, seen) };
  const transition: Transition = { version: desiredVersion, to: 'Rejected', ...cause, ...words, by: MANAGER, evidence };
  return {
    target: championTarget(champion),
    phase: 'Rejected',
    reason: 'Rejected',
    message: reasonOf(transition),
    transitions: [transition],
  };
}

/** Milliseconds during which the failed run may still arrive: it may also be gone for good, deleted by someone. */
function waitForRun({ rollout }: Observed, now: number): number {
  return Date.parse(rollout?.status?.abortedAt ?? '') + LONGEST_WAIT_MS - now || 0;
}

const LONGEST_WAIT_MS = 60_000;
