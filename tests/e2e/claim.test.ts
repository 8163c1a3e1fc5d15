import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { RecommenderModel } from '../../operator/api/model.ts';
import { type Cluster, openCluster, output } from '../../tools/testenv/cluster.ts';
import { statePaths } from '../../tools/cluster/layout.ts';
import { install } from '../../tools/testenv/local.ts';
import { statusWaiter } from './stage.ts';

jest.setTimeout(180_000);

const NAMESPACE = 'e2e-claim';
const VOLUME = 'e2e-claim-models';

let cluster: Cluster;
const folder = mkdtempSync(join(tmpdir(), 'models-'));

beforeAll(async () => {
  cluster = openCluster({ kubeconfig: statePaths.kubeconfig });
  await install(cluster);
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
});

afterAll(async () => {
  await cluster.remove('Namespace', { name: NAMESPACE });
  await cluster.remove('PersistentVolume', { name: VOLUME });
  await cluster.close();
  rmSync(folder, { recursive: true });
});

const untilStatus = statusWaiter(async () => (await cluster.get('RecommenderModel', { namespace: NAMESPACE, name: 'books' })) as RecommenderModel | undefined);

describe('a bundle on a volume', () => {
  it('is verified and served from a PersistentVolumeClaim', async () => {
    const bundles = join(folder, 'books');
    mkdirSync(bundles);
    const index = JSON.parse(await output(process.execPath, ['examples/books/main.ts', 'build', bundles])) as { version: string; digest: string }[];
    chmodSync(folder, 0o755);
    await claim();
    const digest = index.find(({ version }) => version === '1.0.0')?.digest;
    await cluster.apply({
      apiVersion: 'recommender.dev/v1alpha1',
      kind: 'RecommenderModel',
      metadata: { name: 'books', namespace: NAMESPACE },
      spec: {
        release: { version: '1.0.0', uri: 'pvc://models/books/1.0.0/', digest },
        serving: { replicas: { min: 1, max: 1 }, resources: { requests: { cpu: '50m', memory: '192Mi' } } },
      },
    });
    const { champion } = await untilStatus('it serves', ({ phase }) => phase === 'Watching');
    expect(champion).toMatchObject({ version: '1.0.0', digest });
  });
});

/** A static volume over the folder, as a cluster without a provisioner has them. */
async function claim(): Promise<void> {
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
