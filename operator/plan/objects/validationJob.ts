import { COMMANDS, ENV, EXIT } from '../../../serving/contract/env.ts';
import type { ValidationReport } from '../../../serving/contract/report.ts';
import type { RecommenderModel, Release } from '../../api/model.ts';
import { ANNOTATIONS, LABELS, namesOf } from '../../api/names.ts';
import type { KubernetesObject } from '../../api/objects.ts';
import type { Job, Pod } from '../../api/workload.ts';
import { milliseconds } from '../spec/durations.ts';
import type { Observed, PlanConfig } from '../state/observed.ts';
import { fingerprint } from '../state/replicaSets.ts';
import { readReport } from '../state/validationReport.ts';
import { labelsOf, ownedMeta } from './owned.ts';
import { bundleContainer, bundleVolumes, POD_SECURITY } from './podTemplate.ts';
import { storageAnnotation, usesPodIdentity } from './storage.ts';

const CONTAINER = 'validate';

/** A Job that proves the bundle before any serving pod changes. Invalid bundles end it at once, others get retries. */
export function validationJob(model: RecommenderModel, release: Release, config: PlanConfig): KubernetesObject {
  const template = jobTemplate(model, release, config);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...ownedMeta(model, namesOf(model.metadata.name).validationJob(release.digest)),
      annotations: { ...madeFor(model, release), [ANNOTATIONS.template]: fingerprint(template) },
    },
    spec: {
      backoffLimit: 2,
      activeDeadlineSeconds: 900,
      podFailurePolicy: {
        rules: [{ action: 'FailJob', onExitCodes: { containerName: CONTAINER, operator: 'In', values: [EXIT.invalid] } }],
      },
      template,
    },
  };
}

function jobTemplate(model: RecommenderModel, release: Release, config: PlanConfig) {
  return {
    metadata: { labels: { ...labelsOf(model), [LABELS.component]: 'validation' } },
    spec: {
      restartPolicy: 'Never',
      // A cloud gives its role to pods of this account, by ways of its own and not by the API server's token.
      ...(usesPodIdentity(model, release) ? { serviceAccountName: namesOf(model.metadata.name).serviceAccount } : {}),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: POD_SECURITY,
      containers: [withSettings(bundleContainer(CONTAINER, COMMANDS.validate, model, release, config), model, release)],
      volumes: bundleVolumes(release, config),
    },
  };
}

/** What a Job reads and from where; a Job made for anything else is useless, whatever it has found. */
function madeFor(model: RecommenderModel, release: Release): Record<string, string> {
  const { version, digest, uri } = release;
  const load = loadOf(model, release);
  return {
    [ANNOTATIONS.version]: version,
    [ANNOTATIONS.digest]: digest,
    [ANNOTATIONS.uri]: uri,
    ...storageAnnotation(model, release),
    ...(load ? { [ANNOTATIONS.load]: `${String(load.requestsPerSecond)}/s for ${load.duration}` } : {}),
  };
}

/** Only the desired release is measured: a rollback does not wait for figures that are already known. */
function loadOf({ spec: { release: desired, delivery } }: RecommenderModel, release: Release) {
  const { load } = delivery.validation;
  return load.requestsPerSecond > 0 && desired.digest === release.digest ? load : undefined;
}

/** Before the variables of the bundle: what comes from Secrets is last, see `fromSecret`. */
function withSettings(container: ReturnType<typeof bundleContainer>, model: RecommenderModel, release: Release): typeof container {
  const load = loadOf(model, release);
  const metrics = (model.spec.analysis.acceptance ?? []).map(({ metric }) => metric);
  const settings = {
    ...(load ? { [ENV.loadPerSecond]: String(load.requestsPerSecond), [ENV.loadMs]: String(milliseconds(load.duration)) } : {}),
    ...(metrics.length > 0 ? { [ENV.acceptedMetrics]: JSON.stringify(metrics) } : {}),
  };
  return { ...container, env: [...Object.entries(settings).map(([name, value]) => ({ name, value })), ...(container.env ?? [])] };
}

/**
 * What the Job says about the release: nothing yet, a report, or that it ended without one. `Outdated`: the Job was made
 * for another uri, version or storage of the same digest, or with other settings and is not trying the bundle now, or its report
 * is lost. It has to make way; a Job's template cannot be changed.
 */
type ValidationState =
  | { state: 'Running'; pods: readonly Pod[] }
  | { state: 'Outdated' }
  | { state: 'Reported'; report: ValidationReport }
  | { state: 'Failed'; message: string; at: string };

/** The Job that tries, or has tried, the bundle with the digest of the release, in this attempt or an earlier one. */
export function jobOf({ model, jobs }: Observed, { digest }: Pick<Release, 'digest'>): Job | undefined {
  const name = namesOf(model.metadata.name).validationJob(digest);
  return jobs.find(({ metadata }) => metadata.name === name);
}

export function validationOf(observed: Observed, release: Release, config: PlanConfig): ValidationState {
  const { model } = observed;
  const job = jobOf(observed, release);
  if (!job) return { state: 'Running', pods: [] };
  const made = job.metadata.annotations ?? {};
  const isOfRelease = Object.entries(madeFor(model, release)).every(([key, value]) => made[key] === value);
  if (!isOfRelease || job.metadata.deletionTimestamp !== undefined) return { state: 'Outdated' };
  const pods = observed.pods.filter((pod) => isPodOf(pod, job));
  const reports = pods.flatMap(reportsOf);
  const final = reports.find((report) => report.result !== 'Unavailable');
  if (final) return { state: 'Reported', report: final };
  // An image that cannot be pulled, or memory that no node has, would be waited for until the deadline of the Job.
  const isAsNow = made[ANNOTATIONS.template] === fingerprint(jobTemplate(model, release, config));
  if (!isAsNow && !pods.some(isTrying)) return { state: 'Outdated' };
  return withoutReport(job, pods, reports[0]?.message);
}

/** @param unavailable what a try says that could not read the bundle */
function withoutReport({ metadata, status }: Job, pods: readonly Pod[], unavailable: string | undefined): ValidationState {
  const ended = status?.conditions?.find((each) => (each.type === 'Failed' || each.type === 'Complete') && each.status === 'True');
  if (!ended) return { state: 'Running', pods };
  const isComplete = ended.type === 'Complete';
  // A pod may be seen to end a moment after its Job, which comes by another watch.
  if (isComplete && !pods.every(hasEnded)) return { state: 'Running', pods };
  // A node that is gone, or somebody, took the report along: nothing is known, and nothing will be.
  if (isComplete && pods.length === 0) return { state: 'Outdated' };
  const how = isComplete ? 'ended without a readable report' : `failed: ${ended.reason ?? 'no reason given'}`;
  return { state: 'Failed', message: unavailable ?? `the validation Job ${metadata.name} ${how}`, at: ended.lastTransitionTime ?? '' };
}

const isPodOf = (pod: Pod, job: Job): boolean =>
  pod.metadata.ownerReferences?.some((owner) => owner.uid === job.metadata.uid) ?? false;

const isTrying = ({ status }: Pod): boolean =>
  status?.containerStatuses?.some(({ name, state }) => name === CONTAINER && state?.running !== undefined) ?? false;

const endOf = (pod: Pod) => pod.status?.containerStatuses?.find(({ name }) => name === CONTAINER)?.state?.terminated;

const hasEnded = (pod: Pod): boolean => endOf(pod) !== undefined;

const reportsOf = (pod: Pod): ValidationReport[] => [readReport(endOf(pod)?.message)].filter((each) => each !== undefined);
