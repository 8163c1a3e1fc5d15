import { METRICS } from '../../../serving/contract/metrics.ts';
import type { RecommenderModel } from '../../api/model.ts';
import { milliseconds } from './durations.ts';
import { grownIn, type Range } from './growth.ts';
import {
  type Basis,
  customGuardrails,
  fewestRequests,
  type Guardrail,
  inferenceErrors,
  formatNumber,
  percent,
  time,
  windowOf,
} from './guardrails.ts';

/** The champion before the watched one. */
interface Before {
  version: string;
  /** When it was replaced, seconds since the epoch. */
  until: number;
}

/** Window of the previous champion's values: long enough for quiet hours of the day to count. */
const RECORD_SECONDS = 3600;

/** Floor of a comparison, as a share of the limit: below it a value is too small to be called worse. */
const NEGLIGIBLE = 0.1;

/** One version over a time. */
interface Scope {
  version: string;
  range: Range;
}

/**
 * The guardrails over a champion. Nobody forwards to a champion, so it is judged by its own pods' metrics: first by the same
 * limits as a candidate, then against the last hour of the previous champion. Without that champion, or if it had no traffic,
 * there is nothing to compare with.
 */
export function watchGuardrails(model: RecommenderModel, before: Before | undefined): Guardrail[] {
  return [...limits(model), ...(before ? comparisons(model, before) : [])];
}

/** Those that have to be measured before a watch may end: a comparison may never have anything to compare with. */
export function limits(model: RecommenderModel): Guardrail[] {
  const { guardrails, window } = model.spec.analysis;
  const now = present(model);
  const restsOn = requestsIn(now, model);
  return [
    {
      name: 'error-rate',
      query: failedShare(now),
      restsOn,
      max: Number(guardrails.errorRate),
      window,
      describe: (value) => `${percent(value)} of its requests failed`,
      describeLimit: percent,
    },
    {
      name: 'average-latency',
      query: average(now),
      restsOn,
      max: milliseconds(guardrails.averageLatency) / 1000,
      window,
      describe: (value) => `its average latency was ${time(value)}`,
      describeLimit: time,
    },
    {
      name: 'p99-latency',
      query: percentile(now),
      restsOn,
      max: milliseconds(guardrails.p99Latency) / 1000,
      window,
      describe: (value) => `its 99th percentile latency was ${time(value)}`,
      describeLimit: time,
    },
    inferenceErrors(model),
    {
      name: 'throttled-rate',
      query: refusedShare(now),
      restsOn,
      max: Number(guardrails.throttledRate),
      window,
      describe: (value) => `${percent(value)} of its requests were rejected by overloaded pods`,
      describeLimit: percent,
    },
    ...customGuardrails(model, series(now, '', METRICS.requests)),
  ];
}

function comparisons(model: RecommenderModel, { version, until }: Before): Guardrail[] {
  const { guardrails, window } = model.spec.analysis;
  const now = present(model);
  const then = { version, range: { ...now.range, length: RECORD_SECONDS, end: until } };
  const compared = (
    name: string,
    what: string,
    measure: (scope: Scope) => string,
    least: { floor: number; describe: (value: number) => string },
  ): Guardrail => ({
    name,
    query: `(${measure(now)}) / clamp_min(${withTraffic(measure(then), then, model)}, ${String(least.floor)})`,
    restsOn: requestsIn(now, model),
    max: 1 + Number(model.spec.delivery.after.tolerance),
    window,
    describe: (value) =>
      `${what} was ${formatNumber(value)} times that of ${version} or ${least.describe(least.floor)}, whichever is greater`,
    describeLimit: (limit) => `${formatNumber(limit)} times`,
  });
  const share = { floor: NEGLIGIBLE * Number(guardrails.errorRate), describe: percent };
  const seconds = (limit: string) => ({ floor: (NEGLIGIBLE * milliseconds(limit)) / 1000, describe: time });
  return [
    compared('error-rate-ratio', 'its share of failed requests', failedShare, share),
    compared('average-latency-ratio', 'its average latency', average, seconds(guardrails.averageLatency)),
    compared('p99-latency-ratio', 'its 99th percentile latency', percentile, seconds(guardrails.p99Latency)),
    compared('fallback-share-ratio', 'its share of fallback answers', fallbackShare, {
      floor: Number(guardrails.errorRate),
      describe: percent,
    }),
  ];
}

const present = (model: RecommenderModel): Scope => ({ version: '{{args.version}}', range: windowOf(model) });

const series = ({ version }: Scope, suffix: string, metric: { name: string }, more = ''): string =>
  `${metric.name}${suffix}{model_namespace="{{args.namespace}}",model="{{args.model}}",version="${version}"${more}}`;

const grown = (scope: Scope, metric: { name: string }, more = ''): string => grownIn(series(scope, '', metric, more), scope.range);

/** Of a part of a histogram. */
const rate = (scope: Scope, suffix: string, metric: { name: string }): string => {
  const { length, end } = scope.range;
  return `rate(${series(scope, suffix, metric)}[${String(length)}s]${end === undefined ? '' : ` @ ${String(end)}`})`;
};

const requestsIn = (scope: Scope, model: RecommenderModel): Basis => ({
  requests: grown(scope, METRICS.requests),
  fewest: fewestRequests(model),
});

/** Nothing where there were too few requests to compare with. */
function withTraffic(query: string, scope: Scope, model: RecommenderModel): string {
  const { requests, fewest } = requestsIn(scope, model);
  return `((${query}) and (${requests} >= ${String(fewest)}))`;
}

/**
 * Whichever is greater: a champion whose inference throws serves popular items, if its bundle has some, and an error otherwise;
 * in a sum the latter would count twice.
 */
function failedShare(scope: Scope): string {
  const failed = grown(scope, METRICS.requests, ',outcome="error"');
  const threw = grown(scope, METRICS.inferenceErrors);
  return `((${failed} > ${threw}) or ${threw}) / ${grown(scope, METRICS.requests)}`;
}

const fallbackShare = (scope: Scope): string =>
  `${grown(scope, METRICS.requests, ',outcome="fallback"')} / ${grown(scope, METRICS.requests)}`;

/** Rate limiting of callers is not the version's fault. */
const refusedShare = (scope: Scope): string => `${grown(scope, METRICS.overloaded)} / ${grown(scope, METRICS.requests)}`;

const average = (scope: Scope): string =>
  `sum(${rate(scope, '_sum', METRICS.requestDuration)}) / sum(${rate(scope, '_count', METRICS.requestDuration)})`;

const percentile = (scope: Scope): string =>
  `histogram_quantile(0.99, sum by (le) (${rate(scope, '_bucket', METRICS.requestDuration)}))`;
