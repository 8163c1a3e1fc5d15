import { POD_TEMPLATE_HASH_LABEL } from '../../serving/contract/carrier.ts';
import type { ValidationReport } from '../../serving/contract/report.ts';
import type { AnalysisRun, ReplicaSet, Rollout } from '../api/argo.ts';
import { API_VERSION } from '../api/kinds.ts';
import type { ModelVersion, RecommenderModel, Stage } from '../api/model.ts';
import { ANNOTATIONS, LABELS, MANAGER, namesOf } from '../api/names.ts';
import type { Job, Pod } from '../api/workload.ts';
import { podTemplate } from '../plan/objects/podTemplate.ts';
import { rolloutObject } from '../plan/objects/rollout.ts';
import { validationJob } from '../plan/objects/validationJob.ts';
import type { Observed, PlanConfig } from '../plan/state/observed.ts';
import { fingerprint } from '../plan/state/replicaSets.ts';
import { snapshotOf } from '../plan/state/snapshot.ts';

/** Builders with defaults: a test names only what it is about. */

export const NOW = Date.parse('2026-03-01T12:00:00Z');

export const CONFIG: PlanConfig = {
  servingImage: 'recommender-serving:test',
  prometheusUrl: 'http://prometheus.monitoring:9090',
  allowedHosts: ['models.shop.svc'],
  maxBundleBytes: 1024 ** 3,
  s3: {},
};

/** A digest that starts with the version's digits, so that failures are readable. */
export const digestOf = (version: string): string => `sha256:${version.replaceAll('.', '').padEnd(64, '0')}`;

export const release = (version: string) => ({
  version,
  uri: `http://models.shop.svc/books/${version}/`,
  digest: digestOf(version),
});

type Spec = RecommenderModel['spec'];

export function model(version: string, more: { spec?: Partial<Spec>; status?: RecommenderModel['status']; annotations?: Record<string, string> } = {}): RecommenderModel {
  return {
    apiVersion: API_VERSION,
    kind: 'RecommenderModel',
    metadata: { name: 'books', namespace: 'shop', uid: 'uid-books', generation: 1, annotations: more.annotations ?? {} },
    spec: {
      release: release(version),
      serving: { replicas: { min: 2, max: 2 }, targetCPU: 70, resources: {} },
      delivery: {
        strategy: 'Canary',
        router: { type: 'BuiltIn' },
        canary: { steps: [{ weight: 10, hold: '15m' }, { weight: 50, hold: '15m' }] },
        blueGreen: { weight: 10, validateFor: '15m' },
        shadow: { percent: 100, holdFor: '30m', then: 'Canary' },
        after: { watchFor: '0s', tolerance: '0.5' },
        progressDeadline: '10m',
        outage: 'TakeOver',
        approval: 'Automatic',
        validation: { contract: 'Compatible', batchDependence: 'Allow', minItemCoverage: '0.5', minUserCoverage: '0.5', minVocabulary: '0.5', load: { requestsPerSecond: 50, duration: '3s' } },
      },
      registry: { keep: 20 },
      analysis: {
        interval: '1m',
        window: '5m',
        minRequests: 100,
        guardrails: { errorRate: '0.05', averageLatency: '1s', p99Latency: '2s', inferenceErrorsPerMinute: 10, throttledRate: '0.10' },
        shadow: {},
        custom: [],
      },
      ...more.spec,
    },
    ...(more.status ? { status: more.status } : {}),
  };
}

/** The model as it was last written while nobody was served, a quarter of an hour ago if nothing else is said. */
export function out(desired: RecommenderModel, since = '2026-03-01T11:45:00Z'): RecommenderModel {
  const ready = { type: 'Ready', status: 'False', reason: 'Outage', message: 'x.', lastTransitionTime: since } as const;
  return { ...desired, status: { ...desired.status, conditions: [ready] } };
}

/** As the operator registers it. */
export function version(number: string, stage?: Stage, more: Partial<NonNullable<ModelVersion['status']>> = {}): ModelVersion {
  return {
    apiVersion: API_VERSION,
    kind: 'ModelVersion',
    metadata: { name: namesOf('books').version(number), namespace: 'shop', labels: { [LABELS.model]: 'books', [LABELS.managedBy]: MANAGER } },
    spec: { model: 'books', ...release(number) },
    ...(stage ? { status: { stage, ...(stage === 'Champion' ? { championSince: '2026-02-01T00:00:00Z' } : {}), ...more } } : {}),
  };
}

/** A Rollout as Argo Rollouts leaves it; `hash` of the template is that of its version. */
export function rollout(
  templateVersion: string,
  status: Rollout['status'] & { stable?: string } = {},
  more: { observed?: boolean } = {},
): Rollout {
  const { stable = templateVersion, ...rest } = status;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'books', namespace: 'shop', generation: 3, creationTimestamp: '2026-02-01T00:00:00Z' },
    spec: { replicas: 2, template: { metadata: { annotations: { [ANNOTATIONS.digest]: digestOf(templateVersion) } } } },
    status: {
      observedGeneration: more.observed === false ? '2' : '3',
      phase: stable === templateVersion ? 'Healthy' : 'Progressing',
      stableRS: `hash-${stable}`,
      currentPodHash: `hash-${templateVersion}`,
      availableReplicas: 2,
      ...rest,
    },
  };
}

/**
 * The Rollout of a candidate beside champion 1.0.0, with the steps that the operator gives it for `desired`, as Argo Rollouts
 * has it at one of them.
 */
export function candidateRollout(desired: RecommenderModel, status: Rollout['status'] = {}): Rollout {
  const made = rolloutObject(snapshotOf(observed(desired), CONFIG), { run: 'Candidate', release: desired.spec.release, attempt: `${desired.spec.release.version}_0` }) as Rollout;
  const { metadata, ...live } = rollout(desired.spec.release.version, { stable: '1.0.0', ...status });
  return { ...live, metadata: { ...made.metadata, ...metadata, annotations: made.metadata.annotations ?? {} }, spec: made.spec };
}

/** The ReplicaSet of a version as Argo Rollouts keeps it, made from the present spec.serving; `hash` as in `rollout`. */
export function replicaSet(number: string, more: { keptUntil?: string; available?: number; desired?: RecommenderModel } = {}): ReplicaSet {
  const { keptUntil, available = 2, desired = model(number) } = more;
  const template = podTemplate(desired, release(number), CONFIG);
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `books-hash-${number}`,
      namespace: 'shop',
      labels: { [POD_TEMPLATE_HASH_LABEL]: `hash-${number}` },
      annotations: { [ANNOTATIONS.template]: fingerprint(template), ...(keptUntil === undefined ? {} : { 'scale-down-deadline': keptUntil }) },
    },
    spec: { replicas: 2, template },
    status: { availableReplicas: available },
  };
}

/** An AnalysisRun of the version with the last measurement of each metric. */
export function analysisRun(judged: string, metrics: Record<string, { phase: 'Successful' | 'Failed' | 'Inconclusive' | 'Error'; value?: string; message?: string }>, labels: Record<string, string> = {}): AnalysisRun {
  const failed = Object.values(metrics).some(({ phase }) => phase === 'Failed');
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisRun',
    metadata: { name: `run-${judged}`, namespace: 'shop', labels: { [LABELS.model]: 'books', [LABELS.attempt]: `${judged}_0`, ...labels } },
    spec: { metrics: Object.keys(metrics).map((name) => ({ name })) },
    status: {
      phase: failed ? 'Failed' : 'Running',
      metricResults: Object.entries(metrics).map(([name, measurement]) => ({
        name,
        phase: measurement.phase,
        measurements: [{ ...measurement, finishedAt: '2026-03-01T11:59:00Z' }],
      })),
    },
  };
}

/** The validation Job of a version and its pod; without a report it is running. */
export function validation(number: string, report?: ValidationReport): { jobs: Job[]; pods: Pod[] } {
  const job = validationJob(model(number), release(number), CONFIG) as Job;
  const uid = `job-${number}`;
  const state = report ? { terminated: { exitCode: report.result === 'Passed' ? 0 : 3, message: JSON.stringify(report) } } : { running: {} };
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'validate', namespace: 'shop', ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: job.metadata.name, uid }] },
    status: { containerStatuses: [{ name: 'validate', state }] },
  };
  return { jobs: [{ ...job, metadata: { ...job.metadata, uid } }], pods: [pod] };
}

export function observed(desired: RecommenderModel, more: Partial<Observed> = {}): Observed {
  const none = { versions: [], required: [], desiredElsewhere: [], replicaSets: [], services: [], virtualServices: [] };
  const nothing = { ...none, runs: [], jobs: [], pods: [], owned: [], missingKinds: [], peers: [], deliveries: [] };
  return { model: desired, ...nothing, ...more };
}
