import type { Kind } from './objects.ts';

/**
 * Every kind the operator touches, and what it does with it. The watches, the order of applying, pruning and the
 * RBAC rules (`npm run generate`) all come from this table.
 */
interface Row extends Kind {
  /** The operator creates and changes objects of this kind for a model. */
  owned: boolean;
  /** A model can do without it, and a cluster need not know it. */
  optional?: boolean;
  /** It decides what users meet: what somebody edits by hand in it is put back. */
  guarded?: boolean;
  /** Beyond get, list, watch (and create, patch for owned kinds). */
  verbs?: readonly string[];
  /** Subresources that are written. */
  subresources?: readonly string[];
}

const row = (apiVersion: string, kind: string, plural: string, more: Partial<Row> = {}): Row => ({
  apiVersion,
  kind,
  plural,
  namespaced: true,
  owned: false,
  ...more,
});

export const API_GROUP = 'recommender.dev';
export const API_VERSION = `${API_GROUP}/v1alpha1`;

export const KINDS = {
  RecommenderModel: row(API_VERSION, 'RecommenderModel', 'recommendermodels', { subresources: ['status'] }),
  ModelVersion: row(API_VERSION, 'ModelVersion', 'modelversions', { owned: true, verbs: ['delete'], subresources: ['status'] }),
  ServiceAccount: row('v1', 'ServiceAccount', 'serviceaccounts', { owned: true }),
  Role: row('rbac.authorization.k8s.io/v1', 'Role', 'roles', { owned: true }),
  RoleBinding: row('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings', { owned: true }),
  Service: row('v1', 'Service', 'services', { owned: true, guarded: true }),
  Ingress: row('networking.k8s.io/v1', 'Ingress', 'ingresses', { owned: true, guarded: true, verbs: ['delete'] }),
  VirtualService: row('networking.istio.io/v1', 'VirtualService', 'virtualservices', { owned: true, optional: true, verbs: ['delete'] }),
  AnalysisTemplate: row('argoproj.io/v1alpha1', 'AnalysisTemplate', 'analysistemplates', { owned: true, guarded: true }),
  PodDisruptionBudget: row('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', { owned: true }),
  Job: row('batch/v1', 'Job', 'jobs', { owned: true, verbs: ['delete'] }),
  Rollout: row('argoproj.io/v1alpha1', 'Rollout', 'rollouts', { owned: true, guarded: true, subresources: ['status'] }),
  HorizontalPodAutoscaler: row('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', {
    owned: true,
    verbs: ['delete'],
  }),
  AnalysisRun: row('argoproj.io/v1alpha1', 'AnalysisRun', 'analysisruns', { owned: true, verbs: ['delete'] }),
  ReplicaSet: row('apps/v1', 'ReplicaSet', 'replicasets'),
  Pod: row('v1', 'Pod', 'pods'),
} as const satisfies Record<string, Row>;

export type KindName = keyof typeof KINDS;
