import type { Rollout } from '../../api/argo.ts';
import type { RecommenderModel } from '../../api/model.ts';
import { namesOf } from '../../api/names.ts';
import type { KubernetesObject } from '../../api/objects.ts';
import { ownedMeta, servingPodLabels } from './owned.ts';

/** Disruption budget always; autoscaler only where there is a range to scale in. */
export function capacityObjects(model: RecommenderModel): KubernetesObject[] {
  return [disruptionBudget(model), ...(isAutoscaled(model) ? [autoscaler(model)] : [])];
}

export const isAutoscaled = ({ spec }: RecommenderModel): boolean => spec.serving.replicas.max > spec.serving.replicas.min;

/**
 * Replicas to ask for: what the autoscaler last set, kept in range. Leaving the field out would hand it back to its
 * default of one pod the next time the Rollout is applied.
 */
export function replicasOf(model: RecommenderModel, live: Rollout | undefined): number {
  const { min, max } = model.spec.serving.replicas;
  return isAutoscaled(model) ? Math.min(max, Math.max(min, live?.spec.replicas ?? min)) : min;
}

function autoscaler(model: RecommenderModel): KubernetesObject {
  const { replicas, targetCPU } = model.spec.serving;
  const names = namesOf(model.metadata.name);
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: ownedMeta(model, names.autoscaler),
    spec: {
      scaleTargetRef: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: names.rollout },
      minReplicas: replicas.min,
      maxReplicas: replicas.max,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: targetCPU } } },
      ],
    },
  };
}

/** One pod at a time may be evicted, champion and candidate together. */
function disruptionBudget(model: RecommenderModel): KubernetesObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: ownedMeta(model, namesOf(model.metadata.name).disruptionBudget),
    spec: { maxUnavailable: 1, selector: { matchLabels: servingPodLabels(model) } },
  };
}
