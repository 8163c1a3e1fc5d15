import type { RecommenderModel } from '../../api/model.ts';
import { seconds } from './durations.ts';

/** Counters are read this often, seconds: a day of it is 1,440 readings, or 17,280 for one who measures every few seconds. */
const STEP = { shortest: 5, longest: 60 };

/**
 * PromQL: by how much counters grew in this attempt at the version, over the last day at most, so that slow traffic adds up.
 * What the same version had in an earlier attempt, or in an earlier model of its name, must not count, and what of that lies in
 * the last day is less every hour: so nothing is taken off, but growth from reading to reading is added up from the start of the
 * attempt. Between two scrapes it is 0 and then all of it, so none is lost, however far apart they are; a counter that is new,
 * or started over, counts from its next reading.
 * @param series selector of counters, e.g. `recommendation_requests_total{model="books"}`
 */
export function grownInAttempt(series: string, { spec }: RecommenderModel): string {
  const step = Math.min(Math.max(seconds(spec.analysis.interval), STEP.shortest), STEP.longest);
  const grown = `sum((${series} - ${series} offset ${String(step)}s) >= 0)`;
  return `sum_over_time((${grown} and on() (vector(time()) > {{args.since}} + ${String(step)}))[1d:${String(step)}s])`;
}
