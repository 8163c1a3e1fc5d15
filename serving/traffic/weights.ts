import { setTimeout } from 'node:timers/promises';
import { backoff } from '../contract/backoff.ts';
import { log, messageOf } from '../telemetry/log.ts';
import { type CarrierNames, type CarrierNews, listCarrier, readChampionHash, watchCarrier } from './carrier-api.ts';
import type { Carrier } from './carrier.ts';
import { ApiRefusal, type KubeApi } from './kube-api.ts';
import type { TrafficState } from './route.ts';

const PAUSES_MS = { first: 400, longest: 5_000 };
/** A server that ends every watch at once must not be asked in a busy loop. */
const SHORTEST_WATCH_MS = 500;
const GONE = 410;

/**
 * Follows the carrier Ingress until `signal` aborts, and tells `onState` whenever it changes. The champion Service is
 * read before each change is told: on promotion Argo Rollouts first points that Service at the new pods and then sets
 * the weight to 0, so whoever sees the 0 must already know that it has been replaced. While the API server cannot be
 * reached nothing is told: the last weight stays.
 */
export async function followCarrier(
  api: KubeApi,
  names: CarrierNames,
  onState: (state: TrafficState) => void,
  signal: AbortSignal,
): Promise<void> {
  const tell = teller(api, names, onState);
  let known: Required<CarrierNews> | undefined;
  for (let failures = 0; !signal.aborted; ) {
    const started = performance.now();
    const isShort = () => performance.now() - started < SHORTEST_WATCH_MS;
    try {
      known ??= await listCarrier(api, names);
      // Again with every new watch: the champion Service may have changed while the carrier has not.
      await tell(known.carrier);
      for await (const news of watchCarrier(api, names, known.version, signal)) {
        known = { ...known, ...news };
        if (news.carrier !== undefined) await tell(news.carrier);
      }
      failures = 0;
      if (isShort()) await pause(SHORTEST_WATCH_MS, signal);
    } catch (error) {
      if (signal.aborted) return;
      // Whatever was missed meanwhile is in the next list.
      known = undefined;
      failures = isShort() ? failures + 1 : 1;
      const isGone = error instanceof ApiRefusal && error.status === GONE;
      if (failures === 1 && !isGone) log('warn', 'carrier watch lost, trying again', { error: messageOf(error) });
      await pause(backoff(failures, PAUSES_MS, Math.random()), signal);
    }
  }
}

/** Completes what the carrier says with what the champion Service says, and passes on what is new. */
function teller(api: KubeApi, names: CarrierNames, onState: (state: TrafficState) => void) {
  let told = '';
  let championHash: string | undefined;
  return async (carrier: Carrier): Promise<void> => {
    championHash = await hashOrLast(api, names, championHash);
    const state = { ...carrier, championHash };
    const text = JSON.stringify(state);
    if (text !== told) onState(state);
    told = text;
  };
}

/**
 * @throws when the API server cannot be reached. A refusal is not that: without the right to read the Service, or
 *   without the Service, weights must go on being followed, above all down to 0.
 */
async function hashOrLast(api: KubeApi, names: CarrierNames, last: string | undefined): Promise<string | undefined> {
  try {
    return await readChampionHash(api, names);
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.status >= 500 || error.status === 429) throw error;
    log('warn', 'champion Service cannot be read', { error: messageOf(error) });
    return error.status === 404 ? undefined : last;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
}
