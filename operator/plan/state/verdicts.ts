import type { AnalysisRun, Measurement, MeasurementPhase } from '../../api/argo.ts';
import type { ModelVersion, RecommenderModel, Verdict } from '../../api/model.ts';
import { LABELS } from '../../api/names.ts';
import { appliedWeight, PODS_BEHIND } from '../spec/appliedWeight.ts';
import { ACTIVE_USERS, type Guardrail, guardrailsOf, sampleSize, violation } from '../spec/guardrails.ts';
import { read } from '../spec/measurement.ts';
import { shadowOnlyChecks } from '../spec/shadowChecks.ts';
import { stackOnlyChecks } from '../spec/stackChecks.ts';
import type { Observed } from './observed.ts';
import { attemptAt } from './snapshot.ts';
import { stepsOf } from './steps.ts';

/** The AnalysisRuns of the present attempt at the desired version. */
export function runsOf(observed: Observed): AnalysisRun[] {
  const { version, digest } = observed.model.spec.release;
  const desiredVersion = observed.versions.find(({ spec }) => spec.version === version && spec.digest === digest);
  return desiredVersion ? runsOfVersion(observed, desiredVersion) : [];
}

/** Those of the present attempt at any version, those of an earlier Rollout left out. */
function runsOfVersion({ rollout, runs }: Observed, version: ModelVersion): AnalysisRun[] {
  const started = Date.parse(rollout?.metadata.creationTimestamp ?? '');
  return runs
    .filter(({ metadata }) => metadata.labels?.[LABELS.attempt] === attemptAt(version))
    .filter(({ metadata }) => !(Date.parse(metadata.creationTimestamp ?? '') < started));
}

/** Everything measured of a candidate in progress, guardrails first. */
export const measuresOf = (model: RecommenderModel): Guardrail[] => [
  ...guardrailsOf(model),
  ...stackOnlyChecks(model),
  ...shadowOnlyChecks(model),
  ...appliedWeight(model),
  sampleSize(model),
];

/** Whether anything was measured of the version since it was given its first users. */
export function sawUsers(observed: Observed, version: ModelVersion): boolean {
  const first = stepsOf(observed.model).findIndex(({ part }) => part === 'Start');
  // The background analysis has no step and begins with the first users.
  return runsOfVersion(observed, version).some(({ metadata }) => !(Number(metadata.labels?.['step-index']) < first));
}

/**
 * The latest verdict on every guardrail of the desired version, in the order of the guardrails; a failure, once measured, is
 * final. The Rollout's own pointers to its runs are cleared when it moves on, so they are found by label.
 */
export const verdictsOf = (observed: Observed): Verdict[] => verdictsOfRuns(runsOf(observed), measuresOf(observed.model));

export function verdictsOfRuns(runs: readonly AnalysisRun[], guardrails: readonly Guardrail[]): Verdict[] {
  return guardrails.flatMap((guardrail) => {
    const all = runs.flatMap((run) => verdictOf(guardrail, run));
    return all.find(({ verdict }) => verdict === 'Fail') ?? latest(all) ?? [];
  });
}

/** Distinct users that the pods of the desired version saw in the five minutes before the last measurement; undefined before the first. */
export function usersOf(observed: Observed): number | undefined {
  const counted = latest(runsOf(observed).flatMap((run) => verdictOf(ACTIVE_USERS, run)))?.estimate;
  return counted === undefined ? undefined : Math.round(Number(counted));
}

const latest = (verdicts: readonly Verdict[]): Verdict | undefined =>
  verdicts.toSorted((a, b) => Date.parse(b.at ?? '') - Date.parse(a.at ?? ''))[0];

/**
 * Whether the gate of the last step ended with a pass of every metric. A promotion by hand in Argo Rollouts ends a gate before
 * that, or skips it.
 */
export function passedLastGate(observed: Observed): boolean {
  const last = String(stepsOf(observed.model).findLastIndex(({ part }) => part === 'Gate'));
  const always = [...guardrailsOf(observed.model), sampleSize(observed.model)].map(({ name }) => name);
  return runsOf(observed)
    .filter(({ metadata }) => metadata.labels?.['step-index'] === last)
    .some((run) => [...always, ...(asksWeight(run) ? [PODS_BEHIND] : [])].every((name) => hasPassed(run, name)));
}

/** Not if the rollout began under an operator without this check. */
const asksWeight = ({ spec }: AnalysisRun): boolean => spec?.metrics?.some(({ name }) => name === PODS_BEHIND) === true;

const hasPassed = ({ status }: AnalysisRun, metric: string): boolean =>
  status?.metricResults?.find(({ name }) => name === metric)?.measurements?.at(-1)?.phase === 'Successful';

/**
 * The sentence part for all that failed, e.g. `21% of its requests failed, above the limit of 5%; its average latency was
 * 400 ms, above the limit of 150 ms`. A version that cannot keep up fails in several ways at once, and which is measured first is chance.
 */
export function violations(guardrails: readonly Guardrail[], verdicts: readonly Verdict[]): string | undefined {
  const parts = guardrails.flatMap((guardrail) => {
    const failed = verdicts.find(({ metric, verdict }) => metric === guardrail.name && verdict === 'Fail');
    return failed ? [violation(guardrail, failed)] : [];
  });
  return parts.length === 0 ? undefined : parts.join('; ');
}

/** What a verdict needs to know of a guardrail. */
type Measured = Pick<Guardrail, 'name' | 'max' | 'min' | 'window' | 'restsOn'>;

function verdictOf({ name, max, min, window, restsOn }: Measured, run: AnalysisRun): Verdict[] {
  const result = run.status?.metricResults?.find((each) => each.name === name);
  const last = result?.measurements?.at(-1);
  if (!last?.finishedAt) return [];
  const { value, requests, trouble } = read(last.value, restsOn);
  const limit = max ?? min;
  const verdict = VERDICTS[last.phase];
  return [
    {
      metric: name,
      ...(value === undefined ? {} : { estimate: value }),
      ...(limit === undefined ? {} : { threshold: String(limit) }),
      ...(requests === undefined ? {} : { samples: requests }),
      ...(window === undefined ? {} : { window }),
      verdict,
      ...(verdict === 'Wait' ? { reason: whyItWaits(last, shortage(requests, restsOn, window) ?? trouble) } : {}),
      at: last.finishedAt,
    },
  ];
}

/** What is lacking of the requests that a value rests on; undefined if nothing is, or nobody counted them. */
function shortage(requests: number | undefined, restsOn: Measured['restsOn'], window: string | undefined): string | undefined {
  if (requests === undefined || restsOn === undefined || requests >= restsOn.fewest) return undefined;
  return `${String(requests)} of the ${String(restsOn.fewest)} requests${window === undefined ? '' : ` in ${window}`} that it needs`;
}

const OUTAGE = 'could not be measured';
const whyItWaits = ({ phase, message = 'no message' }: Measurement, trouble = 'not enough data yet'): string =>
  phase === 'Error' ? `${OUTAGE}: ${message}` : trouble;

/** Whether the metrics could not be queried at all, which more requests would not change. */
export const isOutage = ({ reason }: Pick<Verdict, 'reason'>): boolean => reason?.startsWith(OUTAGE) === true;

const VERDICTS: Record<MeasurementPhase, Verdict['verdict']> = {
  Successful: 'Pass',
  Failed: 'Fail',
  Inconclusive: 'Wait',
  Error: 'Wait',
  Running: 'Wait',
  Pending: 'Wait',
};
