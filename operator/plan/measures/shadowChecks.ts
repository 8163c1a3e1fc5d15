import { METRICS } from '../../../serving/contract.ts';
import type { RecommenderModel } from '../../api/model.ts';
import { milliseconds, seconds } from '../durations.ts';
import { CANDIDATE, type Guardrail, guardrailsOf, number, percent, time } from './guardrails.ts';
import { grownInAttempt } from './inAttempt.ts';

/** Waited for, and never a failure: there may be few users at this hour. */
export const COMPARED = 'shadow-requests';

/** What is asked of a version that has only been shadowed. */
export function shadowChecks(model: RecommenderModel): Guardrail[] {
  return [...ownChecks(model), ...guardrailsOf(model).filter(({ name }) => name === 'inference-errors')];
}

/** Those of them that are no guardrails; none where nothing is shadowed. */
export const shadowOnlyChecks = (model: RecommenderModel): Guardrail[] => (model.spec.delivery.strategy === 'Shadow' ? ownChecks(model) : []);

/** How a version behaved, held against the limits of every candidate; how it answered, held against what `analysis.shadow` asks. */
function ownChecks(model: RecommenderModel): Guardrail[] {
  const { guardrails, window, minRequests } = model.spec.analysis;
  const { inAll, sent, mean, restsOn } = measuresOf(model);
  const range = `${String(seconds(window))}s`;
  return [
    {
      name: COMPARED,
      query: sent,
      min: minRequests,
      tell: (value) => `${number(Math.floor(value))} of its answers were compared`,
      tellLimit: number,
    },
    {
      name: 'shadow-error-rate',
      query: `${inAll(METRICS.shadow, ',outcome=~"error|timeout"')} / ${sent}`,
      restsOn,
      max: Number(guardrails.errorRate),
      tell: (value) => `${percent(value)} of the duplicated requests failed`,
      tellLimit: percent,
    },
    {
      name: 'shadow-average-latency',
      query: mean(METRICS.shadowDuration),
      restsOn,
      max: milliseconds(guardrails.averageLatency) / 1000,
      tell: (value) => `its average latency in the shadow was ${time(value)}`,
      tellLimit: time,
    },
    {
      name: 'shadow-p99-latency',
      query: `histogram_quantile(0.99, sum by (le) (rate(${METRICS.shadowDuration.name}_bucket{${CANDIDATE}}[${range}])))`,
      restsOn,
      max: milliseconds(guardrails.p99Latency) / 1000,
      tell: (value) => `its 99th percentile latency in the shadow was ${time(value)}`,
      tellLimit: time,
    },
    ...likeness(model),
  ];
}

/** Another model may rank otherwise for the better, so nothing of this is asked by default; but it is told. */
function likeness(model: RecommenderModel): Guardrail[] {
  const { shadow } = model.spec.analysis;
  const { inAll, mean, restsOn } = measuresOf(model);
  const checks = [
    { name: 'shadow-overlap', query: mean(METRICS.shadowOverlap), min: shadow.minOverlap, what: 'overlap with the champion' },
    { name: 'shadow-rank-biased-overlap', query: mean(METRICS.shadowRankBiasedOverlap), min: shadow.minRankBiasedOverlap, what: 'rank-biased overlap' },
    { name: 'shadow-coverage', query: `${inAll(METRICS.shadowCovered)} / ${inAll(METRICS.shadow, ',outcome="compared"')}`, min: shadow.minCoverage, what: 'coverage' },
  ].map(({ min, what, ...check }) => ({ ...check, ...(min === undefined ? {} : { min: Number(min) }), tell: (value: number) => `its ${what} was ${number(value)}` }));
  // Answers that have nothing in common have no drift: without a limit it must not be waited for.
  const drift = shadow.maxScoreDrift === undefined ? [] : [{
    name: 'shadow-score-drift',
    query: mean(METRICS.shadowScoreDrift),
    max: Number(shadow.maxScoreDrift),
    tell: (value: number) => `its scores drifted by ${percent(value)}`,
  }];
  return [
    ...checks.map((check) => ({ ...check, restsOn, tellLimit: number })),
    ...drift.map((check) => ({ ...check, restsOn, tellLimit: percent })),
  ];
}

/** What the checks of one model are made of. A quantile has to look at the window instead of the whole attempt. */
function measuresOf(model: RecommenderModel) {
  const inAll = ({ name }: { name: string }, more = '', suffix = ''): string => grownInAttempt(`${name}${suffix}{${CANDIDATE}${more}}`, model);
  const sent = inAll(METRICS.shadow, ',outcome=~"compared|error|timeout"');
  return {
    inAll,
    /** Duplicates that reached the candidate. */
    sent,
    mean: (histogram: { name: string }): string => `${inAll(histogram, '', '_sum')} / ${inAll(histogram, '', '_count')}`,
    restsOn: { requests: sent, fewest: model.spec.analysis.minRequests },
  };
}
