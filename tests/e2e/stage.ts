import type { RecommenderModel } from '../../operator/api/model.ts';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import { ensureImages } from '../../tools/cluster/images.ts';
import { network, statePaths } from '../../tools/cluster/layout.ts';
import { type Cluster, openCluster } from '../../tools/scene/cluster.ts';
import { installOperator } from '../../tools/scene/install.ts';
import { openShop, type Shop } from '../../tools/scene/shop.ts';
import { until } from '../../tools/scene/until.ts';

type ModelStatus = NonNullable<RecommenderModel['status']>;

/** The local cluster with the operator installed from its chart, and one shop in a namespace of its own. */
export async function openStage(namespace: string, prometheusUrl?: string): Promise<{ cluster: Cluster; shop: Shop }> {
  const cluster = openCluster({ kubeconfig: statePaths.kubeconfig });
  const images = await install(cluster, prometheusUrl);
  return { cluster, shop: await openShop(cluster, namespace, images.examples) };
}

/** Builds what changed and installs the operator of this checkout from its chart. */
export async function install(cluster: Cluster, prometheusUrl = 'http://prometheus.monitoring:9090') {
  const images = await ensureImages();
  await installOperator(cluster, {
    images,
    prometheusUrl,
    allowedHosts: ['*.svc.cluster.local'],
    chart: 'charts/recommender-operator',
  });
  return images;
}

/** A Service whose only endpoint is a port of this machine: the gateway of the pods, which cannot reach its loopback. */
export function serviceOfHost(namespace: string, name: string, endpoint: number, port = endpoint): KubernetesObject[] {
  return [
    { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { ports: [{ name: 'main', port, targetPort: endpoint }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [network.host], conditions: { ready: true } }],
      ports: [{ name: 'main', port: endpoint }],
    },
  ];
}

/** Of the model that `read` finds: waits until what is described holds of its status, and returns that status. */
export const statusWaiter = (read: () => Promise<RecommenderModel | undefined>) =>
  (what: string, holds: (status: ModelStatus) => boolean): Promise<ModelStatus> =>
    until(what, async () => {
      const status = (await read())?.status;
      return status && holds(status) ? status : undefined;
    }, 120_000);
