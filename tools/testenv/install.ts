import { type Cluster, output } from './cluster.ts';
import { until } from './until.ts';

export const OPERATOR_NAMESPACE = 'recommender-system';
const RELEASE = 'recommender-operator';

interface InstallOptions {
  /** NAME:TAG of the images. */
  images: { operator: string; serving: string };
  prometheusUrl: string;
  allowedHosts: readonly string[];
  chart: string;
}

/** Arguments of Helm that install the chart or upgrade it. */
export function helmArguments({ images, prometheusUrl, allowedHosts, chart }: InstallOptions): string[] {
  const [operator, serving] = [split(images.operator), split(images.serving)];
  const values = {
    'image.repository': operator.repository,
    'image.tag': operator.tag,
    'servingImage.repository': serving.repository,
    'servingImage.tag': serving.tag,
    'prometheus.url': prometheusUrl,
    'artifacts.allowedHosts': `{${allowedHosts.join(',')}}`,
  };
  // As strings: a tag of digits would become a number.
  const sets = Object.entries(values).flatMap(([name, value]) => ['--set-string', `${name}=${value}`]);
  return ['upgrade', '--install', RELEASE, chart, '--namespace', OPERATOR_NAMESPACE, '--create-namespace', ...sets];
}

/** Installs or upgrades the chart with Helm and waits until an operator pod leads. */
export async function installOperator(cluster: Cluster, options: InstallOptions): Promise<void> {
  const where = [
    ...(cluster.kubeconfig === undefined ? [] : ['--kubeconfig', cluster.kubeconfig]),
    ...(cluster.context === undefined ? [] : ['--kube-context', cluster.context]),
  ];
  await output('helm', [...helmArguments(options), ...where]);
  await until('the operator is ready', async () => {
    const deployment = await cluster.get('Deployment', { namespace: OPERATOR_NAMESPACE, name: RELEASE });
    const { metadata, status } = deployment as unknown as DeploymentView;
    return status?.observedGeneration === metadata.generation && status?.updatedReplicas === status?.replicas && (status?.availableReplicas ?? 0) > 0 && (await leaderOf(cluster)) !== undefined;
  }, 90_000);
}

/** Name of the operator pod that holds the Lease; undefined when none does. */
export async function leaderOf(cluster: Cluster): Promise<string | undefined> {
  const lease = await cluster.get('Lease', { namespace: OPERATOR_NAMESPACE, name: 'recommender-operator' });
  const holder = (lease?.['spec'] as { holderIdentity?: string } | undefined)?.holderIdentity;
  if (!holder) return undefined;
  return (await cluster.get('Pod', { namespace: OPERATOR_NAMESPACE, name: holder })) ? holder : undefined;
}

interface DeploymentView {
  metadata: { generation: number };
  status?: { observedGeneration?: number; replicas?: number; updatedReplicas?: number; availableReplicas?: number };
}

/** `registry:5000/a/b:tag` → repository and tag. */
function split(image: string): { repository: string; tag: string } {
  const at = image.lastIndexOf(':');
  return { repository: image.slice(0, at), tag: image.slice(at + 1) };
}
