import { type Cluster, output } from '../testenv/cluster.ts';
import { ENVIRONMENT_LABEL } from '../testenv/environment.ts';
import { OPERATOR_NAMESPACE } from '../testenv/install.ts';
import { until } from '../testenv/until.ts';

/** Whether a namespace has the label that demo and tests set. */
export async function madeByDemo(cluster: Cluster, namespace: string): Promise<boolean> {
  const found = await cluster.get('Namespace', { name: namespace });
  return Object.entries(ENVIRONMENT_LABEL).every(([name, value]) => found?.metadata.labels?.[name] === value);
}

/** Marks the operator's namespace in a cluster of somebody else, so that it is known whose installation it is. */
export async function claimOperatorNamespace(cluster: Cluster): Promise<void> {
  if (await cluster.get('Namespace', { name: OPERATOR_NAMESPACE })) return;
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: OPERATOR_NAMESPACE, labels: ENVIRONMENT_LABEL } });
}

/** Begins to remove the namespace with all that is in it. False when there is none; what others made is left alone. */
export async function removeNamespace(cluster: Cluster, namespace: string): Promise<boolean> {
  return (await madeByDemo(cluster, namespace)) && (await cluster.remove('Namespace', { name: namespace }));
}

/** Removes the namespace and waits until it is gone. False when there was none. */
export async function removeNamespaceFully(cluster: Cluster, namespace: string): Promise<boolean> {
  if (!(await removeNamespace(cluster, namespace))) return false;
  await until(`the namespace ${namespace} is gone`, async () => !(await cluster.get('Namespace', { name: namespace })), 120_000);
  return true;
}

/** Uninstalls the operator if the demo installed it; returns whether it did. The CRDs stay, as the chart keeps them. */
export async function removeOperator(cluster: Cluster): Promise<boolean> {
  if (!(await madeByDemo(cluster, OPERATOR_NAMESPACE))) return false;
  const context = cluster.context === undefined ? [] : ['--kube-context', cluster.context];
  await output('helm', ['uninstall', 'recommender-operator', '--namespace', OPERATOR_NAMESPACE, '--ignore-not-found', ...context]);
  return cluster.remove('Namespace', { name: OPERATOR_NAMESPACE });
}
