import { KINDS } from '../../operator/api/kinds.ts';
import type { Kind } from '../../operator/api/objects.ts';
import { createWriter } from '../../operator/kube/apply.ts';
import type { KubeClient, KubeRequest } from '../../operator/kube/client.ts';
import { isStatus } from '../../operator/kube/errors.ts';
import { listAll } from '../../operator/kube/list.ts';
import { createStore, type Store } from '../../operator/kube/store.ts';
import type { Outcome } from '../../operator/kube/workers.ts';
import { reconcile } from '../../operator/loop/reconcile.ts';
import { observe, WATCHED } from '../../operator/loop/world.ts';
import { createMetrics } from '../../operator/telemetry/metrics.ts';
import { CONFIG } from '../../operator/testing/builders.ts';
import { NAMESPACE } from './stage.ts';

/** How an operator ends: at its n-th write, which the API server got or did not get; nobody reads the answer. */
export interface Death {
  atWrite: number;
  arrives: boolean;
}

class Killed extends Error {}

/**
 * One life of the operator for one model: fresh caches, then the real loop against the real API server, until there is
 * nothing to do or it is killed.
 * @param clock milliseconds since the epoch
 * @returns when it wants to look again though nothing changes; undefined where it was killed
 */
export async function live(client: KubeClient, model: string, clock: () => number, death?: Death): Promise<Outcome | undefined> {
  const stores = new Map<Kind, Store>(WATCHED.map(({ kind, indexes }) => [kind, createStore({ indexes: indexes ?? {} })]));
  const storeOf = (kind: Kind): Store => stores.get(kind)!;
  let writes = 0;
  const mortal = { ...client, send: (request: KubeRequest) => (request.method === 'GET' ? client.send(request) : write(request)) };
  const write = async (request: KubeRequest): Promise<unknown> => {
    writes += 1;
    if (!death || writes < death.atWrite) return client.send(request);
    if (writes === death.atWrite && death.arrives) await client.send(request);
    throw new Killed();
  };
  const writer = createWriter({ client: mortal, kinds: Object.values(KINDS), storeOf, fence: () => undefined });
  const recorder = { record: () => undefined, flush: () => Promise.resolve() };
  const { rollouts } = createMetrics();
  const notifier = { offer: () => undefined, deliveries: () => [], forget: () => undefined, stop: () => undefined };
  try {
    for (;;) {
      const before = writes;
      const missing = (await Promise.all(WATCHED.map((watched) => fill(client, watched, storeOf(watched.kind))))).flat();
      const outcome = await reconcile({ observe: (key) => observe({ storeOf, missing: () => missing }, key), writer, recorder, notifier, rollouts, config: CONFIG, clock }, `${NAMESPACE}/${model}`);
      if (writes === before) return outcome;
    }
  } catch (error) {
    if (error instanceof Killed) return undefined;
    throw error;
  }
}

/** @returns the kind, where the API server does not know it */
async function fill(client: KubeClient, { kind, selector, wanted }: (typeof WATCHED)[number], store: Store): Promise<Kind[]> {
  try {
    const { items, resourceVersion } = await listAll(client, { kind, namespace: NAMESPACE, ...(selector === undefined ? {} : { labelSelector: selector }), ...(wanted === undefined ? {} : { wanted }) });
    store.replace(items, resourceVersion);
    return [];
  } catch (error) {
    if (isStatus(error, 404)) return [kind];
    throw error;
  }
}
