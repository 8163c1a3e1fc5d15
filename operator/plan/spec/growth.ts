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

/** A time that is looked back on, all in seconds. */
export interface Range {
  length: number;
  /** From one reading to the next. */
  step: number;
  /** Since the epoch; absent: now. */
  end?: number;
}

/** Ten readings, unless that is too often or too seldom. */
export const rangeOf = (length: number): Range => ({ length, step: within(Math.floor(length / 10)) });

/**
 * PromQL: by how much counters grew in a range. The last reading is up to a step ago.
 * @param series selector of counters, e.g. `recommendation_requests_total{model="books"}`
 */
export function grownIn(series: string, { length, step, end }: Range): string {
  const at = end === undefined ? '' : ` @ ${String(end)}`;
  return `sum_over_time(${sinceLastReading(series, step)}[${String(length)}s:${String(step)}s]${at})`;
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
