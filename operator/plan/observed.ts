import type { AnalysisRun, Rollout } from '../api/argo.ts';
import type { ModelVersion, RecommenderModel } from '../api/model.ts';
import type { KubernetesObject } from '../api/objects.ts';
import type { Job, Pod, Service } from '../api/workload.ts';

/** The world of one model, read once from the caches and frozen. Absent is undefined. */
export interface Observed {
  model: RecommenderModel;
  /** Every registered version of the model, in no order. */
  versions: readonly ModelVersion[];
  rollout?: Rollout;
  services: readonly Service[];
  runs: readonly AnalysisRun[];
  jobs: readonly Job[];
  pods: readonly Pod[];
  /** Every object of an owned kind that carries the model's label, the ones above included. */
  owned: readonly KubernetesObject[];
}

/** What the operator's configuration contributes to the objects of a model. */
export interface PlanConfig {
  servingImage: string;
  /** Base URL of the Prometheus that AnalysisRuns query. */
  prometheusUrl: string;
  allowedHosts: readonly string[];
  maxBundleBytes: number;
}
