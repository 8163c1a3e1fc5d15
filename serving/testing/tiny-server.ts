import { afterAll } from '@jest/globals';
import { readBundle } from '../bundle/read.ts';
import type { Deps } from '../deps.ts';
import { createRecommendationIds } from '../feedback/recommendation-id.ts';
import { createAdmission } from '../http/admission.ts';
import type { ServingState } from '../http/serving-state.ts';
import type { Inference } from '../scoring/inference.ts';
import type { Plan } from '../scoring/messages.ts';
import { createRecommender } from '../scoring/recommender.ts';
import { createRenderer } from '../scoring/render.ts';
import { createHandler } from '../server.ts';
import { createActiveUsers } from '../telemetry/active-users.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { listen } from './http.ts';
import { seriesValue } from './series.ts';
import { removeTinyBundles, tinyBundle } from './tiny-bundle.ts';

const config: Deps['config'] = {
  model: 'tiny', version: '1.0.0', digest: 'sha256:one', feedbackEvents: ['click'], corsOrigins: [],
  auth: { apiKeysDir: undefined, jwt: undefined }, rateLimit: undefined,
};

const PLAN: Plan = {
  inputs: [{ name: 'user', type: 'int64', shape: [], encoding: 'Values', width: 1 }],
  answer: { kind: 'Ranked', items: 'items', scores: 'scores' },
  dynamicBatch: true,
};

/** What a test has the inference workers do. */
interface Workers {
  score: Inference['score'];
  /** How many wait, each time somebody looks; then none. */
  waiting: number[];
}

/** A model that works: everybody likes i3, i1 and i0. */
export const ranked: Inference['score'] = () =>
  Promise.resolve({ rows: Int32Array.of(3, 1, 0), scores: Float32Array.of(0.9, 0.5, 0.1) });

/** All of the server but its inference workers, which the test plays; it ends with the file of tests. */
export async function openTinyServer() {
  const workers: Workers = { score: ranked, waiting: [] };
  const metrics = createMetrics({ model_namespace: 'shop', model: 'tiny', version: '1.0.0' });
  const onInferenceError = () => metrics.count('inferenceErrors');
  const state: ServingState = { model: await tinyModelOf(workers, onInferenceError), goldenFaults: [], trafficKnown: true, draining: false };
  const admission = createAdmission({ waiting: () => workers.waiting.shift() ?? 0, workers: 1, onRefused: () => metrics.count('overloaded') });
  admission.scored(1, 1_000);
  const guard = () => ({ name: 'anonymous' });
  const ids = createRecommendationIds('shop/tiny');
  const activeUsers = createActiveUsers();
  const readGauges = () => metrics.set('activeUsers', activeUsers.count());
  const deps = { config, state, metrics, readGauges, activeUsers, ids, guard, admission, splitter: undefined };
  const handler = createHandler(deps);
  const { origin, host, close } = await listen(handler);
  afterAll(async () => {
    await close();
    await removeTinyBundles();
  });

  return {
    handler,
    origin,
    host,
    workers,
    metrics,
    state,
    ids,
    /** @param body a text or bytes are sent as they are, anything else as JSON */
    post: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      fetch(`${origin}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      }),
    /** The value of a series, 0 where there is none yet. */
    counted: async (name: string, labels: Record<string, string>) => seriesValue(await metrics.text(), name, labels) ?? 0,
  };
}

/** The tiny bundle, scored by the test's workers. */
async function tinyModelOf(workers: Workers, onInferenceError: () => void): Promise<ServingState['model']> {
  const bundle = await readBundle((await tinyBundle()).dir);
  const inference = { score: (...asked: Parameters<Inference['score']>) => workers.score(...asked), plan: PLAN };
  return {
    ...createRecommender(bundle, inference, { onInferenceError, onGenerated: () => undefined }),
    render: createRenderer(bundle),
    describe: () => ({ inputs: [], outputs: [] }),
    feeds: () => [],
    infer: () => Promise.resolve([]),
    waiting: () => 0,
    check: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
}
