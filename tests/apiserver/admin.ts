import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { parse } from 'yaml';
import { KINDS } from '../../operator/api/kinds.ts';
import type { Kind, KubernetesObject } from '../../operator/api/objects.ts';
import { connect, type KubeClient } from '../../operator/kube/client.ts';
import { kubeconfigEndpoint } from '../../operator/kube/kubeconfig.ts';
import { isStatus } from '../../operator/kube/errors.ts';
import { collectionPath, objectPath } from '../../operator/kube/paths.ts';
import { until } from '../../tools/testenv/until.ts';
import { type ServerOptions, startServer, type TestServer } from './server.ts';
import { CRD, WIDGET, WIDGET_CRD } from './kinds.ts';

/** The cluster's admin: what people do with kubectl while the operator runs. */
export type Admin = ReturnType<typeof createAdmin>;

/** An API server and its admin for a file of tests, which both end with. */
export async function openServer(options?: ServerOptions): Promise<{ server: TestServer; admin: Admin }> {
  const server = await startServer(options);
  const admin = createAdmin(server);
  afterAll(async () => {
    await admin.close();
    await server.stop();
  });
  return { server, admin };
}

function createAdmin(server: TestServer) {
  const client: KubeClient = connect(kubeconfigEndpoint({ kubeconfig: server.kubeconfig() }), { userAgent: 'admin' });

  const get = async (kind: Kind, name: string, namespace = 'default'): Promise<KubernetesObject | undefined> => {
    try {
      const path = objectPath(kind, { name, ...(kind.namespaced ? { namespace } : {}) });
      return (await client.send({ method: 'GET', path })) as KubernetesObject;
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  };

  const create = (kind: Kind, object: Readonly<Record<string, unknown>>, namespace = 'default'): Promise<KubernetesObject> =>
    client.send({
      method: 'POST',
      path: collectionPath(kind, namespace),
      body: { apiVersion: kind.apiVersion, kind: kind.kind, ...object },
    }) as Promise<KubernetesObject>;

  const patch = (kind: Kind, name: string, body: unknown, fieldManager = 'kubectl-edit'): Promise<KubernetesObject> =>
    client.send({
      method: 'PATCH',
      path: objectPath(kind, { name, namespace: 'default' }),
      query: { fieldManager },
      contentType: 'application/merge-patch+json',
      body,
    }) as Promise<KubernetesObject>;

  const remove = (kind: Kind, name: string): Promise<unknown> =>
    client.send({ method: 'DELETE', path: objectPath(kind, { name, namespace: 'default' }) });

  return {
    client,
    get,
    create,
    patch,
    remove,
    configMap: (name: string, kind: Kind) => create(kind, { metadata: { name } }),
    /** Installs the Widget CRD and waits until it is served. */
    installWidgets: async (): Promise<void> => {
      await create(CRD, WIDGET_CRD);
      await until('widgets to be served', async () => (await client.send({ method: 'GET', path: collectionPath(WIDGET, 'default') }).catch(() => undefined)) !== undefined);
    },
    /** Installs the CRDs of `crds/` and waits until they are served. */
    installCrds: async (): Promise<void> => {
      for (const file of ['recommendermodels.yaml', 'modelversions.yaml']) {
        await create(CRD, parse(readFileSync(join(import.meta.dirname, '../../crds', file), 'utf8')) as Record<string, unknown>);
      }
      for (const kind of [KINDS.RecommenderModel, KINDS.ModelVersion]) {
        const path = collectionPath(kind, 'default');
        await until(`${kind.plural} to be served`, () => client.send({ method: 'GET', path }).then(() => true, () => false));
      }
    },
    close: () => client.close(),
  };
}
