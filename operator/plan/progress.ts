import type { RecommenderModel, Verdict } from '../api/model.ts';
import { milliseconds } from './durations.ts';
import type { Facts } from './facts.ts';
import type { Observed } from './observed.ts';
import { troubleOfVersion } from './podTrouble.ts';
import { ARGO_STEPS_PER_STEP } from './rollout.ts';
import { verdictsOf } from './verdicts.ts';

/** Where a candidate stands among the steps of `delivery.canary.steps`. */
export interface Progress {
  /** Share of users, percent. */
  weight: number;
  /** From 1. */
  step: number;
  steps: number;
  doing: 'Starting' | 'Holding' | 'Measuring' | 'TakingOver';
}

/** Worked example: with two steps Argo Rollouts counts 0 to 5; index 4 is the hold (4 mod 3 = 1) of step 2 (4 div 3 + 1). */
export function progressOf({ rollout, model }: Observed): Progress {
  const steps = model.spec.delivery.canary.steps.length;
  const index = rollout?.status?.currentStepIndex ?? 0;
  const weight = rollout?.status?.canary?.weights?.canary.weight ?? 0;
  const step = Math.min(steps, Math.floor(index / ARGO_STEPS_PER_STEP) + 1);
  return { weight, step, steps, doing: doing(index, steps, weight) };
}

/** Sentence part, e.g. ` at 10% of users, step 1 of 2`; empty for a version that is not among users. */
export function whereIs({ observed, wish, rolloutDigest }: Facts): string {
  if (rolloutDigest !== wish.digest) return '';
  const { weight, step, steps } = progressOf(observed);
  return ` at ${String(weight)}% of users, step ${String(step)} of ${String(steps)},`;
}

/** Sentence part about the first guardrail that is violated or not measured, e.g. `error-rate is violated`. */
export function firstFailing(observed: Observed): string | undefined {
  const verdicts = verdictsOf(observed);
  const failed = verdicts.find((each) => each.verdict === 'Fail');
  if (failed) return `${failed.metric} is violated`;
  if (verdicts.length === 0) return 'no guardrail was measured yet';
  const waits = verdicts.find((each) => each.verdict === 'Wait');
  return waits && `${waits.metric} has no verdict yet`;
}

function doing(index: number, steps: number, weight: number): Progress['doing'] {
  if (index >= steps * ARGO_STEPS_PER_STEP) return 'TakingOver';
  const part = index % ARGO_STEPS_PER_STEP;
  if (part === 0 || weight === 0) return 'Starting';
  return part === 1 ? 'Holding' : 'Measuring';
}

/**
 * @param now milliseconds since the epoch
 * @returns e.g. `2.0.0 at 10% of users, step 1 of 2: 62 of 100 requests needed.`
 */
export function tellProgress({ wish: { version, digest }, observed }: Facts, now: number): string {
  const { weight, step, steps, doing } = progressOf(observed);
  if (doing === 'TakingOver') return `${version} passed every step and takes over from the champion.`;
  const where = `${version} at ${String(weight)}% of users, step ${String(step)} of ${String(steps)}`;
  if (doing === 'Starting') return `${where}: its pods are starting${troubleOfVersion(observed, digest, now)}.`;
  if (doing === 'Holding') return `${where}: holding${until(observed, step)}.`;
  return `${where}: ${awaited(verdictsOf(observed))}`;
}

function until({ rollout, model }: Observed, step: number): string {
  const started = rollout?.status?.pauseConditions?.[0]?.startTime;
  if (started === undefined) return '';
  const end = new Date(Date.parse(started) + holdMs(model, step));
  return ` until ${end.toISOString().slice(11, 19)} UTC`;
}

const holdMs = ({ spec }: RecommenderModel, step: number): number =>
  milliseconds(spec.delivery.canary.steps[step - 1]?.hold ?? '');

/** The first thing the gate waits for; the number of requests goes before all, since the rest follows from it. */
function awaited(verdicts: readonly Verdict[]): string {
  const waits = verdicts.filter((each) => each.verdict === 'Wait');
  const requests = waits.find((each) => each.metric === 'requests');
  if (requests) {
    const answered = String(Math.floor(Number(requests.estimate ?? 0)));
    return `${answered} of ${requests.threshold ?? ''} requests needed.`;
  }
  const [first] = waits;
  return first ? `${first.metric}: ${first.reason ?? 'waits'}.` : 'the gate is measuring.';
}
