import type { Verdict } from '../../api/model.ts';
import { timestamp } from '../../api/times.ts';
import { PODS_BEHIND, describeBehind } from '../spec/appliedWeight.ts';
import { formatNumber } from '../spec/guardrails.ts';
import { COMPARED, shadowOnlyChecks } from '../spec/shadowChecks.ts';
import { MEASURED_PODS } from '../spec/stackChecks.ts';
import { type Forecast, forecast } from './forecast.ts';
import type { Observed } from './observed.ts';
import { podShare } from './podShares.ts';
import { troubleOfVersion } from './podTrouble.ts';
import { championOf, type Snapshot } from './snapshot.ts';
import { phaseOf, type PlannedStep, presentStep, stepsOf } from './steps.ts';
import { runsOf, verdictsOf } from './verdicts.ts';

/** Where a candidate stands among the steps of its delivery. */
interface Progress {
  /** Share of users that it is to have, percent. */
  weight: number;
  /** Share that its present step is to bring it to, percent. */
  desiredWeight: number;
  /** Share that it has in fact, percent, where that is known apart from `weight`. */
  applied?: number;
  /** From 1. */
  step: number;
  steps: number;
  doing: 'Starting' | 'Holding' | 'Measuring' | 'Together' | 'TakingOver';
}

export function progressOf(observed: Observed): Progress {
  const steps = stepsOf(observed.model).at(-1)?.number ?? 0;
  const present = presentStep(observed);
  const shares = sharesOf(observed, present);
  return { ...shares, desiredWeight: present?.weight ?? 100, step: present?.number ?? steps, steps, doing: doing(present, shares.weight) };
}

/**
 * If only the number of pods divides the requests, the weight given to Argo Rollouts is the desired share and the ready pods
 * are the actual one.
 */
function sharesOf(observed: Observed, present: PlannedStep | undefined): Pick<Progress, 'weight' | 'applied'> {
  if (observed.model.spec.delivery.router.type !== 'None') return { weight: observed.rollout?.status?.canary?.weights?.canary.weight ?? 0 };
  const { mine, all } = podShare(observed);
  return mine === 0 ? { weight: 0 } : { weight: present?.weight ?? 100, applied: Math.round((mine / all) * 100) };
}

/** e.g. `10% of users`, or `10% of users (actually 33%, by number of pods)`. */
function shareOf({ weight, applied }: Progress): string {
  const inFact = applied === undefined || applied === weight ? '' : ` (actually ${String(applied)}%, by number of pods)`;
  return `${String(weight)}% of users${inFact}`;
}

/** Sentence part, e.g. ` at 10% of users, step 1 of 2`; empty for a version that is not among users. */
export function whereIs({ observed, desired, rolloutDigest }: Snapshot): string {
  if (rolloutDigest !== desired.digest) return '';
  if (phaseOf(observed) === 'Shadow') return ' as a shadow without users,';
  const progress = progressOf(observed);
  const { step, steps } = progress;
  return ` at ${shareOf(progress)}, step ${String(step)} of ${String(steps)},`;
}

/** Sentence part about the first guardrail that is violated or not measured, e.g. `error-rate is violated`. */
export function firstFailing(observed: Observed): string | undefined {
  const verdicts = verdictsOf(observed);
  const failed = verdicts.find((each) => each.verdict === 'Fail');
  if (failed) return `${failed.metric} is violated`;
  if (verdicts.length === 0) return 'no guardrail has been measured yet';
  const waits = verdicts.find((each) => each.verdict === 'Wait');
  return waits && `${waits.metric} has no verdict yet`;
}

function doing(present: PlannedStep | undefined, weight: number): Progress['doing'] {
  if (!present) return 'TakingOver';
  if (present.part === 'Approval') return present.weight > 0 ? 'TakingOver' : 'Measuring';
  if (present.part === 'Together') return 'Together';
  const hasItsUsers = weight > 0 || present.weight === 0;
  if (present.part === 'Hold' && hasItsUsers) return 'Holding';
  return present.part === 'Gate' && hasItsUsers ? 'Measuring' : 'Starting';
}

/**
 * @param now milliseconds since the epoch
 * @returns e.g. `2.0.0 at 10% of users, step 1 of 2: 62 of 100 requests needed.`
 */
export function describeProgress({ desired: { version, digest }, observed }: Snapshot, now: number): string {
  const progress = progressOf(observed);
  const { step, steps, doing } = progress;
  if (doing === 'TakingOver') return `${version} passed every step and is taking over from the champion.`;
  if (phaseOf(observed) === 'Shadow') return describeShadow(version, doing, { observed, trouble: troubleOfVersion(observed, digest, now) });
  const where = `${version} at ${shareOf(progress)}, step ${String(step)} of ${String(steps)}`;
  if (doing === 'Starting') return `${where}: its pods are starting${troubleOfVersion(observed, digest, now)}.`;
  if (doing === 'Holding') return `${where}: holding${until(observed)}.`;
  if (doing === 'Together') return `${where}: it continues together with its group.`;
  return `${where}: ${awaited(observed)}`;
}

function describeShadow(version: string, doing: Progress['doing'], { observed, trouble }: { observed: Observed; trouble: string }): string {
  if (doing === 'Starting') return `${version} is about to be shadowed: its pods are starting${trouble}.`;
  const { percent } = observed.model.spec.delivery.shadow;
  if (doing === 'Holding') {
    return (
      `${version} is being shadowed${until(observed)}: requests of ${String(percent)}% of users are duplicated, ` +
      'and no user sees its answers.'
    );
  }
  return `${version} is being shadowed: ${awaited(observed)}`;
}

/** Sentence part, e.g. `2,040 of its answers were compared, its overlap with the champion was 0.83`; what passed or failed. */
export function describeFindings(observed: Observed): string {
  const verdicts = verdictsOf(observed);
  const parts = shadowOnlyChecks(observed.model).flatMap(({ name, describe }) => {
    const { estimate } = verdicts.find(({ metric }) => metric === name) ?? {};
    return estimate === undefined ? [] : [describe(Number(estimate))];
  });
  return parts.join(', ');
}

/** When the hold of the present step is over, RFC 3339; undefined before it has begun, and while somebody has paused the rollout. */
export function holdsUntil(observed: Observed): string | undefined {
  const { spec, status } = observed.rollout ?? {};
  const started = status?.pauseConditions?.[0]?.startTime;
  const duration = presentStep(observed)?.argo.pause?.duration;
  if (started === undefined || duration === undefined || spec?.paused === true) return undefined;
  return timestamp(Date.parse(started) + Number(duration) * 1000);
}

function until(observed: Observed): string {
  const end = holdsUntil(observed);
  return end === undefined ? '' : ` until ${end.slice(11, 19)} UTC`;
}

/** What a gate counts, in words. */
const COUNTED: Readonly<Record<string, string>> = {
  requests: 'requests needed',
  [MEASURED_PODS]: 'pods measured',
  [COMPARED]: 'requests compared',
};

/** The number of requests, if measured, is reported before everything else that a gate waits for, since the rest follows from it. */
const tooFew = (observed: Observed): Verdict | undefined =>
  verdictsOf(observed).find(({ metric, verdict, estimate }) => verdict === 'Wait' && metric in COUNTED && estimate !== undefined);

/** Sentence about champion pods that do not apply the weight yet; undefined when all do. */
function behind(observed: Observed): string | undefined {
  const late = verdictsOf(observed).find(({ metric, verdict }) => metric === PODS_BEHIND && verdict === 'Wait');
  const champion = championOf(observed.versions);
  return late?.estimate === undefined || !champion
    ? undefined
    : describeBehind(Number(late.estimate), champion.spec.version, presentStep(observed)?.weight ?? 0);
}

/** When the current gate is expected to have enough data; undefined if it waits for something else, or cannot be estimated. */
export function verdictExpected(observed: Observed): Forecast | undefined {
  const few = behind(observed) === undefined ? tooFew(observed) : undefined;
  return few && few.metric !== MEASURED_PODS ? forecast(runsOf(observed), few) : undefined;
}

/** The first thing the gate waits for; as long as the weight is not applied everywhere, that is why requests are missing. */
function awaited(observed: Observed): string {
  const late = behind(observed);
  if (late !== undefined) return late;
  const few = tooFew(observed);
  if (few) {
    const expected = verdictExpected(observed);
    const about = expected ? `, about ${expected.after} to a verdict` : '';
    return (
      `${formatNumber(Math.floor(Number(few.estimate)))} of ${formatNumber(Number(few.threshold))} ` +
      `${COUNTED[few.metric] ?? ''}${about}.`
    );
  }
  const first = verdictsOf(observed).find(({ verdict }) => verdict === 'Wait');
  return first ? `${first.metric}: ${first.reason ?? 'waiting'}.` : 'the gate is measuring.';
}
