import { describe, expect, it, jest } from '@jest/globals';
import { KINDS } from '../../operator/api/kinds.ts';
import type { Kind } from '../../operator/api/objects.ts';
import { collectionPath } from '../../operator/kube/paths.ts';
import { openServer } from './admin.ts';
import { DIGEST, type Fields, RELEASE, resourcesOf } from './resources.ts';

jest.setTimeout(60_000);

const { RecommenderModel, ModelVersion } = KINDS;

const { admin } = await openServer();
await admin.installCrds();
const make = resourcesOf(admin);

describe('RecommenderModel', () => {
  it('needs only a release; everything else has a default', async () => {
    const { spec } = (await make.model({})) as unknown as { spec: Fields };
    expect(spec).toEqual({
      release: RELEASE,
      serving: {
        replicas: { min: 2, max: 10 },
        targetCPU: 70,
        resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '512Mi' } },
      },
      delivery: {
        strategy: 'Canary',
        canary: { steps: [{ weight: 10, hold: '15m' }, { weight: 50, hold: '15m' }] },
        approval: 'Automatic',
        blueGreen: { weight: 10, validateFor: '15m' },
        validation: { contract: 'Compatible', batchDependence: 'Allow', minItemCoverage: '0.5', minUserCoverage: '0.5', minVocabulary: '0.5', load: { requestsPerSecond: 50, duration: '3s' } },
        shadow: { percent: 100, holdFor: '30m', then: 'Canary' },
        after: { watchFor: '1h', tolerance: '0.5' },
        progressDeadline: '10m',
        outage: 'TakeOver',
        router: { type: 'BuiltIn' },
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
    });
  });

  it('says that no operator has looked at it, for tools that would otherwise take it for done', async () => {
    const { metadata, status } = (await make.model({})) as unknown as { metadata: { name: string }; status: unknown };
    expect(status).toEqual({ observedGeneration: -1 });
    expect((await admin.patch(RecommenderModel, metadata.name, { spec: { registry: { keep: 5 } } }))['status']).toEqual({ observedGeneration: -1 });
  });

  it.each<[string, Fields]>([
    ['a bundle on a claim', { uri: 'pvc://models/books/2.0.0/' }],
    ['a bundle in the root of a claim', { uri: 'pvc://models/' }],
    ['a bundle over plain http', { uri: 'http://store.shop:9000/books/' }],
    ['a bundle in S3', { uri: 's3://models.shop/books/2.0.0/' }],
    ['a bundle in the root of a bucket', { uri: 's3://models/' }],
    ['a pre-release', { version: '2.0.0-rc.1' }],
    ['a pre-release with a hyphen', { version: '2.0.0-0a.1-b.0' }],
  ])('takes %s', async (_what, change) => {
    expect((await make.release(change))['spec']).toMatchObject({ release: change });
  });

  it.each<[string, Fields]>([
    ['an Ingress of the user', { type: 'Nginx', nginx: { ingress: 'shop' }, testers: { header: 'X-Tester', value: 'yes' } }],
    ['an Ingress to be made', { type: 'Nginx', nginx: { host: 'books.example.org', className: 'internal', tlsSecret: 'books-tls' } }],
    ['the mesh', { type: 'Istio' }],
    ['a gateway of the mesh', { type: 'Istio', istio: { hosts: ['books.example.org'], gateways: ['edge/public'] } }],
    ['a VirtualService of the user', { type: 'Istio', istio: { virtualService: { name: 'shop', routes: ['books'] } } }],
    ['the number of pods', { type: 'None' }],
  ])('takes as router %s', async (_what, settings) => {
    expect((await make.router(settings))['spec']).toMatchObject({ delivery: { router: settings } });
  });

  it('fills in what a protection, a cache or traces leave open', async () => {
    const settings = {
      storage: { secretRef: { name: 'store' }, endpoint: 'http://minio.storage:9000/base', region: 'eu-central-1' },
      cache: { redis: { url: 'rediss://redis.shop:6379/2', secretRef: { name: 'redis' } } },
      auth: { apiKeys: { secretRef: { name: 'callers' } }, jwt: { issuer: 'https://id.example', audience: 'books', jwksUri: 'https://id.example/keys' } },
      rateLimit: {},
      cors: { origins: ['*', 'https://shop.example:8443', 'http://[::1]:3000'] },
      tracing: { endpoint: 'http://otel:4318' },
    };
    const { spec } = (await make.serving(settings)) as unknown as { spec: Fields };
    expect(spec['serving']).toMatchObject({
      ...settings,
      cache: { ...settings.cache, ttl: '1h' },
      rateLimit: { requestsPerSecond: 10_000, burst: 5000 },
      tracing: { endpoint: 'http://otel:4318', sampleRatio: '0.01' },
    });
  });

  it('takes a change of an older resource, which knows none of these', async () => {
    const name = (await make.model({ serving: { replicas: { min: 1, max: 1 } }, analysis: { guardrails: { errorRate: '0.1' } } })).metadata.name;
    const { spec } = (await admin.patch(RecommenderModel, name, { spec: { serving: { targetCPU: 50 } } })) as unknown as { spec: { serving: Fields } };
    expect(Object.keys(spec.serving).toSorted()).toEqual(['replicas', 'resources', 'targetCPU']);
  });

  it('lets a release be changed at any time', async () => {
    const name = (await make.model({})).metadata.name;
    const changed = await admin.patch(RecommenderModel, name, { spec: { release: { version: '2.0.0' } } });
    expect(changed.metadata.generation).toBe(2);
  });

  it('does not take status from people’s manifests', async () => {
    const made = await admin.create(RecommenderModel, {
      metadata: { name: 'with-status' },
      spec: { release: RELEASE },
      status: { phase: 'Healthy' },
    });
    expect(made['status']).toEqual({ observedGeneration: -1 });
  });
});

describe('ModelVersion', () => {
  it('never changes', async () => {
    const { name } = (await make.version({ task: 'user-to-items', metrics: { 'ndcg@10': '0.4' }, lineage: { run: '1' } })).metadata;
    const changes = [
      { uri: 'https://elsewhere.example/' }, { digest: `sha256:${'b'.repeat(64)}` }, { task: 'text-to-items' }, { metrics: { 'ndcg@10': '0.9' } },
      { lineage: { run: '2' } }, { lineage: null }, { model: 'others' }, { version: '1.0.1' },
    ];
    for (const spec of changes) {
      await expect(admin.patch(ModelVersion, name, { spec })).rejects.toThrow('a ModelVersion is immutable: publish a new version instead');
    }
    expect((await admin.patch(ModelVersion, name, { metadata: { labels: { team: 'x' } } })).metadata.labels).toEqual({ team: 'x' });
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['no model', () => make.version({ model: undefined }, 'x-1.0.0'), /spec\.model: Required value/],
    ['no digest', () => make.version({ digest: undefined }), /spec\.digest: Required value/],
    ['a wrong digest', () => make.version({ digest: 'x' }), /spec\.digest/],
    ['a wrong version', () => make.version({ version: '1' }), /spec\.version/],
    ['build metadata', () => make.version({ version: '1.0.0+7' }), /spec\.version/],
    ['a number with a leading zero', () => make.version({ version: '1.0.0-rc.01' }), /spec\.version/],
    ['a second record of a version', () => make.version({}, 'by-another-name'), /the name must be MODEL-VERSION/],
  ])('refuses %s', async (_what, attempt, message) => {
    await expect(attempt()).rejects.toThrow(message);
  });
});

describe('kubectl get', () => {
  it('shows wish, champion, candidate, weight, phase and message', async () => {
    const { name } = (await make.model({})).metadata;
    await admin.client.send({
      method: 'PATCH',
      path: `${collectionPath(RecommenderModel, 'default')}/${name}/status`,
      contentType: 'application/merge-patch+json',
      body: {
        status: {
          phase: 'Canary',
          message: 'half way',
          champion: { version: '1.0.0', digest: DIGEST, uri: RELEASE.uri, since: '2026-01-01T00:00:00Z' },
          candidate: { version: '2.0.0', digest: DIGEST, since: '2026-01-01T00:00:00Z', weight: 50, step: 2 },
        },
      },
    });
    const row = await columnsOf(RecommenderModel, name);
    expect(row).toMatchObject({ Name: name, Desired: '1.0.0', Champion: '1.0.0', Candidate: '2.0.0', Weight: 50, Phase: 'Canary', Message: 'half way' });
  });

  it('shows the stage and the offline quality of a version', async () => {
    const { name } = (await make.version()).metadata;
    await admin.client.send({
      method: 'PATCH',
      path: `${collectionPath(ModelVersion, 'default')}/${name}/status`,
      contentType: 'application/merge-patch+json',
      body: { status: { stage: 'Champion', metrics: { 'ndcg@10': '0.41' } } },
    });
    expect(await columnsOf(ModelVersion, name)).toMatchObject({ Name: name, Stage: 'Champion', 'NDCG@10': '0.41' });
  });
});

/** What `kubectl get` prints of an object, by column. */
async function columnsOf(kind: Kind, name: string): Promise<Record<string, unknown>> {
  const table = (await admin.client.send({
    method: 'GET',
    path: `${collectionPath(kind, 'default')}/${name}`,
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  })) as { columnDefinitions: { name: string }[]; rows: { cells: unknown[] }[] };
  return Object.fromEntries(table.columnDefinitions.map(({ name: column }, n) => [column, table.rows[0]?.cells[n]]));
}
