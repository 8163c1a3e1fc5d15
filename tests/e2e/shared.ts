import { join } from 'node:path';
import { imageNames } from '../../tools/cluster/images.ts';
import { statePaths } from '../../tools/cluster/layout.ts';
import { type Cluster, openCluster } from '../../tools/testenv/cluster.ts';
import type { EnvironmentOptions } from '../../tools/testenv/environment.ts';
import { openStore } from '../../tools/testenv/store.ts';

/** Of the store that all files of tests fetch their bundles from. */
export const STORE_NAMESPACE = 'e2e-store';

export const localCluster = (): Cluster => openCluster({ kubeconfig: statePaths.kubeconfig });

/** What is there before the first file begins, see prepare.ts. */
export const openShared = async (cluster: Cluster): Promise<EnvironmentOptions> => ({
  store: await openStore(cluster, STORE_NAMESPACE),
  image: imageNames().examples,
});

/** Folder of the store with the bundle of a version: the node is this machine. */
export async function storedBundle(cluster: Cluster, version: string): Promise<string> {
  const pod = await cluster.get('Pod', { namespace: STORE_NAMESPACE, name: 'store' });
  return join(statePaths.kubelet, 'pods', pod?.metadata.uid ?? '', 'volumes/kubernetes.io~empty-dir/tmp/bundles', version);
}
