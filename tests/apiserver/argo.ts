import type { Rollout } from '../../operator/api/argo.ts';
import { ANNOTATIONS, namesOf } from '../../operator/api/names.ts';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import type { Cast } from './cast.ts';
import { NAMESPACE, type Stage } from './stage.ts';

interface Step {
  setWeight?: number;
  pause?: { duration?: unknown };
  analysis?: { analysisRunMetadata?: { labels?: Record<string, string> } };
}

type Status = NonNullable<Rollout['status']> & { controllerPause?: boolean };

/**
 * Argo Rollouts, the kubelet and the Job controller for one model, one move at a time: they validate every bundle, and every
 * version passes its gates but for those named `bad`, which fail the first one.
 * @returns a function that makes the next move; false when it is somebody else's turn
 */
export function playArgo(stage: Stage, cast: Cast, model: string, bad: readonly string[]): () => Promise<boolean> {
  return async () => (await validate(stage, cast, model)) || (await roll(stage, cast, model, bad));
}

async function validate(stage: Stage, cast: Cast, model: string): Promise<boolean> {
  for (const number of ['1.0.0', '2.0.0', '3.0.0']) {
    const job = await stage.get('Job', namesOf(model).validationJob(`sha256:${number.replaceAll('.', '').padEnd(64, '0')}`));
    if (!job || (await stage.get('Pod', `${job.metadata.name}-pod`))?.metadata.ownerReferences?.[0]?.uid === job.metadata.uid) continue;
    await stage.remove('Pod', `${job.metadata.name}-pod`).catch(() => undefined);
    await cast.reportValidation(number, { result: 'Passed', reason: 'Valid', message: 'fine' });
    return true;
  }
  return false;
}

async function roll(stage: Stage, cast: Cast, model: string, bad: readonly string[]): Promise<boolean> {
  const rollout = (await stage.get('Rollout', model)) as Rollout | undefined;
  if (!rollout) return false;
  const status = (rollout.status ?? {}) as Status;
  const annotations = rollout.spec.template.metadata?.annotations ?? {};
  const hash = (annotations[ANNOTATIONS.digest] ?? '').slice(7, 12);
  const steps = (rollout.spec.strategy?.canary?.steps ?? []) as Step[];
  const stable = status.stableRS ?? hash;
  const settled = (): Promise<void> => cast.move(hash, hash, { phase: 'Healthy', promoteFull: null, pauseConditions: null, canary: null });
  if (status.observedGeneration !== String(rollout.metadata.generation)) {
    if (stable === hash || steps.length === 0) await settled();
    else if (status.currentPodHash === hash) await cast.move(hash, stable, { ...status, observedGeneration: String(rollout.metadata.generation) });
    else await cast.move(hash, stable, { currentStepIndex: 0, promoteFull: null, pauseConditions: null, controllerPause: false, canary: share(0) });
    return true;
  }
  if (stable === hash || status.abort === true || rollout.spec.paused === true) return false;
  if (status.promoteFull === true) return await settled(), true;
  const index = status.currentStepIndex ?? 0;
  const step = steps[index];
  if (!step) return await settled(), true;
  if (step.pause && step.pause.duration === undefined && status.controllerPause !== true) {
    await stage.setStatus('Rollout', model, { controllerPause: true, phase: 'Paused', pauseConditions: [{ reason: 'CanaryPauseStep', startTime: new Date().toISOString() }] });
    return true;
  }
  if ((status.pauseConditions ?? []).length > 0) return false;
  const fails = step.analysis && bad.includes(annotations[ANNOTATIONS.version] ?? '');
  if (step.analysis) await analyse(stage, rollout, { index, hash, labels: step.analysis.analysisRunMetadata?.labels ?? {}, fails: fails === true });
  const moved = { currentStepIndex: index + 1, phase: 'Progressing', controllerPause: false, ...(step.setWeight === undefined ? {} : { canary: share(step.setWeight) }) };
  const aborted = { abort: true, phase: 'Degraded', currentStepIndex: 0, abortedAt: new Date().toISOString(), canary: share(0) };
  await stage.setStatus('Rollout', model, fails ? aborted : moved);
  return true;
}

const share = (weight: number) => ({ weights: { canary: { weight, serviceName: 'x' }, stable: { weight: 100 - weight, serviceName: 'y' } } });

interface Analysis {
  index: number;
  hash: string;
  labels: Record<string, string>;
  fails: boolean;
}

/** The run of a gate, with one measurement of each metric. */
async function analyse(stage: Stage, { metadata }: Rollout, { index, hash, labels, fails }: Analysis): Promise<void> {
  const gate = (await stage.get('AnalysisTemplate', namesOf(metadata.name).gate)) as KubernetesObject & { spec: { metrics: { name: string }[] } };
  const phase = fails ? 'Failed' : 'Successful';
  const finishedAt = new Date().toISOString();
  const metricResults = gate.spec.metrics.map(({ name }) => ({ name, phase, measurements: [{ phase, value: fails ? '[0.5]' : '[0]', finishedAt }] }));
  await stage.apply({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisRun',
    metadata: { name: `${metadata.name}-${hash}-${String(index)}`, namespace: NAMESPACE, labels: { ...labels, 'step-index': String(index) } },
    spec: { metrics: gate.spec.metrics },
    status: { phase, metricResults },
  });
}
