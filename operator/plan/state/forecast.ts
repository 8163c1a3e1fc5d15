import type { AnalysisRun } from '../../api/argo.ts';
import type { Verdict } from '../../api/model.ts';
import { timestamp } from '../../api/times.ts';
import { read } from '../spec/measurement.ts';

/** When a gate is expected to have enough of what it counts. */
export interface Forecast {
  /** RFC 3339. */
  at: string;
  /** From the last measurement on, e.g. `14 min`. */
  after: string;
}

const UNITS = [
  { unit: 'min', ms: 60_000, upTo: 60 },
  { unit: 'h', ms: 3_600_000, upTo: 48 },
  { unit: 'days', ms: 86_400_000, upTo: 30 },
] as const;

/**
 * Extrapolates the rate of the gate's own measurements, rounded up to whole minutes, hours or days. It depends on the
 * measurements and not on the current time, so it changes with a measurement only. Undefined without a rate, and if it would
 * take longer than a month.
 */
export function forecast(runs: readonly AnalysisRun[], { metric, threshold }: Verdict): Forecast | undefined {
  const points = latestOf(runs.map((run) => pointsOf(run, metric)));
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || last.count <= first.count || last.at <= first.at) return undefined;
  const missingMs = ((Number(threshold) - last.count) / (last.count - first.count)) * (last.at - first.at);
  const rounded = UNITS.map(({ unit, ms, upTo }) => ({ unit, ms, upTo, many: Math.max(1, Math.ceil(missingMs / ms)) })).find(
    ({ many, upTo }) => many <= upTo,
  );
  if (!rounded) return undefined;
  const { unit, ms, many } = rounded;
  return { at: timestamp(last.at + many * ms), after: `${String(many)} ${unit}` };
}

interface Point {
  count: number;
  /** Milliseconds since the epoch. */
  at: number;
}

/** What a run has counted, in the order of time. Argo Rollouts keeps the last ten measurements. */
function pointsOf({ status }: AnalysisRun, metric: string): Point[] {
  const { measurements = [] } = status?.metricResults?.find(({ name }) => name === metric) ?? {};
  return measurements.flatMap(({ value, finishedAt }) => {
    const { value: count } = read(value);
    return count === undefined || finishedAt === undefined ? [] : [{ count: Number(count), at: Date.parse(finishedAt) }];
  });
}

/** Every step has a run of its own; the rate of an earlier one belongs to another share of users. */
const latestOf = (runs: readonly (readonly Point[])[]): readonly Point[] =>
  runs.toSorted((a, b) => (b.at(-1)?.at ?? 0) - (a.at(-1)?.at ?? 0))[0] ?? [];
