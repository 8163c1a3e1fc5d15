import { FORWARD_FAILURES, METRICS, OWN_FAILURES } from '../../../serving/contract/metrics.ts';
import type { RecommenderModel, Verdict } from '../../api/model.ts';
import { milliseconds, seconds } from './durations.ts';
import { grownIn, grownInAttempt, type Range, rangeOf } from './growth.ts';
import { asVector } from './promql.ts';
import { isBuiltIn } from './router.ts';

/** Requests that a value rests on, as PromQL for their number, and the minimum below which it says nothing. */
export interface Basis {
  requests: string;
  fewest: number;
  /** The value may be negative: it comes from a query that is not ours. */
  signed?: boolean;
}

/** A limit on the candidate: how it is measured, and how a value is described to people. */
export interface Guardrail {
  name: string;
  /** PromQL for one number, as an instant vector. */
  query: string;
  restsOn?: Basis;
  max?: number;
  min?: number;
  /** Time it looks back, or in which the requests it rests on are counted. */
  window?: string;
  /** Sentence part, e.g. `21% of requests failed`. */
  describe: (value: number) => string;
  /** The limit in the same words and unit, e.g. `5%`. */
  describeLimit: (limit: number) => string;
}

/** Below this many requests in the window a share or a percentile says nothing, good or bad. */
export const fewestRequests = ({ spec }: RecommenderModel): number => Math.min(20, spec.analysis.minRequests);

/** Series of the candidate; the names in braces are arguments of the AnalysisTemplate. */
export const CANDIDATE = 'model_namespace="{{args.namespace}}",model="{{args.model}}",version="{{args.version}}"';

/** What a candidate is measured by. */
interface Series {
  /** Requests it was asked: counter and, where not all of them count, a matcher of those that do. */
  requests: string;
  counted: string;
  /** Matcher of those that failed. */
  failed: string;
  /** Histogram of their latency, without suffix. */
  duration: string;
}

/** As the champion's pods saw it when they forwarded a user: failures that they shielded, timeouts included, count in full. */
const FORWARDED: Series = {
  requests: METRICS.forwarded.name,
  counted: CANDIDATE,
  failed: `${CANDIDATE},outcome=~"${FORWARD_FAILURES.join('|')}"`,
  duration: METRICS.forwardedDuration.name,
};

/** As the candidate's own pods saw it, if nothing stands before them. What never reached them is not included. */
const OWN: Series = {
  requests: METRICS.requests.name,
  counted: `${CANDIDATE},outcome!="rejected"`,
  failed: `${CANDIDATE},outcome=~"${OWN_FAILURES.join('|')}"`,
  duration: METRICS.requestDuration.name,
};

/** How far a measurement looks back. */
export const windowOf = ({ spec }: RecommenderModel): Range => rangeOf(seconds(spec.analysis.window));

const seriesOf = (model: RecommenderModel): Series => (isBuiltIn(model) ? FORWARDED : OWN);

export function guardrailsOf(model: RecommenderModel): Guardrail[] {
  const { guardrails, window } = model.spec.analysis;
  const { requests, counted, failed, duration } = seriesOf(model);
  const range = windowOf(model);
  const inRange = `[${String(range.length)}s]`;
  const fewest = fewestRequests(model);
  const asked = { requests: grownIn(`${requests}{${counted}}`, range), fewest };
  return [
    {
      name: 'error-rate',
      query: `${grownIn(`${requests}{${failed}}`, range)} / ${asked.requests}`,
      restsOn: asked,
      max: Number(guardrails.errorRate),
      window,
      describe: (value) => `${percent(value)} of its requests failed`,
      describeLimit: percent,
    },
    {
      name: 'average-latency',
      query: `sum(rate(${duration}_sum{${CANDIDATE}}${inRange})) / sum(rate(${duration}_count{${CANDIDATE}}${inRange}))`,
      restsOn: asked,
      max: milliseconds(guardrails.averageLatency) / 1000,
      window,
      describe: (value) => `its average latency was ${time(value)}`,
      describeLimit: time,
    },
    {
      name: 'p99-latency',
      query: `histogram_quantile(0.99, sum by (le) (rate(${duration}_bucket{${CANDIDATE}}${inRange})))`,
      restsOn: asked,
      max: milliseconds(guardrails.p99Latency) / 1000,
      window,
      describe: (value) => `its 99th percentile latency was ${time(value)}`,
      describeLimit: time,
    },
    inferenceErrors(model),
    {
      name: 'throttled-rate',
      query: refusedShare(range),
      restsOn: { requests: grown(METRICS.requests, range), fewest },
      max: Number(guardrails.throttledRate),
      window,
      describe: (value) => `${percent(value)} of its requests were throttled`,
      describeLimit: percent,
    },
    ...customGuardrails(model, `${requests}{${counted}}`),
  ];
}

/** From the version's own pods, for all callers: a rate over time, independent of the number of requests. */
export function inferenceErrors(model: RecommenderModel): Guardrail {
  const { guardrails, window } = model.spec.analysis;
  const range = windowOf(model);
  return {
    name: 'inference-errors',
    query: `${grown(METRICS.inferenceErrors, range)} * 60 / ${String(range.length)}`,
    max: guardrails.inferenceErrorsPerMinute,
    window,
    describe: (value) => `${formatNumber(value)} inferences per minute failed`,
    describeLimit: formatNumber,
  };
}

/**
 * Queries of the user's own. What they measure mostly depends on requests too, so they are held back below the same number of
 * them as ours, unless they say otherwise.
 * @param counter selector of the requests
 */
export function customGuardrails(model: RecommenderModel, counter: string): Guardrail[] {
  const { custom, window: usual } = model.spec.analysis;
  return custom.map(({ name, query, max, min, minRequests: fewest = fewestRequests(model), window = usual }) => ({
    name,
    query: asVector(query),
    ...(fewest === 0 ? {} : { restsOn: { requests: grownIn(counter, rangeOf(seconds(window))), fewest, signed: true }, window }),
    ...(max === undefined ? {} : { max: Number(max) }),
    ...(min === undefined ? {} : { min: Number(min) }),
    describe: (value: number) => `${name} was ${formatNumber(value)}`,
    describeLimit: formatNumber,
  }));
}

/**
 * Share of the requests that reached the candidate's own pods and were turned away: by the rate limit of a caller, or because
 * the pod was overloaded. What champion pods turn away concerns the callers only: it happens before a version is chosen.
 * Refused requests are among all requests, so nothing is counted twice.
 */
const refusedShare = (range: Range): string =>
  `(${grown(METRICS.throttled, range)} + ${grown(METRICS.overloaded, range)}) / ${grown(METRICS.requests, range)}`;

const grown = ({ name }: { name: string }, range: Range): string => grownIn(`${name}{${CANDIDATE}}`, range);

/** Requests the candidate must have answered in this attempt. */
export function sampleSize(model: RecommenderModel): Guardrail {
  const { requests, counted } = seriesOf(model);
  return {
    name: 'requests',
    query: grownInAttempt(`${requests}{${counted}}`, model),
    min: model.spec.analysis.minRequests,
    window: '24h',
    describe: (value) => `it answered ${formatNumber(Math.floor(value))} requests`,
    describeLimit: formatNumber,
  };
}

/**
 * Measured beside the guardrails: users that the candidate's pods saw recently; a user seen by two pods counts twice. It judges
 * nothing.
 */
export const ACTIVE_USERS = { name: 'active-users', query: `sum(${METRICS.activeUsers.name}{${CANDIDATE}}) or vector(0)` } as const;

/** @returns e.g. `21% of its requests failed (312 requests in 5m), above the limit of 5%` */
export function violation({ max, min, describe, describeLimit }: Guardrail, { estimate, samples, window }: Verdict): string {
  const value = Number(estimate);
  const restsOn = [
    ...(samples === undefined ? [] : [`${formatNumber(samples)} requests`]),
    ...(window === undefined ? [] : [`in ${window}`]),
  ].join(' ');
  const measured = restsOn === '' ? describe(value) : `${describe(value)} (${restsOn})`;
  if (max !== undefined && value > max) return `${measured}, above the limit of ${describeLimit(max)}`;
  if (min !== undefined && value < min) return `${measured}, below the minimum of ${describeLimit(min)}`;
  return measured;
}

export const percent = (share: number): string => `${formatNumber(share * 100)}%`;
export const time = (value: number): string => (value < 1 ? `${formatNumber(value * 1000)} ms` : `${formatNumber(value)} s`);

/** Three significant digits below a thousand, whole numbers above. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}
