import { down } from '../cluster/down.ts';
import { openCluster, type Cluster } from '../testenv/cluster.ts';
import { OPERATOR_NAMESPACE } from '../testenv/install.ts';
import type { Options } from './args.ts';
import { removeOperator, removeShop, removeShopFully } from './belongings.ts';
import { localCluster, type Made } from './stage.ts';
import type { Teller } from './tell.ts';

/** Everything stays for a person at a terminal; for a script everything goes that was not there before. */
export type Ending = 'Keep' | 'RemoveShop' | 'RemoveCluster';

export function endingOf({ after, where }: Options, made: Made, terminal: boolean): Ending {
  const keep = after === undefined ? terminal : after === 'Keep';
  if (keep) return 'Keep';
  return where.cluster === 'Local' && (made.localCluster || after === 'Down') ? 'RemoveCluster' : 'RemoveShop';
}

/** Removes what is to be removed, and says so. */
export async function cleanUp(ending: Ending, { where, namespace }: Options, tell: Teller): Promise<void> {
  if (ending === 'Keep') return;
  tell.chapter('Cleaning up');
  if (ending === 'RemoveCluster') {
    await tell.during('Taking the cluster down', down());
    tell.say('The cluster is down. Its images are kept, so the next one starts quickly.');
    return;
  }
  const cluster = where.cluster === 'Local' ? localCluster() : openCluster({ context: where.context });
  try {
    await removeFrom(cluster, where.cluster === 'Local', namespace, tell);
  } finally {
    await cluster.close();
  }
}

async function removeFrom(cluster: Cluster, local: boolean, namespace: string, tell: Teller): Promise<void> {
  if (local) {
    await removeShop(cluster, namespace);
    tell.say(`The namespace ${namespace} is being removed. The cluster was up before and stays up.`);
    return;
  }
  if (await tell.during('Removing the shop', removeShopFully(cluster, namespace))) tell.say(`The namespace ${namespace} is removed.`);
  if (await tell.during('Removing the operator', removeOperator(cluster))) tell.say('The operator is uninstalled; as always with its chart, the CustomResourceDefinitions stay.');
}

/** Where things stand after a failure, for one who reads this when all is gone. */
export async function tellState(cluster: Cluster, namespace: string, tell: Teller): Promise<void> {
  const views = [
    ['-n', namespace, 'get', 'rec,mv,rollout,pods'],
    ['-n', namespace, 'get', 'events', '--sort-by=.lastTimestamp'],
    ['-n', OPERATOR_NAMESPACE, 'get', 'pods'],
  ];
  for (const view of views) {
    tell.show(`$ kubectl ${view.join(' ')}`, 'command');
    tell.show(await cluster.kubectl(view).catch((error: unknown) => (error as Error).message));
  }
}
