import { METRICS } from '../../serving/contract.ts';
import type { RecommenderModel } from '../api/model.ts';
import { milliseconds, seconds } from './durations.ts';
import { CANDIDATE, type Guardrail, guardrailsOf, number, percent, time } from './guardrails.ts';

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
  const enough = (query: string): string => `(${query}) and (${SENT} >= ${String(minRequests)})`;
  const duration = METRICS.shadowDuration.name;
  const range = `${String(seconds(window))}s`;
  return [
    {
      name: COMPARED,
      query: SENT,
      min: minRequests,
      tell: (value) => `${number(Math.floor(value))} of its answers were compared`,
      tellLimit: number,
    },
    {
      name: 'shadow-error-rate',
      query: enough(`${inAll(METRICS.shadow.name, 'outcome=~"error|timeout"')} / ${SENT}`),
      max: Number(guardrails.errorRate),
      tell: (value) => `${percent(value)} of the duplicated requests failed`,
      tellLimit: percent,
    },
    {
      name: 'shadow-average-latency',
      query: enough(mean(duration)),
      max: milliseconds(guardrails.averageLatency) / 1000,
      tell: (value) => `its average latency in the shadow was ${time(value)}`,
      tellLimit: time,
    },
    {
      name: 'shadow-p99-latency',
      query: enough(`histogram_quantile(0.99, sum by (le) (rate(${duration}_bucket{${CANDIDATE}}[${range}])))`),
      max: milliseconds(guardrails.p99Latency) / 1000,
      tell: (value) => `its 99th percentile latency in the shadow was ${time(value)}`,
      tellLimit: time,
    },
    ...likeness(model, enough),
  ];
}

/** Another model may rank otherwise for the better, so nothing of this is asked by default; but it is told. */
function likeness({ spec: { analysis: { shadow } } }: RecommenderModel, enough: (query: string) => string): Guardrail[] {
  const checks = [
    { name: 'shadow-overlap', query: mean(METRICS.shadowOverlap.name), min: shadow.minOverlap, what: 'overlap with the champion' },
    { name: 'shadow-rank-biased-overlap', query: mean(METRICS.shadowRankBiasedOverlap.name), min: shadow.minRankBiasedOverlap, what: 'rank-biased overlap' },
    { name: 'shadow-coverage', query: `${inAll(METRICS.shadowCovered.name)} / ${inAll(METRICS.shadow.name, 'outcome="compared"')}`, min: shadow.minCoverage, what: 'coverage' },
  ].map(({ min, what, ...check }) => ({ ...check, ...(min === undefined ? {} : { min: Number(min) }), tell: (value: number) => `its ${what} was ${number(value)}` }));
  // Answers that have nothing in common have no drift: without a limit it must not be waited for.
  const drift = shadow.maxScoreDrift === undefined ? [] : [{
    name: 'shadow-score-drift',
    query: mean(METRICS.shadowScoreDrift.name),
    max: Number(shadow.maxScoreDrift),
    tell: (value: number) => `its scores drifted by ${percent(value)}`,
  }];
  return [
    ...checks.map((check) => ({ ...check, query: enough(check.query), tellLimit: number })),
    ...drift.map((check) => ({ ...check, query: enough(check.query), tellLimit: percent })),
  ];
}

/**
 * All of this attempt: the last day's, less what an earlier attempt at the version has left in it. A quantile has to look at
 * the window instead.
 */
function inAll(metric: string, labels?: string): string {
  const series = `increase(${metric}{${CANDIDATE}${labels === undefined ? '' : `,${labels}`}}[1d]`;
  return `(sum(${series})) - (sum(${series} @ {{args.since}})) or vector(0)))`;
}

const mean = (histogram: string): string => `${inAll(`${histogram}_sum`)} / ${inAll(`${histogram}_count`)}`;

/** Duplicates that reached the candidate. */
const SENT = inAll(METRICS.shadow.name, 'outcome=~"compared|error|timeout"');
