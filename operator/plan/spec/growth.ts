import type { RecommenderModel } from '../../api/model.ts';
import { seconds } from './durations.ts';

/** How often counters are read, seconds: a day has 1,440 readings, or 17,280 if the interval is a few seconds. */
const STEP = { shortest: 5, longest: 60 };

const within = (step: number): number => Math.min(Math.max(step, STEP.shortest), STEP.longest);

/**
 * PromQL: how far counters grew from one reading to the next. `increase` and `rate` extrapolate from the samples they find to the
 * ends of the range, and call it 101 requests where 66 were counted. This never says more than there was: between two scrapes it
 * is 0 and then all of it, so nothing is lost, however far apart they are; a counter that is new, or was reset, counts from its
 * next reading.
 */
const sinceLastReading = (series: string, step: number): string => `sum((${series} - ${series} offset ${String(step)}s) >= 0)`;

/** Seconds that end now, or at a time in seconds since the epoch. */
export interface Range {
  seconds: number;
  end?: number;
}

/**
 * PromQL: by how much counters grew in a range, which ends up to a tenth of it ago.
 * @param series selector of counters, e.g. `recommendation_requests_total{model="books"}`
 */
export function grownIn(series: string, range: Range): string {
  const step = within(Math.floor(range.seconds / 10));
  const at = range.end === undefined ? '' : ` @ ${String(range.end)}`;
  return `sum_over_time(${sinceLastReading(series, step)}[${String(range.seconds)}s:${String(step)}s]${at})`;
}

/**
 * PromQL: by how much counters grew in this attempt at the version, over the last day at most, so that slow traffic adds up.
 * Requests of an earlier attempt at the same version, or of an earlier model of its name, must not count, and their share in
 * the last day shrinks every hour: so nothing is subtracted; growth from reading to reading is summed up from the start of the
 * attempt.
 */
export function grownInAttempt(series: string, { spec }: RecommenderModel): string {
  const step = within(seconds(spec.analysis.interval));
  const inAttempt = `vector(time()) > {{args.since}} + ${String(step)}`;
  return `sum_over_time((${sinceLastReading(series, step)} and on() (${inAttempt}))[1d:${String(step)}s])`;
}
