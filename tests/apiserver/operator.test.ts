import { describe, expect, it, jest } from '@jest/globals';
import type { Rollout } from '../../operator/api/argo.ts';
import type { ModelVersion, RecommenderModel } from '../../operator/api/model.ts';
import { namesOf } from '../../operator/api/names.ts';
import type { ValidationReport } from '../../serving/contract/report.ts';
import { sampleOf } from '../../serving/validate/sample.ts';
import { digestOf, release } from '../../operator/testing/builders.ts';
import { freePort } from '../../tools/testenv/ports.ts';
import { until } from '../../tools/testenv/until.ts';
import { fakeControllers } from './fakeControllers.ts';
import { NAMESPACE, openEnv } from './env.ts';

/** The whole operator on a real API server; the test writes what Argo Rollouts and the kubelet would. */

jest.setTimeout(60_000);

const { env, server } = await openEnv();
const controllers = fakeControllers(env, 'books');
const probePort = await freePort();
env.startOperator({ PROBE_PORT: String(probePort) });

const desired = (version: string, spec: Record<string, unknown> = {}, name = 'books') => ({
  apiVersion: 'recommender.dev/v1alpha1',
  kind: 'RecommenderModel',
  metadata: { name, namespace: NAMESPACE },
  spec: { release: release(version), serving: { replicas: { min: 2, max: 2 } }, ...spec },
});

const model = async (name = 'books') => (await env.get('RecommenderModel', name)) as RecommenderModel | undefined;
const versionOf = async (number: string) => (await env.get('ModelVersion', `books-${number}`)) as ModelVersion | undefined;
const untilStage = (number: string, wanted: string) =>
  until(`${number} is ${wanted}`, async () => (await versionOf(number))?.status?.stage === wanted);

/** How often the operator has looked at a model. */
async function reconciliations(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${String(probePort)}/metrics`)).text();
  return [...text.matchAll(/^controller_runtime_reconcile_total\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

const EVERYTHING = {
  resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '1500m', memory: '512Mi' } },
  cache: { redis: { url: 'redis://redis:6379', secretRef: { name: 'redis' } } },
  auth: { apiKeys: { secretRef: { name: 'callers' } }, jwt: { issuer: 'https://id.example', audience: 'books', jwksUri: 'https://id.example/keys' } },
  rateLimit: {},
  cors: { origins: ['*'] },
  accessLog: 'All',
  tracing: { endpoint: 'http://otel:4318' },
};

const CONTRACT = {
  task: 'user-to-items',
  inputs: [{ name: 'user', from: 'user_id', type: 'int64', required: false, vocabulary: 3 }],
  outputs: ['items', 'scores'],
  k: 20,
  items: sampleOf(['i1', 'i2']),
  users: sampleOf(['u1', 'u2', 'u3']),
};

describe('the operator on a real API server', () => {
  const passed = { result: 'Passed', reason: 'Valid', message: 'fine', metrics: { 'ndcg@10': 0.41 } } as const;

  it('takes a first version from desired to champion', async () => {
    await env.apply(desired('1.0.0'));
    await untilStage('1.0.0', 'Validating');
    await controllers.reportValidation('1.0.0', passed);
    await until('the Rollout', () => env.get('Rollout', 'books'));
    await controllers.settle('one');
    await untilStage('1.0.0', 'Champion');
    await until('the status says so', async () => (await model())?.status?.phase === 'Watching');
    const champion = await versionOf('1.0.0');
    expect(champion?.status?.metrics).toEqual({ 'ndcg@10': '0.41' });
    expect(champion?.status?.decisions?.map(({ to }) => to)).toEqual(['Champion', 'Challenger', 'Validating']);
  });

  it('creates every owned kind, as the API server accepts it', async () => {
    const names = namesOf('books');
    for (const [kind, name] of [
      ['Service', names.championService],
      ['Service', names.candidateService],
      ['Ingress', names.stableIngress],
      ['AnalysisTemplate', names.guardrails],
      ['AnalysisTemplate', names.gate],
      ['AnalysisTemplate', names.weightGate],
      ['PodDisruptionBudget', names.disruptionBudget],
      ['ServiceAccount', names.serviceAccount],
      ['Role', names.serviceAccount],
      ['RoleBinding', names.serviceAccount],
    ] as const) {
      expect(await env.get(kind, name)).toBeDefined();
    }
    expect(await env.get('HorizontalPodAutoscaler', 'books')).toBeUndefined();
  });

  it('makes no request when there is nothing to do, though objects keep changing around it', async () => {
    // Whether a kind has come that this cluster lacks is looked at from time to time.
    const isOfWatching = (verb: string, resource = '') => verb === 'watch' || (verb === 'list' && resource === 'virtualservices');
    const requests = () => server.audit('recommender-operator').filter(({ verb, objectRef }) => !isOfWatching(verb, objectRef?.resource) && objectRef?.resource !== 'leases');
    await until('the operator looks at a change and makes no request', async () => {
      const before = { requests: requests().length, runs: await reconciliations() };
      await env.setStatus('Rollout', 'books', { message: `probe ${String(before.runs)}` });
      await until('it looks', async () => (await reconciliations()) > before.runs);
      return requests().length === before.requests;
    });
    const before = requests().length;
    for (const message of ['a', 'b', 'c']) await env.setStatus('Rollout', 'books', { message });
    // A change the operator must answer proves that it has seen the ones before.
    const { metadata } = await env.apply(desired('1.0.0', { delivery: { freeze: [{ from: '2020-12-24T00:00:00Z', to: '2020-12-27T00:00:00Z' }] } }));
    await until('it answered', async () => (await model())?.status?.observedGeneration === metadata.generation);
    const made = requests().slice(before);
    expect(made.map(({ verb, objectRef }) => [verb, objectRef?.resource, objectRef?.subresource])).toEqual([['patch', 'recommendermodels', 'status']]);
  });

  it('adds and removes the autoscaler with the range, following what it set', async () => {
    await env.apply(desired('1.0.0', { serving: { replicas: { min: 2, max: 5 } } }));
    await until('the autoscaler', () => env.get('HorizontalPodAutoscaler', 'books'));
    await env.scale('books', 4);
    await env.apply(desired('1.0.0'));
    await until('it is gone', async () => (await env.get('HorizontalPodAutoscaler', 'books')) === undefined);
    const rollout = (await env.get('Rollout', 'books')) as Rollout | undefined;
    expect(rollout?.spec.replicas).toBe(2);
    expect((await model())?.status?.conditions).toContainEqual(expect.objectContaining({ type: 'Reconciled', status: 'True' }));
  });

  it('takes every serving setting to the pods, as the API server accepts it, and writes it once', async () => {
    await env.apply(desired('1.0.0', { serving: { replicas: { min: 2, max: 2 }, ...EVERYTHING } }));
    await until('the pods mount the keys', async () => JSON.stringify(await env.get('Rollout', 'books')).includes('"secretName":"callers"'));
    const writes = () => server.audit('recommender-operator').filter(({ verb, objectRef }) => verb === 'patch' && objectRef?.resource === 'rollouts').length;
    const before = writes();
    await env.apply({ ...desired('1.0.0', { serving: { replicas: { min: 2, max: 2 }, ...EVERYTHING } }), metadata: { name: 'books', namespace: NAMESPACE, annotations: { 'recommender.dev/retry': 'settings' } } });
    await until('it looked again', async () => (await model())?.status?.acts?.retry === 'settings');
    expect(writes()).toBe(before);
    expect((await model())?.status?.conditions).toContainEqual(expect.objectContaining({ type: 'Reconciled', status: 'True' }));
    await env.apply(desired('1.0.0'));
    await until('they are gone', async () => !JSON.stringify(await env.get('Rollout', 'books')).includes('callers'));
    await controllers.settle('one');
  });

  it('does not call a changed spec served before its pods are', async () => {
    const { metadata } = await env.apply(desired('1.0.0', { serving: { replicas: { min: 2, max: 2 }, cors: { origins: ['https://shop.example'] } } }));
    const { generation } = metadata;
    await until('the pods are being replaced', async () => {
      const { status } = (await model()) ?? {};
      return status?.observedGeneration === generation && status?.message?.includes('being replaced');
    });
    const written = server
      .audit('recommender-operator')
      .flatMap(({ requestObject }) => (Array.isArray(requestObject) ? (requestObject as { path: string; value: RecommenderModel['status'] }[]) : []))
      .filter(({ path, value }) => path === '/status' && value?.observedGeneration === generation);
    expect(written.map(({ value }) => value?.message)).toEqual(['1.0.0 serves everyone; its pods are being replaced.']);
    await env.apply(desired('1.0.0'));
    await until('they are as before', async () => !JSON.stringify(await env.get('Rollout', 'books')).includes('shop.example'));
    await controllers.settle('one');
  });

  it('validates a bundle in S3 with the credentials of its Secret, else as the pod itself', async () => {
    const name = namesOf('bucket').validationJob(digestOf('4.0.0'));
    const inBucket = (serving: object) => desired('4.0.0', { release: { ...release('4.0.0'), uri: 's3://models/books/4.0.0/' }, serving }, 'bucket');
    const untilPods = (holds: (spec: { serviceAccountName?: string; containers: { env: object[] }[] }) => boolean) =>
      until('the Job', async () => {
        const job = (await env.get('Job', name)) as { spec: { template: { spec: Parameters<typeof holds>[0] } } } | undefined;
        return job && holds(job.spec.template.spec) && job.spec.template.spec;
      });
    await env.apply(inBucket({ storage: { secretRef: { name: 'store' }, region: 'eu-central-1' } }));
    const { containers } = await untilPods(({ serviceAccountName }) => serviceAccountName === undefined);
    expect(containers[0]?.env).toContainEqual({ name: 'AWS_SECRET_ACCESS_KEY', valueFrom: { secretKeyRef: { name: 'store', key: 'AWS_SECRET_ACCESS_KEY' } } });
    await env.apply(inBucket({ storage: { region: 'eu-central-1' } }));
    await untilPods(({ serviceAccountName }) => serviceAccountName === 'bucket-serving');
    expect(await env.get('ServiceAccount', 'bucket-serving')).toBeDefined();
    await env.remove('RecommenderModel', 'bucket');
  });

  it('rejects an invalid bundle before any pod of it exists and does not try it again', async () => {
    const before = await env.get('Rollout', 'books');
    await env.apply(desired('5.0.0'));
    await untilStage('5.0.0', 'Validating');
    await controllers.reportValidation('5.0.0', { result: 'Invalid', reason: 'DigestMismatch', message: 'model.onnx is not what bundle.yaml pins.' });
    await untilStage('5.0.0', 'Rejected');
    await until('the message', async () => (await model())?.status?.message?.includes('model.onnx is not what bundle.yaml pins.'));
    await until('the Job is gone', async () => (await env.get('Job', namesOf('books').validationJob(digestOf('5.0.0')))) === undefined);
    expect((await env.get('Rollout', 'books'))?.metadata.generation).toBe(before?.metadata.generation);
  });

  it('keeps what validation found, and rejects a version that breaks it for callers or is worse, before any pod of it exists', async () => {
    const { serving, delivery } = { serving: { replicas: { min: 2, max: 2 } }, delivery: { approval: 'Manual' } };
    const analysis = { acceptance: [{ metric: 'ndcg@10', minImprovement: '-0.01' }] };
    const before = await env.get('Rollout', 'books');
    const report = (more: Partial<ValidationReport> = {}): ValidationReport => ({ ...passed, task: 'user-to-items', contract: CONTRACT, ...more });
    const outcome = async (number: string, stageOf: string, told: ValidationReport) => {
      await env.apply(desired(number, { serving, delivery, analysis }));
      await untilStage(number, 'Validating');
      await controllers.reportValidation(number, told);
      await untilStage(number, stageOf);
      return (await versionOf(number))?.status;
    };
    // The first champion has no contract on record, and this one is only told apart from it.
    const load = { requestsPerSecond: 50, requests: 150, failed: 0, p50Ms: 1.2, p99Ms: 3.4, memoryBytes: 2 ** 27, memoryGrowthBytes: 0 };
    const fine = await outcome('6.0.0', 'Challenger', report({ load }));
    expect(fine?.decisions?.[0]?.reason).toContain('Its contract was not compared with that of champion 1.0.0: 1.0.0 has none on record. Its ndcg@10 is 0.41, +0 compared with champion 1.0.0.');
    expect(fine).toMatchObject({ contract: CONTRACT, validation: { requests: 150, p99: '3.4ms', memory: '128Mi' } });
    const worse = await outcome('6.1.0', 'Rejected', report({ metrics: { 'ndcg@10': 0.2 } }));
    expect(worse?.decisions?.[0]?.evidence).toEqual([{ metric: 'ndcg@10', estimate: '0.2', threshold: '0.4', verdict: 'Fail' }]);
    await env.setStatus('ModelVersion', namesOf('books').version('1.0.0'), { contract: CONTRACT });
    const broken = await outcome('6.2.0', 'Rejected', report({ contract: { ...CONTRACT, inputs: [] } }));
    expect(broken?.decisions?.[0]?.reason).toContain('input "user" (int64 from user_id by vocabulary) is missing');
    expect((await env.get('Rollout', 'books'))?.metadata.generation).toBe(before?.metadata.generation);
  });

  it('shows who holds a field that it would have to take, and takes nothing', async () => {
    await env.apply({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'books', namespace: NAMESPACE },
      spec: { maxUnavailable: 2 },
    });
    const condition = await until('the condition', async () => (await model())?.status?.conditions?.find(({ type, reason }) => type === 'Reconciled' && reason === 'FieldConflict'));
    expect(condition).toMatchObject({ status: 'False', message: expect.stringContaining('a-person') });
    await env.remove('PodDisruptionBudget', 'books');
    await until('it is as planned again', async () => (await model())?.status?.conditions?.some(({ type, status }) => type === 'Reconciled' && status === 'True'));
  });

  it('takes no object from another model whose names overlap', async () => {
    const before = await env.get('Service', 'books-candidate');
    await env.apply(desired('1.0.0', {}, 'books-candidate'));
    const version = await until('its version', () => env.get('ModelVersion', 'books-candidate-1.0.0'));
    await env.setStatus('ModelVersion', version.metadata.name, { stage: 'Champion', championSince: '2026-01-01T00:00:00Z' });
    const condition = await until('the condition', async () =>
      (await model('books-candidate'))?.status?.conditions?.find(({ reason }) => reason === 'FieldConflict'),
    );
    expect(condition.message).toContain('RecommenderModel books');
    expect((await env.get('Service', 'books-candidate'))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
    await env.remove('RecommenderModel', 'books-candidate');
  });

  it('rebuilds a deleted Rollout with the champion though another version is desired', async () => {
    await env.apply(desired('2.0.0'));
    await untilStage('2.0.0', 'Validating');
    await controllers.reportValidation('2.0.0', { ...passed, task: 'user-to-items', contract: CONTRACT });
    await untilStage('2.0.0', 'Challenger');
    await env.remove('Rollout', 'books');
    const rebuilt = await until('a new Rollout', () => env.get('Rollout', 'books'));
    const template = (rebuilt['spec'] as { template: { metadata: { annotations: Record<string, string> } } }).template;
    expect(template.metadata.annotations['recommender.dev/version']).toBe('1.0.0');
  });

  it('keeps the versions of a deleted model', async () => {
    await env.remove('RecommenderModel', 'books');
    await until('the model is gone', async () => (await model()) === undefined);
    expect((await versionOf('1.0.0'))?.status?.stage).toBe('Champion');
  });
});
