import { join } from 'node:path';
import type { Images } from '../cluster/images.ts';
import { checkout } from '../cluster/layout.ts';
import type { Cluster } from '../testenv/cluster.ts';
import { createNamespace } from '../testenv/environment.ts';
import { helmArguments, installOperator } from '../testenv/install.ts';
import { deployStore } from '../testenv/store.ts';
import type { Where } from './args.ts';
import { commandLines } from './format.ts';
import type { Output } from './output.ts';
import { claimOperatorNamespace, removeNamespaceFully } from './ownership.ts';
import { demandFreeNamespace } from './requirements.ts';

export interface Installation {
  cluster: Cluster;
  images: Images;
  prometheusUrl: string;
  namespace: string;
  where: Where;
}

const CHART = 'charts/recommender-operator';

// The bundles are served inside the cluster, so the allow-list is the cluster's own names.
const chartOptions = ({ images, prometheusUrl }: Installation) => ({ images, prometheusUrl, allowedHosts: ['*.svc.cluster.local'], chart: CHART });

/** The command that installs the operator, as a person would enter it. */
export const helmCommand = (installation: Installation): string => `$ helm ${commandLines(helmArguments(chartOptions(installation)), ['--namespace', '--set-string'])}`;

/** Installs the operator; a store trains its models meanwhile. Resolves when the operator is ready. */
export async function install(installation: Installation, output: Output): Promise<void> {
  const { cluster, images, namespace, where } = installation;
  await demandFreeNamespace(cluster, namespace);
  if (await removeNamespaceFully(cluster, namespace)) output.say('The namespace of an earlier demo was removed.', 'quiet');
  await createNamespace(cluster, namespace);
  await deployStore(cluster, namespace, images.examples);
  if (where.cluster === 'Other') await claimOperatorNamespace(cluster);
  await installOperator(cluster, { ...chartOptions(installation), chart: join(checkout, CHART) });
}
