import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { KINDS, type KindName } from '../../operator/api/kinds.ts';
import { LABELS } from '../../operator/api/names.ts';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import { connect, type KubeClient } from '../../operator/kube/client.ts';
import { kubeconfigEndpoint } from '../../operator/kube/kubeconfig.ts';
import { collectionPath, objectPath } from '../../operator/kube/paths.ts';
import { binaryPath } from '../../tools/setup/binaries.mjs';
import { until } from '../../tools/testenv/until.ts';
import { startServer, type TestServer } from './server.ts';

/**
 * The operator as a real process on a real API server. Nobody else acts there: what Argo Rollouts, the kubelet or a
 * user would write, the test writes.
 */
export interface Stage {
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
  startOperator: (env?: Record<string, string>) => ChildProcess;
  stop: () => Promise<void>;
}

export const NAMESPACE = 'shop';

/** For a file of tests, which it closes the stage behind. */
export async function openStage(options?: Parameters<typeof startServer>[0]): Promise<{ stage: Stage; server: TestServer }> {
  const server = await startServer(options);
  const stage = await setStage(server);
  afterAll(async () => {
    await stage.stop();
    await server.stop();
  });
  return { stage, server };
}

async function setStage(server: TestServer): Promise<Stage> {
  const client = connect(kubeconfigEndpoint({ kubeconfig: server.kubeconfig() }), { userAgent: 'test' });
  const processes: ChildProcess[] = [];
  const stage: Stage = {
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
      await stage.remove('RecommenderModel', name);
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
    startOperator: (env = {}) => {
      const log = openSync(join(server.dir, 'operator.log'), 'a');
      const child = spawn(process.execPath, ['operator/main.ts'], {
        env: { PATH: process.env['PATH'], ...ENVIRONMENT, KUBECONFIG: server.kubeconfig(), ...env },
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
  await stage.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  for (const crd of definitions()) await stage.apply(crd);
  await until('the kinds are served', async () => {
    await client.send({ method: 'GET', path: collectionPath(KINDS.RecommenderModel) });
    await client.send({ method: 'GET', path: collectionPath(KINDS.AnalysisRun) });
    return true;
  });
  return stage;
}

const ENVIRONMENT = {
  SERVING_IMAGE: 'recommender-serving:test',
  PROMETHEUS_URL: 'http://prometheus.monitoring:9090',
  BUNDLE_ALLOWED_HOSTS: 'models.shop.svc',
  POD_NAME: 'operator-a',
  POD_NAMESPACE: NAMESPACE,
  PROBE_PORT: '0',
};

/** Our definitions and the real ones of Argo Rollouts. */
export function definitions(): KubernetesObject[] {
  const files = readdirSync('crds').map((file) => join('crds', file));
  return [...files, binaryPath('argo-rollouts.yaml')]
    .flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as KubernetesObject | null))
    .filter((object) => object !== null)
    .filter(({ kind }) => kind === 'CustomResourceDefinition');
}

/** Cluster-scoped kinds that only tests write. */
function cluster({ apiVersion, kind }: KubernetesObject) {
  return { apiVersion, kind, plural: `${kind.toLowerCase()}s`, namespaced: false };
}
