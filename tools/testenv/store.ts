import type { RecommenderModel } from '../../operator/api/model.ts';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import type { Cluster } from './cluster.ts';
import { podObject, readyPod } from './pods.ts';
import { until } from './until.ts';

/** A published version as the index of the store lists it. */
interface Published {
  version: string;
  digest: string;
  /** Path on the store, e.g. `/2.0.0/`. */
  path: string;
}

/** A pod that trains the example's models and publishes their bundles over HTTP. */
export interface Store {
  published: readonly Published[];
  /** `spec.release` for a published version. */
  release: (version: string) => RecommenderModel['spec']['release'];
}

const STORE = 'store';
const PORT = 8000;

/** Applies the pod and its Service, in a namespace that exists. */
export async function deployStore(cluster: Cluster, namespace: string, image: string): Promise<void> {
  await cluster.apply(podObject(namespace, { name: STORE, image, args: ['examples/books/main.ts', 'serve'], port: PORT, env: { BUNDLES_DIR: '/tmp/bundles', PORT: String(PORT) } }));
  await cluster.apply(storeService(namespace));
}

export const storeService = (namespace: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: STORE, namespace },
  spec: { selector: { app: STORE }, ports: [{ port: PORT, targetPort: PORT }] },
});

/** Waits until the store in this namespace has trained and published its models. */
export async function openStore(cluster: Cluster, namespace: string): Promise<Store> {
  const pod = await until('the store has trained and published its models', () => readyPod(cluster, namespace, STORE), 180_000);
  const published = (await cluster.ask(namespace, pod, PORT, '/index.json')) as Published[];
  return {
    published,
    release: (version) => {
      const found = published.find((each) => each.version === version);
      if (!found) throw new Error(`the store has no version ${version}`);
      return { version, uri: `http://${STORE}.${namespace}.svc.cluster.local:${String(PORT)}${found.path}`, digest: found.digest };
    },
  };
}
