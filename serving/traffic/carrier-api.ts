import type { TrafficConfig } from '../config/traffic.ts';
import { type Carrier, carrierOf, IngressList, selectedHash, WatchEvent } from './carrier.ts';
import { ApiRefusal, type KubeApi } from './kube-api.ts';

/** The API server ends each watch after this long; silence beyond it is a dead connection. */
const WATCH_SECONDS = 25;
const SILENCE_MS = (WATCH_SECONDS + 8) * 1000;

export type CarrierNames = Pick<TrafficConfig, 'carrierIngress' | 'championService'> & { namespace: string };

/** The carrier at one resource version; no `carrier` = nothing has changed up to there. */
export interface CarrierNews {
  carrier?: Carrier;
  version: string;
}

/** Reads the carrier Ingress as it is. @throws ApiRefusal, or whatever the connection throws */
export async function listCarrier(api: KubeApi, names: CarrierNames): Promise<Required<CarrierNews>> {
  const { items, metadata } = IngressList.parse(await api.get(ingressPath(names)));
  return { carrier: carrierOf(items[0]), version: metadata.resourceVersion };
}

/** Follows the carrier from `version` until the API server ends the watch. @throws ApiRefusal 410 when that is too old */
export async function* watchCarrier(
  api: KubeApi,
  names: CarrierNames,
  version: string,
  signal: AbortSignal,
): AsyncGenerator<CarrierNews> {
  const options = `watch=true&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}&resourceVersion=${version}`;
  const path = `${ingressPath(names)}&${options}`;
  for await (const line of api.watch(path, SILENCE_MS, signal)) {
    const event = WatchEvent.parse(line);
    if (event.type === 'ERROR') throw new ApiRefusal(event.object.code ?? 500, path);
    const { resourceVersion } = event.object.metadata;
    if (event.type === 'BOOKMARK') yield { version: resourceVersion };
    else yield { carrier: carrierOf(event.type === 'DELETED' ? undefined : event.object), version: resourceVersion };
  }
}

/** The pod template hash that the champion Service selects. @throws like `listCarrier` */
export async function readChampionHash(api: KubeApi, names: CarrierNames): Promise<string | undefined> {
  return selectedHash(await api.get(`/api/v1/namespaces/${names.namespace}/services/${names.championService}`));
}

function ingressPath({ namespace, carrierIngress }: CarrierNames): string {
  const selector = encodeURIComponent(`metadata.name=${carrierIngress}`);
  return `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses?fieldSelector=${selector}`;
}
