import { ANNOTATIONS } from '../../operator/api/names.ts';
import { at, type Entry, isOf, placeOf, textAt } from './entry.ts';
import type { World } from './world.ts';

/** How many pods of which bundle are available, as the controller of ReplicaSets says. */
export function followPods(world: World, write: Entry): void {
  if (!isOf(write, 'replicasets', 'status')) return;
  const digest = textAt(write.requestObject, 'spec', 'template', 'metadata', 'annotations', ANNOTATIONS.digest);
  const available = at(write.requestObject, 'status', 'availableReplicas');
  if (digest !== '') world.pods.set(placeOf(write), { digest, available: typeof available === 'number' ? available : 0 });
}

/**
 * Argo Rollouts gives a candidate no users while none of its pods is available, and gives it back its share once one is:
 * `reconcileTrafficRouting` in rollout/trafficrouting.go of Argo Rollouts 1.10.1.
 */
export function lostItsPods({ pods }: World, namespace: string, digest: string): boolean {
  const its = [...pods].filter(([place, each]) => place.startsWith(`${namespace}/`) && each.digest === digest);
  return its.length > 0 && its.every(([, { available }]) => available === 0);
}
