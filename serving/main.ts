/** The serving process: wiring and signals only. */
import { createServer } from 'node:http';

import { BundleFailure } from './bundle/failure.ts';
import { readBundle } from './bundle/read.ts';
import type { Bundle } from './bundle/read.ts';
import { createAnswers } from './cache/answers.ts';
import type { Answers } from './cache/answers.ts';
import { connectRedis } from './cache/redis.ts';
import type { Redis } from './cache/redis.ts';
import { readServeConfig } from './config.ts';
import type { ServeConfig } from './config.ts';
import { drain } from './drain.ts';
import { endNow } from './end-now.ts';
import { createRecommendationIds } from './feedback/recommendation-id.ts';
import { accessLogDestination, createAccessLog } from './http/access-log.ts';
import { createAdmission } from './http/admission.ts';
import type { Admission } from './http/admission.ts';
import { boundConnections } from './http/connections.ts';
import { startGuard } from './http/guard.ts';
import { answerInvalidHttp } from './http/invalid-http.ts';
import { HTTP_LIMITS } from './http/server-limits.ts';
import { loadModel } from './scoring/model.ts';
import { createHandler } from './server.ts';
import { notReadyBecause } from './serving-state.ts';
import type { ServingState } from './serving-state.ts';
import { createActiveUsers } from './telemetry/active-users.ts';
import { createSparseLog, log, messageOf } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { startTraffic } from './traffic/start.ts';

const sparseLog = createSparseLog(10_000);

async function serve(config: ServeConfig): Promise<void> {
  const started = performance.now();
  const state: ServingState = { model: undefined, goldenFaults: [], trafficKnown: false, draining: false };
  const metrics = createMetrics({ model_namespace: config.namespace, model: config.model, version: config.version });
  showCounters(metrics);
  const announce = onceReady(state, () => log('info', 'ready', { version: config.version, milliseconds: since(started) }));
  const splitter = startTraffic(config, metrics, () => {
    state.trafficKnown = true;
    announce();
  });
  const redis = config.cache && connectRedis(config.cache);
  const ids = createRecommendationIds(`${config.namespace}/${config.model}`);
  const admission = createAdmission({
    waiting: () => state.model?.waiting() ?? 0,
    workers: config.threads,
    onRefused: () => metrics.count('overloaded'),
  });
  const handler = createHandler({
    config,
    state,
    metrics,
    activeUsers: createActiveUsers(),
    ids,
    guard: await startGuard(config, metrics, () => splitter?.isCandidate() ?? false, redis),
    admission,
    accessLog: createAccessLog(config.accessLog, accessLogDestination()),
    splitter,
  });
  const server = createServer(HTTP_LIMITS, handler).on('clientError', answerInvalidHttp);
  boundConnections(server);
  server.once('error', (error) => fail(`Port ${config.port} cannot be used: ${messageOf(error)}`));
  await new Promise<void>((done) => server.listen(config.port, done));
  log('info', 'listening', { version: config.version, port: portOf(server.address()) });

  process.once('SIGTERM', () => {
    log('info', 'draining', { milliseconds: config.drainMs });
    void drain(server, config.drainMs, () => (state.draining = true)).then(async () => {
      splitter?.close();
      redis?.close();
      await state.model?.close();
      log('info', 'stopped');
      process.exit(0);
    });
  });

  await loadInto(state, config, metrics, admission, redis);
  const [goldenFault] = state.goldenFaults;
  if (goldenFault !== undefined) log('error', 'golden-requests-failed', { version: config.version, first: goldenFault });
  announce();
}

async function loadInto(
  state: ServingState,
  config: ServeConfig,
  metrics: Metrics,
  admission: Admission,
  redis: Redis | undefined,
): Promise<void> {
  const bundle = await readBundle(config.dir);
  if (bundle.digest !== config.digest) {
    throw new BundleFailure('DigestMismatch', `${config.dir} holds the bundle ${bundle.digest}, not ${config.digest}.`);
  }
  const model = await loadModel(bundle, {
    onInferenceError: (error) => {
      metrics.count('inferenceErrors');
      sparseLog('error', 'inference-failed', { message: withoutNumbers(error.message) });
    },
    onGenerated: (seconds) => metrics.observe('generationLatency', seconds),
    onBatch: (size) => metrics.observe('batchSize', size),
    onRun: admission.scored,
    onLost: (reason) => fail(`The process cannot go on: ${reason}.`),
  }, config.threads, answersOf(bundle, config, metrics, redis));
  state.goldenFaults = await model.check();
  metrics.count('goldenFailures', {}, state.goldenFaults.length);
  state.model = model;
}

function answersOf({ manifest, items, classes }: Bundle, config: ServeConfig, metrics: Metrics, redis: Redis | undefined): Answers {
  const rows = manifest.task === 'text-to-classes' ? classes.length : items.length;
  return createAnswers(redis && config.cache && { redis, ttlMs: config.cache.ttlMs }, config, rows, metrics);
}

/** onnxruntime likes to name the offending index, and that is somebody's place in the vocabulary. */
function withoutNumbers(message: string): string {
  return message.replace(/\d+/g, '#');
}

/** Calls `act` the first time it finds the state ready. */
function onceReady(state: ServingState, act: () => void): () => void {
  let done = false;
  return () => {
    if (done || notReadyBecause(state) !== undefined) return;
    done = true;
    act();
  };
}

function since(started: number): number {
  return Math.round(performance.now() - started);
}

/** A series that starts at 1 hides its first event from rate() and increase(). */
function showCounters(metrics: Metrics): void {
  for (const outcome of ['ok', 'fallback', 'error', 'rejected']) metrics.count('requests', { outcome }, 0);
  for (const key of ['inferenceErrors', 'goldenFailures', 'throttled', 'overloaded'] as const) metrics.count(key, {}, 0);
}

function portOf(address: ReturnType<ReturnType<typeof createServer>['address']>): number | undefined {
  return typeof address === 'object' && address !== null ? address.port : undefined;
}

function fail(message: string): never {
  log('error', 'failed', { message });
  return endNow(1);
}

try {
  await serve(readServeConfig());
} catch (error) {
  fail(messageOf(error));
}
