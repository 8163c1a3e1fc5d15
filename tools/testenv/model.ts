import type { KubernetesObject } from '../../operator/api/objects.ts';

/** Name of a model that is not named otherwise. */
export const MODEL = 'books';

/** A custom guardrail: the share of the candidate's answers that are only what everybody reads. */
const FALLBACK_SHARE = ['{model="{{args.model}}",version="{{args.version}}",outcome="fallback"}', '{model="{{args.model}}",version="{{args.version}}"}']
  .map((series) => `sum(rate(recommendation_requests_total${series}[20s]))`)
  .join(' / ');

/** Quick steps: demo and tests have seconds where a real model takes an hour. */
export const QUICK = {
  delivery: {
    canary: { steps: [{ weight: 10, hold: '3s' }, { weight: 50, hold: '3s' }] },
    progressDeadline: '1m',
    after: { watchFor: '0s' },
    validation: { load: { requestsPerSecond: 0 } },
  },
  analysis: {
    interval: '2s',
    window: '20s',
    minRequests: 40,
    guardrails: { averageLatency: '150ms', p99Latency: '2s' },
    custom: [{ name: 'fallback-share', query: FALLBACK_SHARE, max: '0.5' }],
  },
};

/** `spec` takes the place of what QUICK has; of `delivery`, field by field. */
export function modelObject(namespace: string, spec: Record<string, unknown>, metadata: Record<string, unknown>): KubernetesObject {
  return {
    apiVersion: 'recommender.dev/v1alpha1',
    kind: 'RecommenderModel',
    metadata: { name: MODEL, namespace, ...metadata },
    spec: {
      serving: { replicas: { min: 2, max: 2 }, resources: { requests: { cpu: '50m', memory: '192Mi' }, limits: { memory: '512Mi' } } },
      analysis: QUICK.analysis,
      ...spec,
      delivery: { ...QUICK.delivery, ...(spec['delivery'] as object | undefined) },
    },
  };
}
