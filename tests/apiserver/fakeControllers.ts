import type { ValidationReport } from '../../serving/contract/report.ts';
import type { ModelVersion } from '../../operator/api/model.ts';
import { namesOf } from '../../operator/api/names.ts';
import { until } from '../../tools/testenv/until.ts';
import { digestOf } from '../../operator/testing/builders.ts';
import { NAMESPACE, type ApiServerEnv } from './env.ts';

/** What the other controllers report during a release of one model, written by the test. */
export interface FakeControllers {
  /** What the kubelet and the Job controller would report about the validation of a version. */
  reportValidation: (number: string, report: ValidationReport) => Promise<void>;
  /** What Argo Rollouts would report: everyone is on the template's pods. */
  settle: (hash: string) => Promise<void>;
  /** What Argo Rollouts would report on the way from `stable` to `hash`. */
  move: (hash: string, stable: string, status: Record<string, unknown>) => Promise<void>;
  /** What Argo Rollouts would report of the watch over a champion of whose requests 40% fail. */
  failWatch: (number: string) => Promise<void>;
}

export function fakeControllers(env: ApiServerEnv, model: string): FakeControllers {
  const report = async (status: Record<string, unknown>) => {
    const rollout = await until('the Rollout', () => env.get('Rollout', model));
    const observedGeneration = String(rollout.metadata.generation);
    await env.setStatus('Rollout', model, { observedGeneration, abort: false, replicas: 2, availableReplicas: 2, ...status });
  };
  return {
    reportValidation: async (number, result) => {
      const name = namesOf(model).validationJob(digestOf(number));
      const job = await until(`the Job of ${number}`, () => env.get('Job', name));
      const { apiVersion, kind, metadata } = job;
      const pod = `${name}-pod`;
      const template = (job['spec'] as { template: { metadata: { labels: Record<string, string> } } }).template;
      await env.apply({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: pod,
          namespace: NAMESPACE,
          labels: template.metadata.labels,
          ownerReferences: [{ apiVersion, kind, name, uid: metadata.uid ?? '', controller: true }],
        },
        spec: { containers: [{ name: 'validate', image: 'any' }], restartPolicy: 'Never' },
      });
      const terminated = { exitCode: result.result === 'Passed' ? 0 : 3, message: JSON.stringify(result) };
      await env.setStatus('Pod', pod, {
        phase: 'Succeeded',
        containerStatuses: [{ name: 'validate', image: 'any', imageID: 'any', ready: false, restartCount: 0, state: { terminated } }],
      });
    },
    settle: (hash) => report({ phase: 'Healthy', stableRS: hash, currentPodHash: hash }),
    move: (hash, stable, status) => report({ phase: 'Progressing', stableRS: stable, currentPodHash: hash, ...status }),
    failWatch: async (number) => {
      const { status } = (await env.get('ModelVersion', `${model}-${number}`)) as ModelVersion;
      const watch = `${model}-watch-${String(Date.parse(status?.championSince ?? '') / 1000)}`;
      await until('it is watched', () => env.get('AnalysisRun', watch));
      const measurement = { phase: 'Failed', value: '[-62.9,0.4]', finishedAt: new Date().toISOString() };
      const metricResults = [{ name: 'error-rate', phase: 'Failed', measurements: [measurement] }];
      await env.patch('AnalysisRun', watch, { status: { phase: 'Failed', metricResults } }, 'rollouts-controller');
    },
  };
}
