import { down } from '../cluster/down.ts';
import { type Cluster, openCluster } from '../testenv/cluster.ts';
import { OPERATOR_NAMESPACE } from '../testenv/install.ts';
import type { Options } from './args.ts';
import { localCluster, type Made } from './demoEnvironment.ts';
import type { Output } from './output.ts';
import { removeNamespace, removeNamespaceFully, removeOperator } from './ownership.ts';

/** Everything stays for a person at a terminal; for a script, everything is removed that was not there before. */
export type Cleanup = 'Keep' | 'RemoveNamespace' | 'RemoveCluster';

export function cleanupOf({ after, where }: Options, made: Made, terminal: boolean): Cleanup {
  const keep = after === undefined ? terminal : after === 'Keep';
  if (keep) return 'Keep';
  return where.cluster === 'Local' && (made.localCluster || after === 'Down') ? 'RemoveCluster' : 'RemoveNamespace';
}

/** Removes what is to be removed, and says so. */
export async function cleanUp(cleanup: Cleanup, { where, namespace }: Options, output: Output): Promise<void> {
  if (cleanup === 'Keep') return;
  output.section('Cleaning up');
  if (cleanup === 'RemoveCluster') {
    await output.during('Taking the cluster down', down());
    output.say('The cluster is down. Its images are kept, so the next start is quick.');
    return;
  }
  const cluster = where.cluster === 'Local' ? localCluster() : openCluster({ context: where.context });
  try {
    await removeFrom(cluster, where.cluster === 'Local', namespace, output);
  } finally {
    await cluster.close();
  }
}

async function removeFrom(cluster: Cluster, local: boolean, namespace: string, output: Output): Promise<void> {
  if (local) {
    await removeNamespace(cluster, namespace);
    output.say(`The namespace ${namespace} is being removed. The cluster was up before and stays up.`);
    return;
  }
  if (await output.during('Removing the namespace', removeNamespaceFully(cluster, namespace))) output.say(`The namespace ${namespace} is removed.`);
  if (await output.during('Removing the operator', removeOperator(cluster))) output.say('The operator is uninstalled. Its CustomResourceDefinitions stay, as the chart keeps them.');
}

/** The state after a failure, for readers of a log whose cluster is gone. */
export async function showState(cluster: Cluster, namespace: string, output: Output): Promise<void> {
  const views = [
    ['-n', namespace, 'get', 'rec,mv,rollout,pods'],
    ['-n', namespace, 'get', 'events', '--sort-by=.lastTimestamp'],
    ['-n', OPERATOR_NAMESPACE, 'get', 'pods'],
  ];
  for (const view of views) {
    output.show(`$ kubectl ${view.join(' ')}`, 'command');
    output.show(await cluster.kubectl(view).catch((error: unknown) => (error as Error).message));
  }
}
