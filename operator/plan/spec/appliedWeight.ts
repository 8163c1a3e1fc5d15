import { METRICS } from '../../../serving/contract/metrics.ts';
import type { RecommenderModel } from '../../api/model.ts';
import { CANDIDATE, type Guardrail, formatNumber } from './guardrails.ts';
import { isBuiltIn } from './router.ts';

/** Waited for, and never a failure: a pod may be late, and Prometheus sees it later still. */
export const PODS_BEHIND = 'pods-behind';

/** Argument of the AnalysisTemplate: the weight of the step, percent. */
export const WEIGHT = 'weight';

/**
 * Champion pods that do not apply the weight of the step; none if something else divides the users. Argo Rollouts knows what it
 * wrote, not what the pods made of it: a candidate with fewer users than its step says would pass on too little traffic. Pods
 * that Prometheus does not see count as well, up to the minimum number of pods; those that are gone drop out as soon as
 * Prometheus has noticed.
 */
export function appliedWeight(model: RecommenderModel): Guardrail[] {
  if (!isBuiltIn(model)) return [];
  const applied = `${METRICS.weight.name}{${CANDIDATE}}`;
  const seen = `clamp_min(count(${applied}) or vector(0), ${String(model.spec.serving.replicas.min)})`;
  return [
    {
      name: PODS_BEHIND,
      query: `${seen} - (count(${applied} == {{args.${WEIGHT}}}) or vector(0))`,
      max: 0,
      describe: (value) => `${pods(value)} of the champion did not report the weight of the step`,
      describeLimit: formatNumber,
    },
  ];
}

/** Sentence, e.g. `1 pod of 1.0.0 does not report a weight of 10% yet.` */
export const describeBehind = (value: number, champion: string, weight: number): string =>
  `${pods(value)} of ${champion} ${value === 1 ? 'does' : 'do'} not report a weight of ${String(weight)}% yet.`;

const pods = (value: number): string => `${formatNumber(value)} ${value === 1 ? 'pod' : 'pods'}`;
