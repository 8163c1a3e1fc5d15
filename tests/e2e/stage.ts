import type { RecommenderModel } from '../../operator/api/model.ts';
import { ensureImages } from '../../tools/cluster/images.ts';
import { statePaths } from '../../tools/cluster/layout.ts';
import { type Cluster, openCluster } from '../../tools/scene/cluster.ts';
import { installOperator } from '../../tools/scene/install.ts';
import { openShop, type Shop } from '../../tools/scene/shop.ts';
import { until } from '../../tools/scene/until.ts';

type ModelStatus = NonNullable<RecommenderModel['status']>;

/** The local cluster with the operator installed from its chart, and one shop in a namespace of its own. */
export async function openStage(namespace: string): Promise<{ cluster: Cluster; shop: Shop }> {
  const cluster = openCluster({ kubeconfig: statePaths.kubeconfig });
  const images = await install(cluster);
  return { cluster, shop: await openShop(cluster, namespace, images.examples) };
}

/** Builds what changed and installs the operator of this checkout from its chart. */
export async function install(cluster: Cluster) {
  const images = await ensureImages();
  await installOperator(cluster, {
    images,
    prometheusUrl: 'http://prometheus.monitoring:9090',
    allowedHosts: ['*.svc.cluster.local'],
    chart: 'charts/recommender-operator',
  });
  return images;
}

/** Of the model that `read` finds: waits until what is described holds of its status, and returns that status. */
export const statusWaiter = (read: () => Promise<RecommenderModel | undefined>) =>
  (what: string, holds: (status: ModelStatus) => boolean): Promise<ModelStatus> =>
    until(what, async () => {
      const status = (await read())?.status;
      return status && holds(status) ? status : undefined;
    }, 120_000);
