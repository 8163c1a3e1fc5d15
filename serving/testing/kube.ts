import type { ServerResponse } from 'node:http';
import { CARRIER, POD_TEMPLATE_HASH_LABEL } from '../contract/carrier.ts';
import { listen } from './http.ts';

interface CarrierSettings {
  weight: number;
  candidateVersion?: string;
  candidateDigest?: string;
  shadowPercent?: number;
}

/** A small API server: one Ingress that can be listed and watched, one Service that can be read. */
export interface KubeServer {
  origin: string;
  /** Every path asked for, oldest first. */
  asked: string[];
  /** Writes the carrier; every open watch hears of it. */
  setCarrier(settings: CarrierSettings | undefined): void;
  setChampionHash(hash: string | undefined): void;
  /** Answers every request with this status until it is undefined again; open watches are cut. */
  refuseWith(status: number | undefined): void;
  /** The next watch is told that its version is gone. */
  compact(): void;
  /** Tells every open watch that nothing happened up to `version`, and ends it. */
  bookmark(version: string): void;
  watchers(): number;
  close(): Promise<void>;
}

export async function kubeServer(): Promise<KubeServer> {
  const watches = new Set<ServerResponse>();
  const asked: string[] = [];
  let version = 1;
  let carrier: object | undefined;
  let championHash: string | undefined;
  let refusal: number | undefined;
  let compacted = false;

  const send = (response: ServerResponse, type: string, object: unknown) =>
    response.write(`${JSON.stringify({ type, object })}\n`);

  function watch(response: ServerResponse): void {
    response.writeHead(200);
    response.flushHeaders();
    if (compacted) {
      compacted = false;
      send(response, 'ERROR', { kind: 'Status', code: 410 });
      response.end();
      return;
    }
    watches.add(response);
    response.once('close', () => watches.delete(response));
  }

  const server = await listen((request, response) => {
    const url = request.url ?? '';
    asked.push(url);
    if (refusal !== undefined) return void response.writeHead(refusal).end();
    if (url.includes('watch=true')) return watch(response);
    const selector = championHash === undefined ? {} : { [POD_TEMPLATE_HASH_LABEL]: championHash };
    const list = { metadata: { resourceVersion: String(version) }, items: carrier === undefined ? [] : [carrier] };
    response.end(JSON.stringify(url.includes('/services/') ? { spec: { selector } } : list));
  });

  return {
    origin: server.origin,
    asked,
    setCarrier(settings) {
      version += 1;
      const gone = carrier;
      carrier = settings && ingress(settings, version);
      for (const response of watches) send(response, carrier === undefined ? 'DELETED' : 'MODIFIED', carrier ?? gone);
    },
    setChampionHash: (hash) => void (championHash = hash),
    refuseWith(status) {
      refusal = status;
      for (const response of watches) response.destroy();
    },
    compact() {
      compacted = true;
      for (const response of watches) response.end();
    },
    bookmark(version) {
      for (const response of watches) {
        send(response, 'BOOKMARK', { metadata: { resourceVersion: version } });
        response.end();
      }
    },
    watchers: () => watches.size,
    close: server.close,
  };
}

function ingress({ weight, candidateVersion, candidateDigest, shadowPercent }: CarrierSettings, version: number): object {
  const annotations = {
    [CARRIER.weight]: String(weight),
    ...(candidateVersion === undefined ? {} : { [CARRIER.candidateVersion]: candidateVersion }),
    ...(candidateDigest === undefined ? {} : { [CARRIER.candidateDigest]: candidateDigest }),
    ...(shadowPercent === undefined ? {} : { [CARRIER.shadowPercent]: String(shadowPercent) }),
  };
  return { metadata: { name: 'carrier', resourceVersion: String(version), annotations } };
}
