import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import { network } from '../../tools/cluster/layout.ts';
import { until } from '../../tools/testenv/until.ts';
import { startRedis, type TestRedis } from '../serving/redis.ts';
import { startS3, type TestS3 } from '../serving/s3.ts';
import { openE2E, statusWaiter } from './e2e.ts';
import { hostService } from './hostService.ts';
import { storedBundle } from './shared.ts';

/**
 * Two models whose bundles lie elsewhere than on an HTTP server: one on a volume; the other in S3, with API keys for its callers and
 * with answers that are kept in Redis. Each Secret comes after its model, so that what the status says of pods without it is what
 * a real kubelet makes of that. The tests build on each other.
 */
jest.setTimeout(240_000);

const NAMESPACE = 'e2e-storage';
const VOLUME = 'e2e-storage-models';
const PASSWORD = randomBytes(12).toString('hex');
const keys = { old: randomBytes(24).toString('hex'), new: randomBytes(24).toString('hex') };
const SERVING = { replicas: { min: 1, max: 1 }, resources: { requests: { cpu: '50m', memory: '192Mi' } } };

const e2e = await openE2E(NAMESPACE, (cluster) => cluster.remove('PersistentVolume', { name: VOLUME }));
const { cluster, untilStatus } = e2e;
const { digest } = e2e.release('1.0.0');
const folder = mkdtempSync(join(tmpdir(), 'models-'));
let s3: TestS3;
let redis: TestRedis;

beforeAll(async () => {
  // The host is the gateway of the pods; loopback they cannot reach.
  [s3, redis] = await Promise.all([startS3(network.host), startRedis({ host: network.host, password: PASSWORD })]);
  const bundle = join(folder, 'books/1.0.0');
  cpSync(await storedBundle(cluster, '1.0.0'), bundle, { recursive: true });
  chmodSync(folder, 0o755);
  await s3.createBucket('models', Object.fromEntries(readdirSync(bundle).map((name) => [`books/1.0.0/${name}`, readFileSync(join(bundle, name))])));
  for (const [name, url] of [['s3', s3.endpoint], ['redis', redis.url]] as const) {
    for (const object of hostService(NAMESPACE, name, Number(new URL(url).port))) await cluster.apply(object);
  }
});

afterAll(async () => {
  await Promise.all([s3.stop(), redis.stop()]);
  rmSync(folder, { recursive: true });
});

const at = (name: string, scheme: string, port: string): string => `${scheme}://${name}.${NAMESPACE}.svc.cluster.local:${port}`;
const hashOf = (key: string): string => `sha256:${createHash('sha256').update(key).digest('hex')}`;
const secret = (name: string, stringData: Record<string, string>) =>
  cluster.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: NAMESPACE }, stringData });
const untilSaid = (text: string) => untilStatus(`the status says: ${text}`, ({ message }) => message?.includes(text) === true);

/** The serving pods: name, uid, how often a container of theirs was started again. */
async function pods() {
  const list = await cluster.list('Pod', NAMESPACE, 'app.kubernetes.io/component=serving,recommender.dev/model=books');
  return list.map(({ metadata, status }) => {
    const { containerStatuses = [] } = status as { containerStatuses?: { restartCount: number }[] };
    return { name: metadata.name, uid: metadata.uid, restarts: containerStatuses.map(({ restartCount }) => restartCount) };
  });
}

/** Where callers in the cluster find the model; this machine is a node. */
async function origin(): Promise<string> {
  const service = (await cluster.get('Service', { namespace: NAMESPACE, name: 'books' })) as KubernetesObject & { spec: { clusterIP: string } };
  return `http://${service.spec.clusterIP}`;
}

async function ask(key?: string): Promise<{ status: number; body: string }> {
  const answer = await fetch(`${await origin()}/recommend`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'x-api-key': key }) },
    body: JSON.stringify({ user_id: 'reader-0001', k: 5 }),
    signal: AbortSignal.timeout(5_000),
  });
  return { status: answer.status, body: await answer.text() };
}

describe('a bundle on a volume', () => {
  it('is verified and served from a PersistentVolumeClaim', async () => {
    await claimFolder();
    await e2e.apply('1.0.0', { release: { version: '1.0.0', uri: 'pvc://models/books/1.0.0/', digest }, serving: SERVING }, { name: 'claimed' });
    const { champion } = await statusWaiter(() => e2e.model('claimed'))('it serves', ({ phase }) => phase === 'Healthy');
    expect(champion).toMatchObject({ version: '1.0.0', digest });
  });
});

/** A static volume over the folder, as a cluster without a provisioner has them. */
async function claimFolder(): Promise<void> {
  const spec = { accessModes: ['ReadOnlyMany'], storageClassName: '' };
  const storage = '1Gi';
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: VOLUME },
    spec: { ...spec, capacity: { storage }, hostPath: { path: folder }, claimRef: { namespace: NAMESPACE, name: 'models' } },
  });
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'models', namespace: NAMESPACE },
    spec: { ...spec, volumeName: VOLUME, resources: { requests: { storage } } },
  });
}

describe('a protected model', () => {
  it('says which Secret it lacks, one after the other, and goes on by itself when that is there', async () => {
    await e2e.apply('1.0.0', {
      release: { version: '1.0.0', uri: 's3://models/books/1.0.0/', digest },
      serving: {
        ...SERVING,
        storage: { endpoint: at('s3', 'http', new URL(s3.endpoint).port), region: s3.region, secretRef: { name: 'reader' } },
        cache: { redis: { url: at('redis', 'redis', String(redis.port)), secretRef: { name: 'redis' } } },
        auth: { apiKeys: { secretRef: { name: 'callers' } } },
        rateLimit: {},
      },
    });
    await untilSaid('container validate: secret "reader" not found');
    await secret('reader', { AWS_ACCESS_KEY_ID: s3.accessKey, AWS_SECRET_ACCESS_KEY: s3.secretKey });
    await untilSaid('check that Secret callers exists');
    await secret('callers', { web: hashOf(keys.old) });
    await untilSaid('container serving: secret "redis" not found');
    await secret('redis', { password: PASSWORD });
    await untilStatus('it serves', ({ phase }) => phase === 'Healthy');
    // A node's proxy hears of ready pods a moment after the operator.
    await until('the nodes lead to it', async () => (await ask()).status === 401);
  });

  it('answers who has a key, and nobody else', async () => {
    const statuses = await Promise.all([ask(), ask('guessed'), ask(keys.old)].map(async (answer) => (await answer).status));
    expect(statuses).toEqual([401, 401, 200]);
  });

  it('gives a kept answer to the same question', async () => {
    const hits = async () => {
      const text = await (await fetch(`${await origin()}/metrics`)).text();
      return Number(/recommendation_cache_requests_total\{[^}]*result="hit"[^}]*\} (\d+)/.exec(text)?.[1]);
    };
    const before = await hits();
    // The first answers may come before Redis is connected.
    await until('an answer from the cache', async () => {
      expect((await ask(keys.old)).status).toBe(200);
      return (await hits()) > before;
    });
  });

  it('takes a new key and refuses the old one without a restart', async () => {
    const before = await pods();
    await secret('callers', { web: `${hashOf(keys.old)}\n${hashOf(keys.new)}` });
    await until('the new key is known', async () => (await ask(keys.new)).status === 200, 120_000);
    expect((await ask(keys.old)).status).toBe(200);
    await secret('callers', { web: hashOf(keys.new) });
    await until('the old key is refused', async () => (await ask(keys.old)).status === 401, 120_000);
    expect((await ask(keys.new)).status).toBe(200);
    expect(await pods()).toEqual(before);
    expect(before.flatMap(({ restarts }) => restarts)).toEqual([0]);
  });
});
