import { ensureImages, type Images } from '../cluster/images.ts';
import { statePaths } from '../cluster/layout.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { installOperator } from './install.ts';
import { openShop, type Shop } from './shop.ts';

/** The local cluster with the operator of this checkout, and one shop in a namespace of its own. */
export async function openLocalShop(namespace: string, prometheusUrl?: string): Promise<{ cluster: Cluster; shop: Shop }> {
  const cluster = openCluster({ kubeconfig: statePaths.kubeconfig });
  const images = await install(cluster, prometheusUrl);
  return { cluster, shop: await openShop(cluster, namespace, images.examples) };
}

/** Builds what changed and installs the operator of this checkout from its chart. */
export async function install(cluster: Cluster, prometheusUrl = 'http://prometheus.monitoring:9090'): Promise<Images> {
  const images = await ensureImages();
  await installOperator(cluster, {
    images,
    prometheusUrl,
    allowedHosts: ['*.svc.cluster.local'],
    chart: 'charts/recommender-operator',
  });
  return images;
}
