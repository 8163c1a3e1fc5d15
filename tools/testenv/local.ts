import { ensureImages, type Images } from '../cluster/images.ts';
import { statePaths } from '../cluster/layout.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { createNamespace, type Environment, environmentOf } from './environment.ts';
import { installOperator } from './install.ts';
import { deployStore, openStore } from './store.ts';

const PROMETHEUS = 'http://prometheus.monitoring:9090';

/** The local cluster with the operator of this checkout, a store and an environment in one namespace. */
export async function openLocalEnvironment(namespace: string): Promise<{ cluster: Cluster; environment: Environment }> {
  const cluster = openCluster({ kubeconfig: statePaths.kubeconfig });
  const { examples } = await installLocally(cluster, { storeNamespace: namespace });
  return { cluster, environment: environmentOf(cluster, namespace, { store: await openStore(cluster, namespace), image: examples }) };
}

/** Builds the images that changed, installs the operator of this checkout from its chart, and meanwhile lets a store train. */
export async function installLocally(cluster: Cluster, { storeNamespace }: { storeNamespace: string }): Promise<Images> {
  const images = await ensureImages();
  const store = createNamespace(cluster, storeNamespace).then(() => deployStore(cluster, storeNamespace, images.examples));
  await Promise.all([store, installLocalOperator(cluster, images)]);
  return images;
}

export async function installLocalOperator(cluster: Cluster, images: Images, prometheusUrl = PROMETHEUS): Promise<void> {
  await installOperator(cluster, { images, prometheusUrl, allowedHosts: ['*.svc.cluster.local'], chart: 'charts/recommender-operator' });
}
