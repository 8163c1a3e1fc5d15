import { on, once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LoadFigures } from '../contract/report.ts';
import { createRecommendationIds } from '../feedback/recommendation-id.ts';
import { createAdmission } from '../http/admission.ts';
import { HTTP_LIMITS } from '../http/server-limits.ts';
import { createHandler } from '../server.ts';
import { createActiveUsers } from '../telemetry/active-users.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { Driven, LoadNews, Serving } from './give-load.ts';
import type { Tried } from './try.ts';

/** More golden requests than this make the traffic no more like that of users. */
const MAX_REQUESTS = 1_000;
const KIB = 1024;

/** Serves the model as a pod does, to this machine alone, until the parent process has given it its load. */
export async function underLoad(tried: Tried): Promise<LoadFigures> {
  const server = await listen(handlerOf(tried));
  const { port } = server.address() as AddressInfo;
  const requests = tried.bundle.golden.slice(0, MAX_REQUESTS).map(({ request }) => request);
  // Kept in order: both may have come when this process looks.
  const news = on(process, 'message') as AsyncIterator<[LoadNews]>;
  process.send?.({ port, requests } satisfies Serving);
  await news.next();
  const before = process.memoryUsage.rss();
  const [driven] = (await news.next()).value as [Driven];
  const memoryGrowthBytes = process.memoryUsage.rss() - before;
  server.close();
  server.closeAllConnections();
  return { ...driven, memoryBytes: process.resourceUsage().maxRSS * KIB, memoryGrowthBytes };
}

/** A pod's way of a request from the first byte to the last, without what the spec may put before it. */
function handlerOf({ bundle: { manifest, digest }, model, listenToRuns }: Tried): RequestListener {
  const { model: name, version } = manifest;
  const metrics = createMetrics({ model_namespace: 'validation', model: name, version });
  const admission = createAdmission({ waiting: () => model.waiting(), workers: 1, onRefused: () => metrics.count('overloaded') });
  listenToRuns(admission.scored);
  const anybody = { name: 'anonymous' };
  return createHandler({
    config: {
      model: name, version, digest, feedbackEvents: [], corsOrigins: [],
      auth: { apiKeysDir: undefined, jwt: undefined }, rateLimit: undefined,
    },
    state: { model, goldenFaults: [], trafficKnown: true, draining: false },
    metrics,
    readGauges: () => undefined,
    activeUsers: createActiveUsers(),
    ids: createRecommendationIds(`validation/${name}`),
    guard: () => anybody,
    admission,
    splitter: undefined,
  });
}

async function listen(handler: RequestListener): Promise<Server> {
  const server = createServer(HTTP_LIMITS, handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
