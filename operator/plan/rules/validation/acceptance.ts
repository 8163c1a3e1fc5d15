import type { ModelVersion, RecommenderModel, Verdict } from '../../../api/model.ts';
import { difference, type Finding, merged, NOTHING } from './finding.ts';

/** What binary numbers add to decimals, and far less than a metric means. */
const ROUNDING = 1e-9;

/** Undefined if the report had no room for them. */
type Metrics = Readonly<Record<string, number>> | undefined;
type Criterion = NonNullable<RecommenderModel['spec']['analysis']['acceptance']>[number];

/** Holds the offline metrics of a bundle against `analysis.acceptance` and what the champion has recorded. */
export function acceptance({ spec }: RecommenderModel, champion: ModelVersion | undefined, metrics: Metrics): Finding {
  return merged((spec.analysis.acceptance ?? []).map((each) => criterion(each, champion, metrics)));
}

/** Which way is better. */
type Bound = 'at least' | 'at most';

function criterion(
  { metric, min, max, minImprovement, maxIncrease }: Criterion,
  champion: ModelVersion | undefined,
  metrics: Metrics,
): Finding {
  const value = metrics && Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  if (value === undefined || !Number.isFinite(value)) return missing(metric, metrics);
  const fixed = (bound: Bound, limit: string | undefined): Finding[] =>
    limit === undefined ? [] : [held({ metric, value }, { bound, limit: Number(limit) }, `analysis.acceptance requires ${bound} ${limit}`)];
  const compared = (bound: Bound, change: string | undefined): Finding[] =>
    change === undefined ? [] : [heldAgainst(champion, { metric, value }, { bound, change })];
  return merged([
    ...fixed('at least', min),
    ...fixed('at most', max),
    ...compared('at least', minImprovement),
    ...compared('at most', maxIncrease),
  ]);
}

function missing(metric: string, metrics: Metrics): Finding {
  const why = metrics ? `Its bundle records no ${metric}` : `Its bundle records no ${metric}, or too many metrics to report`;
  const message = `${why}; analysis.acceptance requires it, so add it to the metrics in bundle.yaml.`;
  return {
    said: [],
    evidence: [{ metric, verdict: 'Fail', reason: 'not recorded in the bundle' }],
    faults: [{ reason: 'NotAccepted', message }],
  };
}

interface Measured {
  metric: string;
  value: number;
}

/** @param asked how much the value must exceed the champion's at least, or may exceed it at most */
function heldAgainst(champion: ModelVersion | undefined, { metric, value }: Measured, asked: { bound: Bound; change: string }): Finding {
  if (!champion) return { ...NOTHING, said: [`Its ${metric} of ${String(value)} was not compared: there is no champion yet.`] };
  const { spec, status } = champion;
  const before = Number(Object.hasOwn(status?.metrics ?? {}, metric) ? status?.metrics?.[metric] : NaN);
  if (!Number.isFinite(before)) {
    return { ...NOTHING, said: [`Its ${metric} of ${String(value)} was not compared: champion ${spec.version} has not recorded it.`] };
  }
  const { bound, change } = asked;
  const words = `champion ${spec.version} has ${String(before)} and analysis.acceptance requires a difference of ${bound} ${change}`;
  const compared = `, ${signed(difference(value, before))} compared with champion ${spec.version}`;
  return held({ metric, value }, { bound, limit: difference(before, -Number(change)) }, words, compared);
}

function held({ metric, value }: Measured, { bound, limit }: { bound: Bound; limit: number }, asked: string, compared = ''): Finding {
  const room = bound === 'at least' ? value - limit : limit - value;
  const holds = room >= -ROUNDING;
  const evidence: Verdict = { metric, estimate: String(value), threshold: String(limit), verdict: holds ? 'Pass' : 'Fail' };
  const message = `Its ${metric} is ${String(value)}; ${asked}.`;
  return {
    said: [`Its ${metric} is ${String(value)}${compared}.`],
    evidence: [evidence],
    faults: holds ? [] : [{ reason: 'NotAccepted', message }],
  };
}

const signed = (change: number): string => (change < 0 ? String(change) : `+${String(change)}`);
