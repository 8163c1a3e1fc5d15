import { METRICS } from '../../../serving/contract/metrics.ts';
import type { RecommenderModel } from '../../api/model.ts';
import { grownIn } from './growth.ts';
import { CANDIDATE, type Guardrail, guardrailsOf, windowOf } from './guardrails.ts';

/** Waited for, and never a failure: the pods may not have been scraped yet. */
export const MEASURED_PODS = 'measured-pods';

/**
 * What can be checked on pods without users. That they are ready is Argo Rollouts' condition: each has loaded the graph and
 * answered its golden requests. Here each must also be seen by Prometheus, or no guardrail would hold for it later, and keep
 * answering the golden requests correctly, which it repeats in service.
 */
export function stackChecks(model: RecommenderModel): Guardrail[] {
  return [...ownChecks(model), ...guardrailsOf(model).filter(({ name }) => name === 'inference-errors')];
}

/** Those of them that are not guardrails; none without a second stack. */
export const stackOnlyChecks = (model: RecommenderModel): Guardrail[] =>
  model.spec.delivery.strategy === 'BlueGreen' ? ownChecks(model) : [];

function ownChecks(model: RecommenderModel): Guardrail[] {
  const golden = `${METRICS.goldenFailures.name}{${CANDIDATE}}`;
  const count = (value: number): string => String(Math.ceil(value));
  return [
    {
      name: MEASURED_PODS,
      query: `count(${golden}) or vector(0)`,
      min: model.spec.serving.replicas.min,
      describe: (value) => `${count(value)} of its pods were measured`,
      describeLimit: count,
    },
    {
      name: 'golden-failures',
      query: grownIn(golden, windowOf(model)),
      max: 0,
      window: model.spec.analysis.window,
      describe: (value) => `its pods answered ${count(value)} golden requests incorrectly`,
      describeLimit: count,
    },
  ];
}
