import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { parse } from 'yaml';
import { KINDS, type KindName } from '../../operator/api/kinds.ts';
import { LABELS } from '../../operator/api/names.ts';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import { connect, type KubeClient } from '../../operator/kube/client.ts';
import { kubeconfigEndpoint } from '../../operator/kube/kubeconfig.ts';
import { collectionPath, objectPath } from '../../operator/kube/paths.ts';
import { binaryPath } from '../../tools/setup/binaries.mjs';
import { until } from '../../tools/testenv/until.ts';
import { type ServerOptions, startServer, type TestServer } from './server.ts';

/**
 * A real API server with the definitions of the operator and of Argo Rollouts. No controller runs there but the operators that a
 * test starts: what Argo Rollouts, the kubelet or a user would write, the test writes.
 */
export interface ApiServerEnv {
  client: KubeClient;
  get: (kind: KindName, name: string) => Promise<KubernetesObject | undefined>;
  apply: (object: KubernetesObject) => Promise<KubernetesObject>;
  /** Merge patch as one client makes it: `kubectl patch`, or Argo Rollouts. */
  patch: (kind: KindName, name: string, body: object, by?: string) => Promise<void>;
  remove: (kind: KindName, name: string) => Promise<void>;
  /** A model and all that bears its label. Nobody here collects what has lost its owner. */
  removeModel: (name: string) => Promise<void>;
  /** Merge patch of the status subresource. */
  setStatus: (kind: KindName, name: string, status: unknown) => Promise<void>;
  /** What the HorizontalPodAutoscaler's controller does to a Rollout. */
  scale: (name: string, replicas: number) => Promise<void>;
  startOperator: (settings?: Record<string, string>) => ChildProcess;
  stop: () => Promise<void>;
}

export const NAMESPACE = 'shop';

/** For one file of tests; it is closed after them. */
export async function openEnv(options?: ServerOptions): Promise<{ env: ApiServerEnv; server: TestServer }> {
  const server = await startServer(options);
  const env = await createEnv(server).catch(async (error: unknown) => {
    // A file that cannot be loaded has no afterAll, and would never end with its server.
    await server.stop();
    throw error;
  });
  afterAll(async () => {
    await env.stop();
    await server.stop();
  });
  return { env, server };
}

async function createEnv(server: TestServer): Promise<ApiServerEnv> {
  const client = connect(kubeconfigEndpoint({ kubeconfig: server.kubeconfig() }), { userAgent: 'test' });
  const processes: ChildProcess[] = [];
  const env: ApiServerEnv = {
    client,
    get: async (kind, name) => {
      const path = objectPath(KINDS[kind], { namespace: NAMESPACE, name });
      return client.send({ method: 'GET', path }).then(
        (object) => object as KubernetesObject,
        (error: unknown) => {
          if ((error as { status?: number }).status === 404) return undefined;
          throw error;
        },
      );
    },
    apply: async (object) => {
      const kind = Object.values(KINDS).find((each) => each.kind === object.kind) ?? cluster(object);
      const path = objectPath(kind, object.metadata);
      const query = { fieldManager: 'a-person', force: true };
      return (await client.send({ method: 'PATCH', path, query, body: object, contentType: 'application/apply-patch+yaml' })) as KubernetesObject;
    },
    patch: async (kind, name, body, by = 'kubectl-patch') => {
      const path = objectPath(KINDS[kind], { namespace: NAMESPACE, name });
      await client.send({ method: 'PATCH', path, query: { fieldManager: by }, body, contentType: 'application/merge-patch+json' });
    },
    remove: async (kind, name) => {
      await client.send({ method: 'DELETE', path: objectPath(KINDS[kind], { namespace: NAMESPACE, name }) });
    },
    removeModel: async (name) => {
      await env.remove('RecommenderModel', name);
      const kinds = Object.values(KINDS).filter(({ optional }) => optional !== true);
      await Promise.all(kinds.map((kind) => client.send({ method: 'DELETE', path: collectionPath(kind, NAMESPACE), query: { labelSelector: `${LABELS.model}=${name}` } })));
    },
    setStatus: async (kind, name, status) => {
      const path = objectPath(KINDS[kind], { namespace: NAMESPACE, name }, 'status');
      await client.send({ method: 'PATCH', path, body: { status }, contentType: 'application/merge-patch+json' });
    },
    scale: async (name, replicas) => {
      const path = objectPath(KINDS.Rollout, { namespace: NAMESPACE, name }, 'scale');
      const query = { fieldManager: 'kube-controller-manager' };
      await client.send({ method: 'PATCH', path, query, body: { spec: { replicas } }, contentType: 'application/merge-patch+json' });
    },
    startOperator: (settings = {}) => {
      const log = openSync(join(server.dir, 'operator.log'), 'a');
      const child = spawn(process.execPath, ['operator/main.ts'], {
        env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...ENVIRONMENT, KUBECONFIG: server.kubeconfig(), ...settings },
        stdio: ['ignore', log, log],
      });
      processes.push(child);
      return child;
    },
    stop: async () => {
      const alive = processes.filter((each) => each.exitCode === null && each.signalCode === null);
      for (const child of alive) child.kill('SIGKILL');
      await Promise.all(alive.map((child) => once(child, 'exit')));
      await client.close();
    },
  };
  await env.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  const crds = definitions();
  for (const crd of crds) await env.apply(crd);
  // Each, since the API server takes them up one by one, and an operator that meets one too early looks again only after a while.
  const defined = Object.values(KINDS).filter(({ plural }) => crds.some(({ metadata }) => metadata.name.startsWith(`${plural}.`)));
  for (const kind of defined) await until(`${kind.plural} are served`, () => client.send({ method: 'GET', path: collectionPath(kind) }).then(() => true));
  return env;
}

const ENVIRONMENT = {
  SERVING_IMAGE: 'recommender-serving:test',
  PROMETHEUS_URL: 'http://prometheus.monitoring:9090',
  BUNDLE_ALLOWED_HOSTS: 'models.shop.svc',
  POD_NAME: 'operator-a',
  POD_NAMESPACE: NAMESPACE,
  PROBE_PORT: '0',
};

/** Our definitions, and the real ones of Argo Rollouts as far as the operator works with them. */
export function definitions(): KubernetesObject[] {
  const plurals = Object.values(KINDS).map(({ plural }) => plural);
  const files = readdirSync('crds').map((file) => join('crds', file));
  return [...files, binaryPath('argo-rollouts.yaml')]
    .flatMap((file) => readFileSync(file, 'utf8').split(/^---$/m))
    // Most of these 3 MB are not needed, and reading YAML takes its time.
    .filter((text) => /^kind: CustomResourceDefinition$/m.test(text) && plurals.includes(/^ {4}plural: (.*)$/m.exec(text)?.[1] ?? ''))
    .map((text) => parse(text) as KubernetesObject);
}

/** Cluster-scoped kinds that only tests write. */
function cluster({ apiVersion, kind }: KubernetesObject) {
  return { apiVersion, kind, plural: `${kind.toLowerCase()}s`, namespaced: false };
}
