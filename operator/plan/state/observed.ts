import type { AnalysisRun, ReplicaSet, Rollout } from '../../api/argo.ts';
import type { ModelVersion, RecommenderModel } from '../../api/model.ts';
import type { KubernetesObject } from '../../api/objects.ts';
import type { Job, Pod, Service, VirtualService } from '../../api/workload.ts';

/** How one attempt to send a notice ended. */
export interface Delivery {
  id: string;
  webhook: string;
  /** From 1. */
  attempt: number;
  /** RFC 3339. */
  at: string;
  /** A sentence; undefined when it was accepted. */
  error?: string;
  /** The receiver asked not to be called before, RFC 3339. */
  notBefore?: string;
}

/** The world of one model, read once from the caches and frozen. Absent is undefined. */
export interface Observed {
  model: RecommenderModel;
  /** Every registered version of the model, in no order. */
  versions: readonly ModelVersion[];
  /** Versions of the models that `delivery.requires` names. */
  required: readonly ModelVersion[];
  /** Digests desired by models that require this one to have proven them. */
  desiredElsewhere: readonly string[];
  rollout?: Rollout;
  /** The Ingress by which Argo Rollouts passes the share of the candidate to serving pods. */
  carrier?: KubernetesObject;
  /** The ServiceAccount of the serving pods, whoever made it. */
  account?: KubernetesObject;
  /** Of the Rollout, in no order. */
  replicaSets: readonly ReplicaSet[];
  services: readonly Service[];
  virtualServices: readonly VirtualService[];
  runs: readonly AnalysisRun[];
  jobs: readonly Job[];
  pods: readonly Pod[];
  /** Owned objects of the kinds that may have to be removed. */
  owned: readonly KubernetesObject[];
  /** Kinds the model needs and the API server does not know, e.g. Rollout where Argo Rollouts is not installed. */
  missingKinds: readonly string[];
  /** The other models of its group, without theirs. */
  peers: readonly Observed[];
  /** Attempts to send notices that ended, until the status knows of them. */
  deliveries: readonly Delivery[];
}

/** What the operator's configuration contributes to the objects of a model. */
export interface PlanConfig {
  servingImage: string;
  /** Base URL of the Prometheus that AnalysisRuns query. */
  prometheusUrl: string;
  allowedHosts: readonly string[];
  maxBundleBytes: number;
  /** Location of `s3://` bundles if their model does not say; absent = AWS. */
  s3: { endpoint?: string; region?: string };
}
