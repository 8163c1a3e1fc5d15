import type { RecommenderModel } from '../../api/model.ts';
import { seconds } from './durations.ts';

/** How often counters are read, seconds: a day has 1,440 readings, or 17,280 if the interval is a few seconds. */
const STEP = { shortest: 5, longest: 60 };

/**
 * PromQL: by how much counters grew in this attempt at the version, over the last day at most, so that slow traffic adds up.
 * Requests of an earlier attempt at the same version, or of an earlier model of its name, must not count, and their share in
 * the last day shrinks every hour: so nothing is subtracted; growth from reading to reading is summed up from the start of the
 * attempt. Between two scrapes it is 0 and then all of it, so none is lost, however far apart they are; a counter that is new,
 * or was reset, counts from its next reading.
 * @param series selector of counters, e.g. `recommendation_requests_total{model="books"}`
 */
export function grownInAttempt(series: string, { spec }: RecommenderModel): string {
  const step = Math.min(Math.max(seconds(spec.analysis.interval), STEP.shortest), STEP.longest);
  const grown = `sum((${series} - ${series} offset ${String(step)}s) >= 0)`;
  return `sum_over_time((${grown} and on() (vector(time()) > {{args.since}} + ${String(step)}))[1d:${String(step)}s])`;
}
