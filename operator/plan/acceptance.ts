import type { ModelVersion, RecommenderModel, Verdict } from '../api/model.ts';
import { difference, type Finding, merged, NOTHING } from './finding.ts';

/** What binary numbers add to decimals, and far less than a metric means. */
const ROUNDING = 1e-9;

/** Undefined where the report had no room for them. */
type Metrics = Readonly<Record<string, number>> | undefined;
type Criterion = NonNullable<RecommenderModel['spec']['analysis']['acceptance']>[number];

/** Holds the offline metrics of a bundle against `analysis.acceptance` and what the champion has recorded. */
export function acceptance({ spec }: RecommenderModel, champion: ModelVersion | undefined, metrics: Metrics): Finding {
  return merged((spec.analysis.acceptance ?? []).map((each) => criterion(each, champion, metrics)));
}

function criterion({ metric, min, minImprovement }: Criterion, champion: ModelVersion | undefined, metrics: Metrics): Finding {
  const value = metrics && Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  if (value === undefined || !Number.isFinite(value)) return missing(metric, metrics);
  return merged([
    ...(min === undefined ? [] : [atLeast(metric, value, Number(min), `analysis.acceptance asks for ${min}`)]),
    ...(minImprovement === undefined ? [] : [improvement(metric, value, minImprovement, champion)]),
  ]);
}

function missing(metric: string, metrics: Metrics): Finding {
  const why = metrics ? `Its bundle records no ${metric}` : `Its bundle records no ${metric} or too many metrics for a report`;
  const message = `${why}; analysis.acceptance asks for it, so state it in the metrics of bundle.yaml.`;
  return { said: [], evidence: [{ metric, verdict: 'Fail', reason: 'not recorded in the bundle' }], faults: [{ reason: 'NotAccepted', message }] };
}

function improvement(metric: string, value: number, minImprovement: string, champion: ModelVersion | undefined): Finding {
  if (!champion) return { ...NOTHING, said: [`Its ${metric} of ${String(value)} was compared with none: there is no champion yet.`] };
  const { spec, status } = champion;
  const before = Number(Object.hasOwn(status?.metrics ?? {}, metric) ? status?.metrics?.[metric] : NaN);
  if (!Number.isFinite(before)) {
    return { ...NOTHING, said: [`Its ${metric} of ${String(value)} was compared with none: champion ${spec.version} has not recorded it.`] };
  }
  const change = difference(value, before);
  const asked = `champion ${spec.version} has ${String(before)} and analysis.acceptance asks for a difference of at least ${minImprovement}`;
  return atLeast(metric, value, difference(before, -Number(minImprovement)), asked, `, ${signed(change)} against champion ${spec.version}`);
}

function atLeast(metric: string, value: number, least: number, asked: string, compared = ''): Finding {
  const holds = value - least >= -ROUNDING;
  const evidence: Verdict = { metric, estimate: String(value), threshold: String(least), verdict: holds ? 'Pass' : 'Fail' };
  const message = `Its ${metric} is ${String(value)}, ${asked}.`;
  return { said: [`Its ${metric} is ${String(value)}${compared}.`], evidence: [evidence], faults: holds ? [] : [{ reason: 'NotAccepted', message }] };
}

const signed = (change: number): string => (change < 0 ? String(change) : `+${String(change)}`);
