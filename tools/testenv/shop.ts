import type { KubernetesObject } from '../../operator/api/objects.ts';
import type { RecommenderModel } from '../../operator/api/model.ts';
import type { Summary } from '../../examples/books/traffic/ledger.ts';
import type { Cluster } from './cluster.ts';
import { until } from './until.ts';

/** A published version as the store's index lists it. */
export interface Published {
  version: string;
  digest: string;
  /** Path on the store, e.g. `/2.0.0/`. */
  path: string;
}

/** A namespace with a store of bundles, a model and simulated users: the stage of the demo and of the tests. */
export interface Shop {
  namespace: string;
  published: readonly Published[];
  /** `spec.release` for a published version. */
  release: (version: string) => RecommenderModel['spec']['release'];
  /** Applies the model with this version; `spec` goes beside `release`, and `metadata` may name another model. */
  wish: (version: string, spec?: Record<string, unknown>, metadata?: Record<string, unknown>) => Promise<void>;
  /** `name`: where a shop has several models; so below. */
  model: (name?: string) => Promise<RecommenderModel | undefined>;
  /** Starts the users; resolves when they get answers. @param settings of examples/books/traffic, e.g. RETRIES, or TARGET where they are not to ask the Service of the model */
  openDoors: (rate: number, settings?: Record<string, string>, name?: string) => Promise<void>;
  /** What the users saw since the doors opened. */
  seen: (name?: string) => Promise<Summary>;
  close: () => Promise<void>;
}

const STORE_PORT = 8000;
const TRAFFIC_PORT = 8001;
const MODEL = 'books';

/** On the namespace, so that it is known to hold nothing of anybody else. */
export const SCENE_LABEL = { 'recommender.dev/scene': 'shop' };

/** Makes the namespace and its store, and waits until the models are trained and published. */
export async function openShop(cluster: Cluster, namespace: string, image: string): Promise<Shop> {
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: SCENE_LABEL } });
  for (const object of storeObjects(namespace, image)) await cluster.apply(object);
  const store = await until('the store has trained and published its models', () => readyPod(cluster, namespace, 'store'), 180_000);
  const published = (await cluster.ask(namespace, store, STORE_PORT, '/index.json')) as Published[];
  const release = (version: string) => {
    const found = published.find((each) => each.version === version);
    if (!found) throw new Error(`the store has no version ${version}`);
    return { version, uri: `http://${storeHost(namespace)}:${String(STORE_PORT)}${found.path}`, digest: found.digest };
  };
  return {
    namespace,
    published,
    release,
    wish: async (version, spec = {}, metadata = {}) => {
      await cluster.apply(modelObject(namespace, { release: release(version), ...spec }, metadata));
    },
    model: async (name = MODEL) => (await cluster.get('RecommenderModel', { namespace, name })) as RecommenderModel | undefined,
    openDoors: async (rate, settings = {}, name = MODEL) => {
      await cluster.apply(pod(namespace, usersOf(name), image, ['examples/books/main.ts', 'traffic'], TRAFFIC_PORT, {
        TARGET: `http://${name}.${namespace}.svc`,
        RATE: String(rate),
        STATS_PORT: String(TRAFFIC_PORT),
        ...settings,
      }));
      await until('the users get answers', async () => {
        await readyPod(cluster, namespace, usersOf(name));
        return (await seen(cluster, namespace, name)).requests > 0;
      }, 60_000);
    },
    seen: (name = MODEL) => seen(cluster, namespace, name),
    close: async () => {
      await cluster.remove('Namespace', { name: namespace });
    },
  };
}

/** Host of the store; the operator's allow-list has to name it. */
export const storeHost = (namespace: string): string => `store.${namespace}.svc.cluster.local`;

/** A guardrail of the shop's own: how much of what the candidate answers is only what everybody reads. */
const FALLBACK_SHARE = ['{model="{{args.model}}",version="{{args.version}}",outcome="fallback"}', '{model="{{args.model}}",version="{{args.version}}"}']
  .map((series) => `sum(rate(recommendation_requests_total${series}[20s]))`)
  .join(' / ');

/** Quick steps: a demo or a test has seconds where a real model takes an hour. */
export const QUICK = {
  delivery: { canary: { steps: [{ weight: 10, hold: '10s' }, { weight: 50, hold: '10s' }] }, progressDeadline: '1m', after: { watchFor: '0s' } },
  analysis: {
    interval: '3s',
    window: '20s',
    minRequests: 40,
    guardrails: { averageLatency: '150ms', p99Latency: '2s' },
    custom: [{ name: 'fallback-share', query: FALLBACK_SHARE, max: '0.5' }],
  },
};

function modelObject(namespace: string, spec: Record<string, unknown>, metadata: Record<string, unknown>): KubernetesObject {
  return {
    apiVersion: 'recommender.dev/v1alpha1',
    kind: 'RecommenderModel',
    metadata: { name: MODEL, namespace, ...metadata },
    spec: {
      serving: { replicas: { min: 2, max: 2 }, resources: { requests: { cpu: '50m', memory: '192Mi' }, limits: { memory: '512Mi' } } },
      ...QUICK,
      ...spec,
    },
  };
}

/** Pod of the users of a model. */
const usersOf = (name: string): string => (name === MODEL ? 'users' : `users-of-${name}`);

const seen = async (cluster: Cluster, namespace: string, name: string): Promise<Summary> =>
  (await cluster.ask(namespace, usersOf(name), TRAFFIC_PORT, '/stats')) as Summary;

async function readyPod(cluster: Cluster, namespace: string, name: string): Promise<string | undefined> {
  const found = await cluster.get('Pod', { namespace, name });
  const status = found?.['status'] as { conditions?: { type: string; status: string }[] } | undefined;
  return status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true ? name : undefined;
}

function storeObjects(namespace: string, image: string): KubernetesObject[] {
  return [
    pod(namespace, 'store', image, ['examples/books/main.ts', 'serve'], STORE_PORT, { BUNDLES_DIR: '/tmp/bundles', PORT: String(STORE_PORT) }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'store', namespace },
      spec: { selector: { app: 'store' }, ports: [{ port: STORE_PORT, targetPort: STORE_PORT }] },
    },
  ];
}

function pod(namespace: string, name: string, image: string, args: string[], port: number, env: Record<string, string>): KubernetesObject {
  const security = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 2,
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name,
          image,
          imagePullPolicy: 'IfNotPresent',
          args,
          env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
          readinessProbe: { httpGet: { path: '/healthz', port }, periodSeconds: 1 },
          resources: { requests: { cpu: '50m', memory: '128Mi' } },
          securityContext: security,
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
        },
      ],
      volumes: [{ name: 'tmp', emptyDir: {} }],
    },
  };
}
