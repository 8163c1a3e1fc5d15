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
const version = (spec: Fields = {}, name = `version-${++count}`): Promise<KubernetesObject> =>
  admin.create(ModelVersion, { metadata: { name }, spec: { model: 'books', ...RELEASE, ...spec } });
const release = (change: Fields) => model({ release: { ...RELEASE, ...change } });
const steps = (...list: readonly Fields[]) => model({ delivery: { canary: { steps: list } } });
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
        progressDeadline: '10m',
      },
      analysis: {
        interval: '1m',
        window: '5m',
        minRequests: 100,
        guardrails: { errorRate: '0.05', averageLatency: '1s', p99Latency: '2s', inferenceErrorsPerMinute: 10 },
        custom: [],
      },
    });
  });

  it.each<[string, Fields]>([
    ['a bundle on a claim', { uri: 'pvc://models/books/2.0.0/' }],
    ['a bundle in the root of a claim', { uri: 'pvc://models/' }],
    ['a bundle over plain http', { uri: 'http://store.shop:9000/books/' }],
    ['a pre-release', { version: '2.0.0-rc.1' }],
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
    ['a uri that climbs', () => release({ uri: 'pvc://models/../other/' }), /must not contain "\." or "\.\."/],
    ['a name too long for its Services', () => model({}, 'x'.repeat(41)), /metadata\.name: Too long/],
    ['a name that no Service can have', () => model({}, 'books.v2'), /the name must start with a letter/],
    ['max below min', () => model({ serving: { replicas: { min: 5, max: 2 } } }), /spec\.serving\.replicas: .*max must not be below min/],
    ['max below the default of min', () => model({ serving: { replicas: { max: 1 } } }), /max must not be below min/],
    ['no replicas', () => model({ serving: { replicas: { min: 0 } } }), /spec\.serving\.replicas\.min/],
    ['a quantity that is none', () => model({ serving: { resources: { requests: { cpu: 'much' } } } }), /requests\.cpu/],
    ['an unknown strategy', () => model({ delivery: { strategy: 'Hope' } }), /Unsupported value: "Hope"/],
    ['a first step too large', () => steps({ weight: 21 }), /the first step must not exceed 20 percent of users/],
    ['weights that fall', () => steps({ weight: 20 }, { weight: 10 }), /weights must grow from step to step/],
    ['weights that stand still', () => steps({ weight: 10 }, { weight: 10 }), /weights must grow from step to step/],
    ['a step to everyone', () => steps({ weight: 10 }, { weight: 100 }), /steps\[1\]\.weight/],
    ['no steps', () => steps(), /steps.*should have at least 1 items/],
    ['a hold that is no duration', () => steps({ weight: 10, hold: 'a while' }), /steps\[0\]\.hold/],
    ['an error rate above one', () => model({ analysis: { guardrails: { errorRate: '1.5' } } }), /guardrails\.errorRate/],
    ['a custom guardrail without limit', () => custom({ name: 'x', query: 'up' }), /needs max, min or both/],
    ['a custom guardrail of a built-in name', () => custom({ name: 'error-rate', query: 'up', max: '1' }), /belongs to a built-in guardrail/],
    ['two custom guardrails of one name', () => custom({ name: 'x', query: 'a', max: '1' }, { name: 'x', query: 'b', max: '1' }), /Duplicate value/],
  ])('refuses %s, and says why', async (_what, make, message) => {
    await expect(make()).rejects.toThrow(message);
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
    const { name } = (await version()).metadata;
    const change = admin.patch(ModelVersion, name, { spec: { uri: 'https://elsewhere.example/' } });
    await expect(change).rejects.toThrow('a ModelVersion never changes; publish a new version instead');
    expect((await admin.patch(ModelVersion, name, { metadata: { labels: { team: 'x' } } })).metadata.labels).toEqual({ team: 'x' });
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['no model', () => version({ model: undefined }), /spec\.model: Required value/],
    ['no digest', () => version({ digest: undefined }), /spec\.digest: Required value/],
    ['a wrong digest', () => version({ digest: 'x' }), /spec\.digest/],
    ['a wrong version', () => version({ version: '1' }), /spec\.version/],
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
    expect(await columnsOf(ModelVersion, name)).toMatchObject({ Name: name, Model: 'books', Stage: 'Champion', 'NDCG@10': '0.41' });
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
