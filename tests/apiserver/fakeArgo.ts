import type { Rollout } from '../../operator/api/argo.ts';
import type { ModelVersion } from '../../operator/api/model.ts';
import { ANNOTATIONS, namesOf } from '../../operator/api/names.ts';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import type { FakeControllers } from './fakeControllers.ts';
import { NAMESPACE, type ApiServerEnv } from './env.ts';
import type { Lifecycle } from './lifecycles.ts';

interface Step {
  setWeight?: number;
  pause?: { duration?: unknown };
  analysis?: { templates?: { templateName: string }[]; analysisRunMetadata?: { labels?: Record<string, string> } };
}

type Status = NonNullable<Rollout['status']> & { controllerPause?: boolean };

/**
 * Argo Rollouts, the kubelet and the Job controller for one model, one move at a time: they validate every bundle except those
 * that are gone, and every version passes its gates except the bad ones, which fail the first.
 * @returns a function that makes the next move; false when there is none to make
 */
export function fakeArgo(env: ApiServerEnv, controllers: FakeControllers, model: string, { bad, gone = [] }: Pick<Lifecycle, 'bad' | 'gone'>): () => Promise<boolean> {
  return async () => (await validate(env, controllers, model, gone)) || (await roll(env, controllers, model, bad));
}

const PASSED = { result: 'Passed', reason: 'Valid', message: 'fine' } as const;
const GONE = { result: 'Invalid', reason: 'NotFound', message: 'bundle.yaml is not there.' } as const;

async function validate(env: ApiServerEnv, controllers: FakeControllers, model: string, gone: readonly string[]): Promise<boolean> {
  for (const number of ['1.0.0', '2.0.0', '3.0.0', '4.0.0']) {
    const job = await env.get('Job', namesOf(model).validationJob(`sha256:${number.replaceAll('.', '').padEnd(64, '0')}`));
    if (!job || (await env.get('Pod', `${job.metadata.name}-pod`))?.metadata.ownerReferences?.[0]?.uid === job.metadata.uid) continue;
    await env.remove('Pod', `${job.metadata.name}-pod`).catch(() => undefined);
    const wasChampion = ((await env.get('ModelVersion', `${model}-${number}`)) as ModelVersion | undefined)?.status?.championSince !== undefined;
    await controllers.reportValidation(number, gone.includes(number) && wasChampion ? GONE : PASSED);
    return true;
  }
  return false;
}

/** A Rollout as it stands. */
interface Current {
  rollout: Rollout;
  status: Status;
  /** Of the template's pods and of those that serve. */
  hash: string;
  stable: string;
  steps: readonly Step[];
}

function currentOf(rollout: Rollout): Current {
  const status: Status = rollout.status ?? {};
  const hash = (rollout.spec.template.metadata?.annotations?.[ANNOTATIONS.digest] ?? '').slice(7, 12);
  return { rollout, status, hash, stable: status.stableRS ?? hash, steps: (rollout.spec.strategy?.canary?.steps ?? []) as Step[] };
}

async function roll(env: ApiServerEnv, controllers: FakeControllers, model: string, bad: readonly string[]): Promise<boolean> {
  const rollout = (await env.get('Rollout', model)) as Rollout | undefined;
  if (!rollout) return false;
  const current = currentOf(rollout);
  const { status, steps, hash, stable } = current;
  if (status.observedGeneration !== String(rollout.metadata.generation)) return observeSpec(controllers, current);
  if (stable === hash || status.abort === true || rollout.spec.paused === true) return false;
  const step = status.promoteFull === true ? undefined : steps[status.currentStepIndex ?? 0];
  if (!step) return settle(controllers, current);
  return pauses(step, status) ? pause(env, current) : go(env, current, step, bad);
}

/** A changed spec: of the same pods it changes nothing, of others it begins anew. */
async function observeSpec(controllers: FakeControllers, current: Current): Promise<boolean> {
  const { rollout, status, hash, stable, steps } = current;
  if (stable === hash || steps.length === 0) return settle(controllers, current);
  const isSame = status.currentPodHash === hash;
  const anew = { currentStepIndex: 0, promoteFull: null, pauseConditions: null, controllerPause: false, canary: share(0) };
  await controllers.move(hash, stable, { ...(isSame ? status : anew), ...seen(rollout) });
  return true;
}

/** What is reported is about the Rollout that was read, even if the operator has changed it since. */
const seen = ({ metadata }: Rollout) => ({ observedGeneration: String(metadata.generation) });

async function settle(controllers: FakeControllers, { rollout, hash }: Current): Promise<boolean> {
  await controllers.move(hash, hash, { phase: 'Healthy', promoteFull: null, pauseConditions: null, canary: null, ...seen(rollout) });
  return true;
}

/** At a pause that only somebody else can end, and that nobody has ended. */
const pauses = ({ pause }: Step, { controllerPause, pauseConditions = [] }: Status): boolean =>
  pause !== undefined && pause.duration === undefined && (controllerPause !== true || pauseConditions.length > 0);

async function pause(env: ApiServerEnv, { rollout, status }: Current): Promise<boolean> {
  if (status.controllerPause === true) return false;
  const pauseConditions = [{ reason: 'CanaryPauseStep', startTime: new Date().toISOString() }];
  await env.setStatus('Rollout', rollout.metadata.name, { controllerPause: true, phase: 'Paused', pauseConditions });
  return true;
}

async function go(env: ApiServerEnv, { rollout, status, hash }: Current, { setWeight, analysis }: Step, bad: readonly string[]): Promise<boolean> {
  const index = status.currentStepIndex ?? 0;
  const fails = analysis !== undefined && bad.includes(rollout.spec.template.metadata?.annotations?.[ANNOTATIONS.version] ?? '');
  if (analysis) await analyse(env, rollout, { index, hash, fails, templates: (analysis.templates ?? []).map(({ templateName }) => templateName), labels: analysis.analysisRunMetadata?.labels ?? {} });
  const moved = { currentStepIndex: index + 1, phase: 'Progressing', controllerPause: false, ...(setWeight === undefined ? {} : { canary: share(setWeight) }) };
  const aborted = { abort: true, phase: 'Degraded', currentStepIndex: 0, abortedAt: new Date().toISOString(), canary: share(0) };
  await env.setStatus('Rollout', rollout.metadata.name, fails ? aborted : moved);
  return true;
}

const share = (weight: number) => ({ weights: { canary: { weight, serviceName: 'x' }, stable: { weight: 100 - weight, serviceName: 'y' } } });

interface Analysis {
  index: number;
  hash: string;
  /** Names of the AnalysisTemplates. */
  templates: readonly string[];
  labels: Record<string, string>;
  fails: boolean;
}

interface Metric {
  name: string;
  provider: { prometheus: { query: string } };
}

/** As Prometheus would: a query that sorts asks for the number of requests too. */
const answerTo = ({ provider: { prometheus } }: Metric, value: number): string => (prometheus.query.startsWith('sort(') ? `[-200,${String(value)}]` : `[${String(value)}]`);

/** The run of a gate, with one measurement of each metric. */
async function analyse(env: ApiServerEnv, { metadata }: Rollout, { index, hash, templates, labels, fails }: Analysis): Promise<void> {
  const found = (await Promise.all(templates.map((name) => env.get('AnalysisTemplate', name)))) as (KubernetesObject & { spec: { metrics: Metric[] } })[];
  const metrics = found.flatMap(({ spec }) => spec.metrics);
  const phase = fails ? 'Failed' : 'Successful';
  const finishedAt = new Date().toISOString();
  const metricResults = metrics.map((metric) => ({ name: metric.name, phase, measurements: [{ phase, value: answerTo(metric, fails ? 0.5 : 0), finishedAt }] }));
  await env.apply({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisRun',
    metadata: { name: `${metadata.name}-${hash}-${String(index)}`, namespace: NAMESPACE, labels: { ...labels, 'step-index': String(index) } },
    spec: { metrics },
    status: { phase, metricResults },
  });
}
