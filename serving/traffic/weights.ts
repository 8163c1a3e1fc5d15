import { setTimeout } from 'node:timers/promises';

import type { TrafficConfig } from '../config.ts';
import { log, messageOf } from '../telemetry/log.ts';
import { carrierOf, IngressList, selectedHash, WatchEvent } from './carrier.ts';
import type { Carrier, Ingress } from './carrier.ts';
import { ApiRefusal } from './kube-api.ts';
import type { KubeApi } from './kube-api.ts';
import type { TrafficState } from './route.ts';

/** The API server ends each watch after this long; silence beyond it is a dead connection. */
const WATCH_SECONDS = 25;
const SILENCE_MS = (WATCH_SECONDS + 8) * 1000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** A server that ends every watch at once must not be asked in a busy loop. */
const SHORTEST_WATCH_MS = 1_000;
const GONE = 410;

type Names = Pick<TrafficConfig, 'carrierIngress' | 'championService'> & { namespace: string };

/**
 * Follows the carrier Ingress until `signal` aborts, and tells `onState` whenever it changes. The champion Service is
 * read before each change is told: on promotion Argo Rollouts first points that Service at the new pods and then sets
 * the weight to 0, so whoever sees the 0 must already know that it has been replaced. While the API server cannot be
 * reached nothing is told: the last weight stays.
 */
export async function followCarrier(
  api: KubeApi,
  names: Names,
  onState: (state: TrafficState) => void,
  signal: AbortSignal,
): Promise<void> {
  const ingresses = `/apis/networking.k8s.io/v1/namespaces/${names.namespace}/ingresses`;
  const selection = `fieldSelector=${encodeURIComponent(`metadata.name=${names.carrierIngress}`)}`;
  let told = '';
  let championHash: string | undefined;

  async function tell(carrier: Carrier): Promise<void> {
    championHash = await readChampionHash(api, names, championHash);
    const state = { ...carrier, championHash };
    const text = JSON.stringify(state);
    if (text !== told) onState(state);
    told = text;
  }

  async function list(): Promise<string> {
    const { items, metadata } = IngressList.parse(await api.get(`${ingresses}?${selection}`));
    await tell(carrierOf(items[0]));
    return metadata.resourceVersion;
  }

  /** One watch from `version` on; returns the version to go on from, or throws. */
  async function watch(version: string): Promise<string> {
    const path = `${ingresses}?${selection}&watch=true&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}`;
    let seen = version;
    for await (const line of api.watch(`${path}&resourceVersion=${version}`, SILENCE_MS, signal)) {
      const event = WatchEvent.parse(line);
      if (event.type === 'ERROR') throw new ApiRefusal(event.object.code ?? 500, ingresses);
      if (event.type !== 'BOOKMARK') await tell(carrierOf(event.type === 'DELETED' ? undefined : event.object));
      seen = resourceVersionOf(event.object, seen);
    }
    return seen;
  }

  let version: string | undefined;
  for (let failures = 0; !signal.aborted; ) {
    const started = performance.now();
    try {
      version ??= await list();
      version = await watch(version);
      failures = 0;
      if (performance.now() - started < SHORTEST_WATCH_MS) await pause(SHORTEST_WATCH_MS, signal);
    } catch (error) {
      if (signal.aborted) return;
      // Whatever was missed meanwhile is in the next list.
      version = undefined;
      failures = performance.now() - started < SHORTEST_WATCH_MS ? failures + 1 : 1;
      const isGone = error instanceof ApiRefusal && error.status === GONE;
      if (failures === 1 && !isGone) log('warn', 'carrier-lost', { message: messageOf(error) });
      await pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures) * (0.5 + Math.random() / 2), signal);
    }
  }
}

function resourceVersionOf({ metadata }: Ingress, otherwise: string): string {
  return metadata.resourceVersion === '' ? otherwise : metadata.resourceVersion;
}

/**
 * @throws when the API server cannot be reached. A refusal is not that: without the right to read the Service, or
 *   without the Service, weights must go on being followed, above all down to 0.
 */
async function readChampionHash(api: KubeApi, names: Names, last: string | undefined): Promise<string | undefined> {
  try {
    return selectedHash(await api.get(`/api/v1/namespaces/${names.namespace}/services/${names.championService}`));
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.status >= 500 || error.status === 429) throw error;
    log('warn', 'champion-service-unreadable', { message: messageOf(error) });
    return error.status === 404 ? undefined : last;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
}
