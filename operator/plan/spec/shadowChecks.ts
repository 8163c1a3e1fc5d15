import { METRICS } from '../../../serving/contract/metrics.ts';
import type { RecommenderModel } from '../../api/model.ts';
import { milliseconds, seconds } from './durations.ts';
import { CANDIDATE, fewestRequests, type Guardrail, guardrailsOf, formatNumber, percent, time, windowOf } from './guardrails.ts';
import { grownIn, grownInAttempt } from './growth.ts';

/** Waited for, and never a failure: there may be few users at this hour. */
export const COMPARED = 'shadow-requests';

/** Checks of a version that has only been shadowed. */
export function shadowChecks(model: RecommenderModel): Guardrail[] {
  return [...ownChecks(model), ...guardrailsOf(model).filter(({ name }) => name === 'inference-errors')];
}

/** Those of them that are not guardrails; none if nothing is shadowed. */
export const shadowOnlyChecks = (model: RecommenderModel): Guardrail[] =>
  model.spec.delivery.strategy === 'Shadow' ? ownChecks(model) : [];

/** How a version behaved, checked against the limits of every candidate; how it answered, checked against `analysis.shadow`. */
function ownChecks(model: RecommenderModel): Guardrail[] {
  const { guardrails, window, minRequests } = model.spec.analysis;
  const { inAll, sent, compared, mean } = measuresOf(model);
  const range = `${String(seconds(window))}s`;
  return [
    {
      name: COMPARED,
      query: compared,
      min: minRequests,
      describe: (value) => `${formatNumber(Math.floor(value))} of its answers were compared`,
      describeLimit: formatNumber,
    },
    {
      name: 'shadow-error-rate',
      query: `${inAll(METRICS.shadow, ',outcome=~"error|timeout"')} / ${sent}`,
      restsOn: { requests: sent, fewest: minRequests },
      max: Number(guardrails.errorRate),
      describe: (value) => `${percent(value)} of the duplicated requests failed`,
      describeLimit: percent,
    },
    {
      name: 'shadow-average-latency',
      query: mean(METRICS.shadowDuration),
      restsOn: { requests: sent, fewest: minRequests },
      max: milliseconds(guardrails.averageLatency) / 1000,
      describe: (value) => `its average shadow latency was ${time(value)}`,
      describeLimit: time,
    },
    {
      name: 'shadow-p99-latency',
      query: `histogram_quantile(0.99, sum by (le) (rate(${METRICS.shadowDuration.name}_bucket{${CANDIDATE}}[${range}])))`,
      restsOn: { requests: grownIn(`${METRICS.shadowDuration.name}_count{${CANDIDATE}}`, windowOf(model)), fewest: fewestRequests(model) },
      max: milliseconds(guardrails.p99Latency) / 1000,
      window,
      describe: (value) => `its 99th percentile shadow latency was ${time(value)}`,
      describeLimit: time,
    },
    ...likeness(model),
  ];
}

/** Another model may rank differently and be better, so none of this has a default limit; but it is reported. */
function likeness(model: RecommenderModel): Guardrail[] {
  const { shadow, minRequests } = model.spec.analysis;
  const { inAll, compared, mean } = measuresOf(model);
  const lowest = (min: string | undefined, what: string) => ({
    ...(min === undefined ? {} : { min: Number(min) }),
    describe: (value: number) => `its ${what} was ${formatNumber(value)}`,
    describeLimit: formatNumber,
  });
  const { maxScoreDrift: drift } = shadow;
  const checks = [
    { name: 'shadow-overlap', query: mean(METRICS.shadowOverlap), ...lowest(shadow.minOverlap, 'overlap with the champion') },
    {
      name: 'shadow-rank-biased-overlap',
      query: mean(METRICS.shadowRankBiasedOverlap),
      ...lowest(shadow.minRankBiasedOverlap, 'rank-biased overlap'),
    },
    { name: 'shadow-coverage', query: `${inAll(METRICS.shadowCovered)} / ${compared}`, ...lowest(shadow.minCoverage, 'coverage') },
    {
      // Answers that have nothing in common have no drift: a limit on it waits for some that have.
      name: 'shadow-score-drift',
      query: mean(METRICS.shadowScoreDrift),
      ...(drift === undefined ? {} : { max: Number(drift) }),
      describe: (value: number) => `its scores drifted by ${percent(value)}`,
      describeLimit: percent,
    },
  ];
  return checks.map((check) => ({ ...check, restsOn: { requests: compared, fewest: minRequests } }));
}

/** Building blocks of the checks. A quantile has to look at the window instead of the whole attempt. */
function measuresOf(model: RecommenderModel) {
  const inAll = ({ name }: { name: string }, more = '', suffix = ''): string =>
    grownInAttempt(`${name}${suffix}{${CANDIDATE}${more}}`, model);
  return {
    inAll,
    /** Duplicates that reached the candidate, or should have. */
    sent: inAll(METRICS.shadow, ',outcome=~"compared|error|timeout"'),
    compared: inAll(METRICS.shadow, ',outcome="compared"'),
    mean: (histogram: { name: string }): string => `${inAll(histogram, '', '_sum')} / ${inAll(histogram, '', '_count')}`,
  };
}
