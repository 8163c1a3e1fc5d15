import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { KINDS } from '../../operator/api/kinds.ts';
import type { Kind, KubernetesObject } from '../../operator/api/objects.ts';
import { collectionPath } from '../../operator/kube/paths.ts';
import { createAdmin, type Admin } from './admin.ts';
import { CRD } from './kinds.ts';
import { startServer, type TestServer } from './server.ts';
import { until } from './until.ts';

jest.setTimeout(60_000);

const { RecommenderModel, ModelVersion } = KINDS;
const DIGEST = `sha256:${'a'.repeat(64)}`;

let server: TestServer;
let admin: Admin;
let count = 0;

beforeAll(async () => {
  server = await startServer();
  admin = createAdmin(server);
  for (const file of ['recommendermodels.yaml', 'modelversions.yaml']) {
    const text = readFileSync(join(import.meta.dirname, '../../crds', file), 'utf8');
    await admin.create(CRD, parse(text) as Record<string, unknown>);
  }
  for (const kind of [RecommenderModel, ModelVersion]) {
    const path = collectionPath(kind, 'default');
    await until(`${kind.plural} to be served`, () => admin.client.send({ method: 'GET', path }).then(() => true, () => false));
  }
});

afterAll(async () => {
  await admin.close();
  await server.stop();
});

type Fields = Readonly<Record<string, unknown>>;

const RELEASE = { version: '1.0.0', uri: 'https://models.example/books/1.0.0/', digest: DIGEST };
const model = (spec: Fields, name = `model-${++count}`): Promise<KubernetesObject> =>
  admin.create(RecommenderModel, { metadata: { name }, spec: { release: RELEASE, ...spec } });
const version = (spec: Fields = {}, name?: string): Promise<KubernetesObject> => {
  const all: Fields = { model: `books${++count}`, ...RELEASE, ...spec };
  return admin.create(ModelVersion, { metadata: { name: name ?? `${String(all['model'])}-${String(all['version'])}` }, spec: all });
};
const release = (change: Fields) => model({ release: { ...RELEASE, ...change } });
const steps = (...list: readonly Fields[]) => model({ delivery: { canary: { steps: list } } });
const freeze = (...list: readonly Fields[]) => model({ delivery: { freeze: list } });
const router = (settings: Fields) => model({ delivery: { router: settings } });
const serving = (settings: Fields) => model({ serving: settings });
const custom = (...list: readonly Fields[]) => model({ analysis: { custom: list } });

describe('RecommenderModel', () => {
  it('needs only a release; everything else has a default', async () => {
    const { spec } = (await model({})) as unknown as { spec: Fields };
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
        blueGreen: { weight: 10, validateFor: '15m', keepPrevious: '24h' },
        validation: { contract: 'Compatible', minItemCoverage: '0.5', minUserCoverage: '0.5', minVocabulary: '0.5', load: { requestsPerSecond: 50, duration: '3s' } },
        shadow: { percent: 100, holdFor: '30m', then: 'Canary' },
        after: { watchFor: '1h', tolerance: '0.5', keepPrevious: '0s' },
        progressDeadline: '10m',
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

  it.each<[string, Fields]>([
    ['a bundle on a claim', { uri: 'pvc://models/books/2.0.0/' }],
    ['a bundle in the root of a claim', { uri: 'pvc://models/' }],
    ['a bundle over plain http', { uri: 'http://store.shop:9000/books/' }],
    ['a bundle in S3', { uri: 's3://models.shop/books/2.0.0/' }],
    ['a bundle in the root of a bucket', { uri: 's3://models/' }],
    ['a pre-release', { version: '2.0.0-rc.1' }],
    ['a pre-release with a hyphen', { version: '2.0.0-0a.1-b.0' }],
  ])('takes %s', async (_what, change) => {
    expect((await release(change))['spec']).toMatchObject({ release: change });
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['no release', () => admin.create(RecommenderModel, { metadata: { name: 'bare' }, spec: {} }), /spec\.release: Required value/],
    ['a version that is no semantic version', () => release({ version: 'v1' }), /spec\.release\.version/],
    ['a version with build metadata', () => release({ version: '1.0.0+7' }), /spec\.release\.version/],
    ['a digest of another kind', () => release({ digest: 'md5:00' }), /spec\.release\.digest/],
    ['a digest in capitals', () => release({ digest: `sha256:${'A'.repeat(64)}` }), /spec\.release\.digest/],
    ['a uri of another scheme', () => release({ uri: 'file:///etc/passwd/' }), /must be https:\/\/HOST\/PATH\//],
    ['a uri without final slash', () => release({ uri: 'https://models.example/books' }), /end in "\/"/],
    ['a uri with credentials', () => release({ uri: 'https://me:secret@models.example/books/' }), /hold no credentials/],
    ['a uri with a query', () => release({ uri: 'https://models.example/books/?a=b/' }), /query or fragment/],
    ['a bucket in capitals', () => release({ uri: 's3://Models/books/' }), /s3:\/\/BUCKET\/PREFIX\//],
    ['a bucket with credentials', () => release({ uri: 's3://me:secret@models/books/' }), /hold no credentials/],
    ['a prefix without final slash', () => release({ uri: 's3://models/books' }), /end in "\/"/],
    ['a prefix that climbs', () => release({ uri: 's3://models/books/../other/' }), /must not contain "\." or "\.\."/],
    ['a uri that climbs', () => release({ uri: 'pvc://models/../other/' }), /must not contain "\." or "\.\."/],
    ['a name too long for its Services', () => model({}, 'x'.repeat(41)), /metadata\.name: Too long/],
    ['a name that no Service can have', () => model({}, 'books.v2'), /the name must start with a letter/],
    ['a group whose name no label can have', () => model({ group: 'At Home' }), /spec\.group/],
    ['max below min', () => model({ serving: { replicas: { min: 5, max: 2 } } }), /spec\.serving\.replicas: .*max must not be below min/],
    ['max below the default of min', () => model({ serving: { replicas: { max: 1 } } }), /max must not be below min/],
    ['no replicas', () => model({ serving: { replicas: { min: 0 } } }), /spec\.serving\.replicas\.min/],
    ['a quantity that is none', () => model({ serving: { resources: { requests: { cpu: 'much' } } } }), /requests\.cpu/],
    ['credentials in the address of a store', () => serving({ storage: { endpoint: 'http://me:secret@minio:9000' } }), /storage\.endpoint: .*hold no credentials/],
    ['a store without scheme', () => serving({ storage: { endpoint: 'minio:9000' } }), /must be http:\/\/HOST or https:\/\/HOST/],
    ['a Secret without name', () => serving({ storage: { secretRef: {} } }), /storage\.secretRef\.name: Required value/],
    ['credentials in the address of Redis', () => serving({ cache: { redis: { url: 'redis://:secret@redis:6379' } } }), /redis\.url: .*belong in the Secret/],
    ['credentials in the query of Redis', () => serving({ cache: { redis: { url: 'redis://redis:6379/0?password=x' } } }), /redis\.url: .*must be redis:/],
    ['a cache that is no Redis', () => serving({ cache: { redis: { url: 'http://redis:6379' } } }), /must be redis:\/\/HOST:PORT/],
    ['a cache without Redis', () => serving({ cache: { ttl: '1h' } }), /cache\.redis: Required value/],
    ['an answer kept for longer than a week', () => serving({ cache: { redis: { url: 'redis://r' }, ttl: '169h' } }), /must not be longer than 168h/],
    ['a life beyond all numbers', () => serving({ cache: { redis: { url: 'redis://r' }, ttl: '99999999999999h' } }), /cache\.ttl/],
    ['protection by nothing', () => serving({ auth: {} }), /needs apiKeys, jwt or both; without auth everyone may call/],
    ['API keys without Secret', () => serving({ auth: { apiKeys: {} } }), /apiKeys\.secretRef: Required value/],
    ['tokens for any audience', () => serving({ auth: { jwt: { issuer: 'https://id', jwksUri: 'https://id/keys' } } }), /jwt\.audience: Required value/],
    ['credentials in the address of keys', () => serving({ auth: { jwt: { issuer: 'i', audience: 'a', jwksUri: 'https://me:secret@id/keys' } } }), /jwksUri: .*hold no credentials/],
    ['a limit of nothing', () => serving({ rateLimit: { requestsPerSecond: 0 } }), /rateLimit\.requestsPerSecond/],
    ['an origin with a path', () => serving({ cors: { origins: ['https://shop.example/'] } }), /cors\.origins\[0\]/],
    ['two origins in one', () => serving({ cors: { origins: ['https://a.example,https://b.example'] } }), /cors\.origins\[0\]/],
    ['no origins', () => serving({ cors: { origins: [] } }), /cors\.origins.*should have at least 1 items/],
    ['traces to nowhere', () => serving({ tracing: {} }), /tracing\.endpoint: Required value/],
    ['a share of traces above one', () => serving({ tracing: { endpoint: 'http://otel:4318', sampleRatio: '1.1' } }), /tracing\.sampleRatio/],
    ['an acceptance of anything', () => model({ analysis: { acceptance: [{ metric: 'ndcg@10' }] } }), /needs min or minImprovement where more is better/],
    ['an acceptance of more and of less', () => model({ analysis: { acceptance: [{ metric: 'rmse', min: '0.1', maxIncrease: '0' }] } }), /and not of both kinds/],
    ['limits without a load', () => model({ delivery: { validation: { load: { requestsPerSecond: 0, memory: '1Gi' } } } }), /limits need a load/],
    ['a load without end', () => model({ delivery: { validation: { load: { duration: '2m' } } } }), /must be more than nothing and at most 60s/],
    ['a throttled rate above one', () => model({ analysis: { guardrails: { throttledRate: '2' } } }), /guardrails\.throttledRate/],
    ['an unknown strategy', () => model({ delivery: { strategy: 'Hope' } }), /Unsupported value: "Hope"/],
    ['a first step too large', () => steps({ weight: 21 }), /the first step must not exceed 20 percent of users/],
    ['weights that fall', () => steps({ weight: 20 }, { weight: 10 }), /weights must grow from step to step/],
    ['weights that stand still', () => steps({ weight: 10 }, { weight: 10 }), /weights must grow from step to step/],
    ['a step to everyone', () => steps({ weight: 10 }, { weight: 100 }), /steps\[1\]\.weight/],
    ['no steps', () => steps(), /steps.*should have at least 1 items/],
    ['a hold that is no duration', () => steps({ weight: 10, hold: 'a while' }), /steps\[0\]\.hold/],
    ['a window of neither kind', () => freeze({}), /needs either from and to, or days, start and duration/],
    ['a window without end', () => freeze({ from: '2026-12-24T00:00:00Z' }), /needs either from and to/],
    ['a window that ends before it begins', () => freeze({ from: '2026-12-24T00:00:00Z', to: '2026-12-23T00:00:00Z' }), /from must be before to/],
    ['a weekly window without duration', () => freeze({ days: ['Fri'], start: '17:00' }), /needs either from and to/],
    ['an hour that is none', () => freeze({ days: ['Fri'], start: '25:00', duration: '1h' }), /freeze\[0\]\.start/],
    ['a router of another kind', () => router({ type: 'Magic' }), /Unsupported value: "Magic"/],
    ['Nginx without an Ingress', () => router({ type: 'Nginx' }), /nginx belongs to type Nginx, which needs it/],
    ['two Ingresses', () => router({ type: 'Nginx', nginx: { ingress: 'shop', host: 'shop.example' } }), /needs either ingress or host/],
    ['a class for an Ingress of the user', () => router({ type: 'Nginx', nginx: { ingress: 'shop', className: 'nginx' } }), /className and tlsSecret belong to host/],
    ['fields of another router', () => router({ type: 'None', istio: {} }), /istio belongs to type Istio/],
    ['hosts for a VirtualService of the user', () => router({ type: 'Istio', istio: { virtualService: { name: 'shop' }, hosts: ['shop'] } }), /do not belong to a VirtualService of your own/],
    ['testers where nobody reads their header', () => router({ testers: { header: 'x-tester', value: 'yes' } }), /testers belongs to the types Nginx and Istio/],
    ['a second stack that has users at once', () => model({ delivery: { strategy: 'BlueGreen', router: { type: 'None' } } }), /strategy BlueGreen needs a router/],
    ['a requirement without model', () => model({ delivery: { requires: [{ namespace: 'staging' }] } }), /requires\[0\]\.name: Required value/],
    ['a watch of months', () => model({ delivery: { after: { watchFor: '169h' } } }), /watchFor: .*must not be longer than 168h/],
    ['a tolerance that is no number', () => model({ delivery: { after: { tolerance: 'some' } } }), /after\.tolerance/],
    ['an error rate above one', () => model({ analysis: { guardrails: { errorRate: '1.5' } } }), /guardrails\.errorRate/],
    ['a custom guardrail without limit', () => custom({ name: 'x', query: 'up' }), /needs max, min or both/],
    ['a custom guardrail of a built-in name', () => custom({ name: 'error-rate', query: 'up', max: '1' }), /belongs to a built-in guardrail/],
    ['a custom guardrail with the name of a check of shadows', () => custom({ name: 'shadow-overlap', query: 'up', max: '1' }), /belong to built-in checks/],
    ['two custom guardrails of one name', () => custom({ name: 'x', query: 'a', max: '1' }, { name: 'x', query: 'b', max: '1' }), /Duplicate value/],
  ])('refuses %s, and says why', async (_what, make, message) => {
    await expect(make()).rejects.toThrow(message);
  });

  it.each<[string, Fields]>([
    ['an Ingress of the user', { type: 'Nginx', nginx: { ingress: 'shop' }, testers: { header: 'X-Tester', value: 'yes' } }],
    ['an Ingress to be made', { type: 'Nginx', nginx: { host: 'books.example.org', className: 'internal', tlsSecret: 'books-tls' } }],
    ['the mesh', { type: 'Istio' }],
    ['a gateway of the mesh', { type: 'Istio', istio: { hosts: ['books.example.org'], gateways: ['edge/public'] } }],
    ['a VirtualService of the user', { type: 'Istio', istio: { virtualService: { name: 'shop', routes: ['books'] } } }],
    ['the number of pods', { type: 'None' }],
  ])('takes as router %s', async (_what, settings) => {
    expect((await router(settings))['spec']).toMatchObject({ delivery: { router: settings } });
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
    const { spec } = (await serving(settings)) as unknown as { spec: Fields };
    expect(spec['serving']).toMatchObject({
      ...settings,
      cache: { ...settings.cache, ttl: '1h' },
      rateLimit: { requestsPerSecond: 10_000, burst: 5000 },
      tracing: { endpoint: 'http://otel:4318', sampleRatio: '0.01' },
    });
  });

  it('takes a change of an older resource, which knows none of these', async () => {
    const name = (await model({ serving: { replicas: { min: 1, max: 1 } }, analysis: { guardrails: { errorRate: '0.1' } } })).metadata.name;
    const { spec } = (await admin.patch(RecommenderModel, name, { spec: { serving: { targetCPU: 50 } } })) as unknown as { spec: { serving: Fields } };
    expect(Object.keys(spec.serving).toSorted()).toEqual(['replicas', 'resources', 'targetCPU']);
  });

  it('lets a release be changed at any time', async () => {
    const name = (await model({})).metadata.name;
    const changed = await admin.patch(RecommenderModel, name, { spec: { release: { version: '2.0.0' } } });
    expect(changed.metadata.generation).toBe(2);
  });

  it('does not take status from people’s manifests', async () => {
    const made = await admin.create(RecommenderModel, {
      metadata: { name: `model-${++count}` },
      spec: { release: RELEASE },
      status: { phase: 'Healthy' },
    });
    expect(made['status']).toBeUndefined();
  });
});

describe('ModelVersion', () => {
  it('never changes', async () => {
    const { name } = (await version({ task: 'user-to-items', metrics: { 'ndcg@10': '0.4' }, lineage: { run: '1' } })).metadata;
    const changes = [
      { uri: 'https://elsewhere.example/' }, { digest: `sha256:${'b'.repeat(64)}` }, { task: 'text-to-items' }, { metrics: { 'ndcg@10': '0.9' } },
      { lineage: { run: '2' } }, { lineage: null }, { model: 'others' }, { version: '1.0.1' },
    ];
    for (const spec of changes) {
      await expect(admin.patch(ModelVersion, name, { spec })).rejects.toThrow('a ModelVersion never changes; publish a new version instead');
    }
    expect((await admin.patch(ModelVersion, name, { metadata: { labels: { team: 'x' } } })).metadata.labels).toEqual({ team: 'x' });
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['no model', () => version({ model: undefined }, 'x-1.0.0'), /spec\.model: Required value/],
    ['no digest', () => version({ digest: undefined }), /spec\.digest: Required value/],
    ['a wrong digest', () => version({ digest: 'x' }), /spec\.digest/],
    ['a wrong version', () => version({ version: '1' }), /spec\.version/],
    ['build metadata', () => version({ version: '1.0.0+7' }), /spec\.version/],
    ['a number with a leading zero', () => version({ version: '1.0.0-rc.01' }), /spec\.version/],
    ['a second record of a version', () => version({}, 'by-another-name'), /the name must be MODEL-VERSION/],
  ])('refuses %s', async (_what, make, message) => {
    await expect(make()).rejects.toThrow(message);
  });
});

describe('kubectl get', () => {
  it('shows wish, champion, candidate, weight, phase and message', async () => {
    const { name } = (await model({})).metadata;
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
    expect(row).toMatchObject({ Name: name, Wish: '1.0.0', Champion: '1.0.0', Candidate: '2.0.0', Weight: 50, Phase: 'Canary', Message: 'half way' });
  });

  it('shows the stage and the offline quality of a version', async () => {
    const { name } = (await version()).metadata;
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
