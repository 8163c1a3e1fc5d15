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
import { NAMESPACE } from './env.ts';

/** Where an operator crashes: at its n-th write, which the API server gets or does not get; the answer is never read. */
export interface Crash {
  atWrite: number;
  arrives: boolean;
}

class Crashed extends Error {}

/**
 * Runs the operator for one model, in this process: fresh caches, then the real loop against the real API server, until there is
 * nothing left to do or it crashes.
 * @param clock milliseconds since the epoch
 * @returns when it wants to look again though nothing changes; undefined if it crashed
 */
export async function runOperator(client: KubeClient, model: string, clock: () => number, crash?: Crash): Promise<Outcome | undefined> {
  const stores = new Map<Kind, Store>(WATCHED.map(({ kind, indexes }) => [kind, createStore({ indexes: indexes ?? {} })]));
  const storeOf = (kind: Kind): Store => stores.get(kind)!;
  let writes = 0;
  const crashing = { ...client, send: (request: KubeRequest) => (request.method === 'GET' ? client.send(request) : write(request)) };
  const write = async (request: KubeRequest): Promise<unknown> => {
    writes += 1;
    if (!crash || writes < crash.atWrite) return client.send(request);
    if (writes === crash.atWrite && crash.arrives) await client.send(request);
    throw new Crashed();
  };
  const writer = createWriter({ client: crashing, kinds: Object.values(KINDS), storeOf, fence: () => undefined });
  const recorder = { record: () => undefined, flush: () => Promise.resolve() };
  const { rollouts } = createMetrics();
  const notifier = { offer: () => undefined, deliveries: () => [], forget: () => undefined, stop: () => undefined };
  try {
    for (;;) {
      const before = writes;
      const missing = (await Promise.all(WATCHED.map((watched) => fill(client, watched, storeOf(watched.kind))))).flat();
      const outcome = await reconcile({ observe: (key) => observe({ storeOf, missing: () => missing }, key), managing: () => undefined, writer, recorder, notifier, rollouts, config: CONFIG, clock }, `${NAMESPACE}/${model}`);
      if (writes === before) return outcome;
    }
  } catch (error) {
    if (error instanceof Crashed) return undefined;
    throw error;
  }
}

/** @returns the kind if the API server does not know it */
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
