import type { IRollout } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1/Rollout';
import { POD_TEMPLATE_HASH_LABEL } from '../../../serving/contract/carrier.ts';
import { COMMANDS, ENV, MOUNTS } from '../../../serving/contract/env.ts';
import { PATHS, PORT } from '../../../serving/contract/http.ts';
import type { RecommenderModel, Release } from '../../api/model.ts';
import { ANNOTATIONS, namesOf } from '../../api/names.ts';
import { milliseconds } from '../spec/durations.ts';
import { isBuiltIn } from '../spec/router.ts';
import type { PlanConfig } from '../state/observed.ts';
import { labelsOf, servingPodLabels } from './owned.ts';
import type { EnvVar } from './secrets.ts';
import { settingsEnv, settingsMounts, settingsVolumes } from './servingSettings.ts';
import { storageEnv } from './storage.ts';

type PodTemplate = NonNullable<NonNullable<IRollout['spec']>['template']>;
type Container = NonNullable<PodTemplate['spec']>['containers'][number];

/**
 * A terminating pod stays in service this long before it is stopped. While a Service has no other ready pod, kube-proxy keeps
 * routing to terminating ones, so this also covers the gap after a Rollout was deleted.
 */
const PRE_STOP_SECONDS = 15;
const DRAIN_MS = 5_000;
const GRACE_SECONDS = 45;

const LOCKED_DOWN = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

export const POD_SECURITY: NonNullable<NonNullable<PodTemplate['spec']>['securityContext']> = {
  runAsNonRoot: true,
  runAsUser: 65532,
  runAsGroup: 65532,
  fsGroup: 65532,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Pod template that serves `release`; equal input gives an equal template, or Argo Rollouts would see a new version. */
export function podTemplate(model: RecommenderModel, release: Release, config: PlanConfig): PodTemplate {
  return {
    metadata: {
      labels: { ...labelsOf(model), ...servingPodLabels(model) },
      annotations: {
        [ANNOTATIONS.version]: release.version,
        [ANNOTATIONS.digest]: release.digest,
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': String(PORT),
        'prometheus.io/path': PATHS.metrics,
      },
    },
    spec: {
      serviceAccountName: namesOf(model.metadata.name).serviceAccount,
      securityContext: POD_SECURITY,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: GRACE_SECONDS,
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'topology.kubernetes.io/zone',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: servingPodLabels(model) },
        },
      ],
      initContainers: [bundleContainer('fetch', COMMANDS.fetch, model, release, config)],
      containers: [servingContainer(model, release, config)],
      volumes: [...bundleVolumes(release, config), ...settingsVolumes(model.spec.serving)],
    },
  };
}

/** Container that fetches and verifies the bundle into the shared volume: init container of pods, main one of the Job. */
export function bundleContainer(
  name: string,
  command: readonly string[],
  model: RecommenderModel,
  release: Release,
  config: PlanConfig,
): Container {
  const claim = claimOf(release.uri);
  return {
    name,
    image: config.servingImage,
    imagePullPolicy: 'IfNotPresent',
    args: [...command],
    env: [
      ...modelEnv(model, release),
      { name: ENV.bundleUri, value: release.uri },
      { name: ENV.allowedHosts, value: config.allowedHosts.join(',') },
      { name: ENV.maxBundleBytes, value: String(config.maxBundleBytes) },
      ...storageEnv(model, release, config),
    ],
    resources: model.spec.serving.resources,
    securityContext: LOCKED_DOWN,
    volumeMounts: [
      { name: 'bundle', mountPath: MOUNTS.bundle },
      ...(claim ? [{ name: 'claim', mountPath: MOUNTS.claim, readOnly: true }] : []),
    ],
  };
}

export function bundleVolumes(release: Release, config: PlanConfig) {
  const claim = claimOf(release.uri);
  return [
    { name: 'bundle', emptyDir: { sizeLimit: String(config.maxBundleBytes) } },
    ...(claim ? [{ name: 'claim', persistentVolumeClaim: { claimName: claim, readOnly: true } }] : []),
  ];
}

function servingContainer(model: RecommenderModel, release: Release, config: PlanConfig): Container {
  return {
    name: 'serving',
    image: config.servingImage,
    imagePullPolicy: 'IfNotPresent',
    args: [...COMMANDS.serve],
    env: [
      ...modelEnv(model, release),
      ...(isBuiltIn(model) ? splitterEnv(model) : []),
      { name: ENV.drainMs, value: String(DRAIN_MS) },
      ...(isBuiltIn(model) ? [OWN_HASH] : []),
      ...settingsEnv(model.spec.serving),
    ],
    ports: [{ name: 'http', containerPort: PORT, protocol: 'TCP' }],
    startupProbe: { httpGet: { path: PATHS.ready, port: 'http' }, periodSeconds: 1, failureThreshold: 120 },
    readinessProbe: { httpGet: { path: PATHS.ready, port: 'http' }, periodSeconds: 2, failureThreshold: 2, timeoutSeconds: 2 },
    livenessProbe: { httpGet: { path: PATHS.healthz, port: 'http' }, periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 5 },
    lifecycle: { preStop: { sleep: { seconds: PRE_STOP_SECONDS } } },
    resources: model.spec.serving.resources,
    securityContext: LOCKED_DOWN,
    volumeMounts: [{ name: 'bundle', mountPath: MOUNTS.bundle, readOnly: true }, ...settingsMounts(model.spec.serving)],
  };
}

/** Lets a pod that divides the users see that it has been replaced. */
const OWN_HASH: EnvVar = {
  name: ENV.podTemplateHash,
  valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${POD_TEMPLATE_HASH_LABEL}']` } },
};

/** What a pod needs to divide the users; without it, it answers every caller itself. */
function splitterEnv(model: RecommenderModel): EnvVar[] {
  const names = namesOf(model.metadata.name);
  const { p99Latency } = model.spec.analysis.guardrails;
  return [
    { name: ENV.carrierIngress, value: names.carrierIngress },
    { name: ENV.championService, value: names.championService },
    { name: ENV.candidateService, value: names.candidateService },
    // An answer later than the latency guardrail counts as a failure anyway: no reason to make a user wait for it.
    { name: ENV.forwardTimeoutMs, value: String(milliseconds(p99Latency)) },
  ];
}

function modelEnv(model: RecommenderModel, release: Release) {
  return [
    { name: ENV.modelNamespace, value: model.metadata.namespace ?? '' },
    { name: ENV.modelName, value: model.metadata.name },
    { name: ENV.modelVersion, value: release.version },
    { name: ENV.bundleDigest, value: release.digest },
    { name: ENV.bundleDir, value: MOUNTS.bundle },
  ];
}

/** Claim name of a `pvc://CLAIM/PATH/` uri. */
function claimOf(uri: string): string | undefined {
  return /^pvc:\/\/([^/]+)\//.exec(uri)?.[1];
}
