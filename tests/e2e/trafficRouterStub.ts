import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { request } from 'undici';
import { SERVICE_PORT } from '../../serving/contract/http.ts';
import { network } from '../../tools/cluster/layout.ts';
import type { Cluster } from '../../tools/testenv/cluster.ts';
import { until } from '../../tools/testenv/until.ts';

/** Requests with this header, or all of them, go to these Services in these shares, percent. */
export interface Route {
  header?: { name: string; value: string };
  to: readonly { service: string; weight: number }[];
}

/** Stands where an ingress controller or a mesh would: it divides requests by the objects in the cluster, and by nothing else. */
export interface TrafficRouterStub {
  /** Where pods of the cluster reach it. */
  origin: string;
  /** The version that answers a caller who sends these headers. */
  ask: (headers: Record<string, string>) => Promise<string>;
  /** From now on other objects say how. */
  follow: (read: () => Promise<Route[]>) => void;
  /** Shares of the Service that it has followed since it was last told whom to follow, each change once. */
  shares: (service: string) => number[];
  close: () => Promise<void>;
}

const LOOK_MS = 50;

/** @param read routes as they are now; what it throws leaves the last ones in force */
export async function startTrafficRouterStub(cluster: Cluster, namespace: string, read: () => Promise<Route[]>): Promise<TrafficRouterStub> {
  let reader = read;
  let followed: Route[][] = [await read()];
  const over = new AbortController();
  const look = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const asked = reader;
      const now = await asked().catch(() => followed.at(-1) ?? []);
      if (asked === reader && JSON.stringify(now) !== JSON.stringify(followed.at(-1))) followed.push(now);
      await pause(LOOK_MS, undefined, { signal: over.signal }).catch(() => undefined);
    }
  };
  const looking = look();
  const divide = divideBy(() => followed.at(-1) ?? []);
  const addressOf = addresses(cluster, namespace);
  const server = createServer((incoming, answer) => {
    forward(incoming, answer, async () => addressOf(divide(incoming.headers))).catch((error: unknown) => answer.writeHead(502).end(String(error)));
  });
  await new Promise<void>((done) => server.listen(0, network.host, done));
  const origin = `http://${network.host}:${String((server.address() as AddressInfo).port)}`;
  return {
    origin,
    ask: async (headers) => {
      const { body } = await request(`${origin}/recommend`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{"user_id":"a tester"}' });
      return ((await body.json()) as { version: string }).version;
    },
    follow: (next) => {
      reader = next;
      followed = followed.slice(-1);
    },
    shares: (service) => followed.map((routes) => shareOf(routes, service)).filter((share, index, all) => index === 0 || share !== all[index - 1]),
    close: async () => {
      over.abort();
      await looking;
      await new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      });
    },
  };
}

/** Shares of a candidate through a whole release, once nobody is given to it as one. Argo Rollouts writes 100% before it makes it the stable one, for as long as that takes. */
export async function sharesOf(divider: TrafficRouterStub): Promise<number[]> {
  await until('nobody is given to it as a candidate', () => divider.shares('books-candidate').at(-1) === 0);
  return divider.shares('books-candidate').filter((share) => share !== 100);
}

const forAll = (routes: readonly Route[]): Route | undefined => routes.find(({ header }) => !header);
const shareOf = (routes: readonly Route[], service: string): number => forAll(routes)?.to.find((each) => each.service === service)?.weight ?? 0;

/** Names the Service for a request. Of a hundred requests in a row every Service gets as many as its share says. */
function divideBy(routes: () => readonly Route[]): (headers: IncomingHttpHeaders) => string {
  let requests = 0;
  return (headers) => {
    const now = routes();
    const chosen = now.find(({ header }) => header && headers[header.name.toLowerCase()] === header.value) ?? forAll(now);
    // A step that has no factor in common with 100 spreads the shares evenly.
    let place = ((requests += 1) * 37) % 100;
    const to = chosen?.to.find(({ weight }) => (place -= weight) < 0);
    if (!to) throw new Error('no route leads anywhere');
    return to.service;
  };
}

function addresses(cluster: Cluster, namespace: string): (service: string) => Promise<string> {
  const known = new Map<string, string>();
  return async (service) => {
    const found = known.get(service) ?? ((await cluster.get('Service', { namespace, name: service }))?.['spec'] as { clusterIP?: string } | undefined)?.clusterIP;
    if (found === undefined) throw new Error(`there is no Service ${service}`);
    known.set(service, found);
    return found;
  };
}

/** By a connection of its own: one that is kept would stay with the pods it once reached. */
async function forward(incoming: IncomingMessage, answer: ServerResponse, choose: () => Promise<string>): Promise<void> {
  const body = await buffer(incoming);
  const { host: _host, connection: _connection, 'content-length': _length, ...headers } = incoming.headers;
  const got = await request(`http://${await choose()}:${String(SERVICE_PORT)}${incoming.url ?? ''}`, {
    method: incoming.method as 'GET' | 'POST',
    headers,
    ...(body.length > 0 ? { body } : {}),
    reset: true,
  });
  const { connection: _hop, 'keep-alive': _kept, 'transfer-encoding': _encoding, ...rest } = got.headers;
  answer.writeHead(got.statusCode, rest);
  answer.end(Buffer.from(await got.body.arrayBuffer()));
}
