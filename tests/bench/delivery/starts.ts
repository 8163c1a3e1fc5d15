import { MANAGER } from '../../../operator/api/names.ts';
import { type Entry, isOf } from '../../../tools/replay/entry.ts';
import type { Cluster } from '../../../tools/scene/cluster.ts';
import type { Shop } from '../../../tools/scene/shop.ts';
import { until } from '../../../tools/scene/until.ts';
import { answered, came, endOfLog, writesSince } from './audit.ts';

/**
 * How long the operator takes from an apply to the Rollout, the time of the validation Job left out: new models, one after
 * the other, each removed when its Rollout is there. Milliseconds, one number a model.
 */
export async function measureStarts(cluster: Cluster, shop: Shop, count: number): Promise<number[]> {
  const from = endOfLog();
  const names = Array.from({ length: count }, (_, index) => `start-${String(index)}`);
  for (const name of names) {
    await cluster.apply({
      apiVersion: 'recommender.dev/v1alpha1',
      kind: 'RecommenderModel',
      metadata: { name, namespace: shop.namespace },
      spec: { release: shop.release('1.0.0'), serving: { replicas: { min: 1, max: 1 }, resources: { requests: { cpu: '10m', memory: '64Mi' } } } },
    });
    await until(`the Rollout of ${name}`, () => cluster.get('Rollout', { namespace: shop.namespace, name }), 90_000);
    await cluster.remove('RecommenderModel', { namespace: shop.namespace, name });
  }
  const writes = writesSince(from);
  return names.map((name) => overhead(name, writes));
}

/** From the apply to the Job, and from the kubelet's last word on the Job's pod to the Rollout. */
function overhead(name: string, writes: readonly Entry[]): number {
  const first = (resource: string, subresource: string | undefined, byName: (name: string) => boolean): Entry | undefined =>
    writes.find((each) => isOf(each, resource, subresource) && byName(each.objectRef?.name ?? ''));
  const applied = first('recommendermodels', undefined, (each) => each === name);
  const job = first('jobs', undefined, (each) => each.startsWith(`${name}-validate-`));
  const rollout = first('rollouts', undefined, (each) => each === name);
  const told = writes.findLast((each) =>
    isOf(each, 'pods', 'status') && each.user.username.startsWith('system:node:') && each.objectRef?.name?.startsWith(`${name}-validate-`) === true &&
    rollout !== undefined && answered(each) <= came(rollout));
  if (!applied || !job || !rollout || !told || !rollout.user.username.endsWith(`:${MANAGER}`)) throw new Error(`the audit log does not tell how ${name} started`);
  return answered(job) - came(applied) + answered(rollout) - answered(told);
}
