/** The serving process: wiring and signals only. */
import type { RequestListener, Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { connectRedis } from './cache/redis.ts';
import { readServeConfig } from './config/read.ts';
import type { ServeConfig } from './config/serve.ts';
import { drain } from './drain.ts';
import { endNow } from './end-now.ts';
import { createRecommendationIds } from './feedback/recommendation-id.ts';
import { createAccessLog } from './http/access-log.ts';
import { createAdmission } from './http/admission.ts';
import { startGuard } from './http/guard.ts';
import { createHttpServer } from './http/http-server.ts';
import { INVALID_HTTP_STATUSES } from './http/invalid-http.ts';
import { notReadyBecause, type ServingState } from './http/serving-state.ts';
import { loadServedModel } from './load.ts';
import { watchModelHealth } from './scoring/model-health.ts';
import { createHandler } from './server.ts';
import { startTraffic } from './start-traffic.ts';
import { createActiveUsers } from './telemetry/active-users.ts';
import { startGauges } from './telemetry/gauges.ts';
import { createLineBuffer } from './telemetry/line-buffer.ts';
import { log, messageOf } from './telemetry/log.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { startTraces } from './telemetry/start-traces.ts';

/** A worker inside a native call that never returns cannot be ended. */
const CLOSE_WITHIN_MS = 3_000;

async function serve(config: ServeConfig): Promise<void> {
  const started = performance.now();
  const state: ServingState = { model: undefined, goldenFaults: [], trafficKnown: false, draining: false };
  const metrics = createMetrics({ model_namespace: config.namespace, model: config.model, version: config.version });
  metrics.watchProcess();
  showCounters(metrics, config.feedbackEvents);
  const announce = onceReady(state, () => log('info', 'ready', { version: config.version, milliseconds: since(started) }));
  const splitter = startTraffic(config, metrics, () => {
    state.trafficKnown = true;
    announce();
  });
  const redis = config.cache && connectRedis(config.cache);
  const traces = await startTraces(config);
  const activeUsers = createActiveUsers();
  const waiting = () => state.model?.waiting() ?? 0;
  const admission = createAdmission({ waiting, workers: config.threads, onRefused: () => metrics.count('overloaded') });
  const readGauges = startGauges(metrics, { activeUsers: activeUsers.count, waiting });
  const handler = createHandler({
    config,
    state,
    metrics,
    readGauges() {
      readGauges();
      splitter?.shadow.readGauge();
    },
    activeUsers,
    ids: createRecommendationIds(`${config.namespace}/${config.model}`),
    guard: await startGuard(config, metrics, () => splitter?.isCandidate() ?? false, redis),
    admission,
    accessLog: createAccessLog(config.accessLog, createLineBuffer(process.stdout), config.version),
    traces,
    splitter,
  });
  const server = await listen(handler, config, metrics);
  let stopWatching = () => undefined as void;
  endWhenTold(server, config.drainMs, state, async () => {
    stopWatching();
    splitter?.close();
    redis?.close();
    await Promise.all([state.model?.close(), traces?.close()]);
  });

  const onLost = (reason: string) => fail(`The process cannot continue: ${reason}.`);
  let lastRunAt = 0;
  const onRun: typeof admission.scored = (requests, milliseconds) => {
    lastRunAt = performance.now();
    admission.scored(requests, milliseconds);
  };
  const model = await loadServedModel(config, { metrics, redis, onRun, onLost });
  const onChecked = (faults: readonly string[]) => {
    noteGolden(faults, state, metrics);
    announce();
  };
  noteGolden(await model.check(), state, metrics);
  state.model = model;
  announce();
  stopWatching = watchModelHealth({ model, intervalMs: config.goldenIntervalMs, onChecked, lastRunAt: () => lastRunAt });
}

async function listen(handler: RequestListener, { port, version }: ServeConfig, metrics: Metrics): Promise<Server> {
  const server = createHttpServer(handler, (status) => metrics.count('invalidHttp', { status }));
  server.once('error', (error) => fail(`Cannot listen on port ${port}: ${messageOf(error)}`));
  await new Promise<void>((done) => server.listen(port, done));
  log('info', 'listening', { version, port: portOf(server.address()) });
  return server;
}

/**
 * On a machine without a cluster the process that started the server ends with it: its channel closes even if it is killed.
 * @param close called when nothing is answered any more
 */
function endWhenTold(server: Server, drainMs: number, state: ServingState, close: () => Promise<void>): void {
  const end = () => {
    log('info', 'shutting down', { milliseconds: drainMs });
    void drain(server, drainMs, () => (state.draining = true)).then(async () => {
      const isClosed = await Promise.race([close().then(() => true), pause(CLOSE_WITHIN_MS, false)]);
      log('info', 'stopped');
      return isClosed ? process.exit(0) : endNow(0);
    });
  };
  process.once('SIGTERM', end).once('disconnect', end);
}

/** A pod whose model answers wrongly takes no traffic until it answers rightly again. */
function noteGolden(faults: readonly string[], state: ServingState, metrics: Metrics): void {
  const [first] = faults;
  const wasRight = state.goldenFaults.length === 0;
  if (first !== undefined && wasRight) log('error', 'golden requests failed', { first });
  if (first === undefined && !wasRight) log('info', 'golden requests pass again');
  metrics.count('goldenFailures', {}, faults.length);
  state.goldenFaults = faults;
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
function showCounters(metrics: Metrics, feedbackEvents: readonly string[]): void {
  for (const outcome of ['ok', 'fallback', 'rescued', 'error', 'rejected']) metrics.count('requests', { outcome }, 0);
  for (const outcome of ['ok', 'rejected', 'error']) metrics.count('inferenceRequests', { outcome }, 0);
  for (const key of ['inferenceErrors', 'goldenFailures', 'throttled', 'overloaded'] as const) metrics.count(key, {}, 0);
  for (const event of feedbackEvents) metrics.count('feedback', { event }, 0);
  for (const status of INVALID_HTTP_STATUSES) metrics.count('invalidHttp', { status }, 0);
  for (const reason of ['missing', 'unknown', 'expired', 'invalid']) metrics.count('unauthorized', { reason }, 0);
}

function portOf(address: ReturnType<Server['address']>): number | undefined {
  return typeof address === 'object' && address !== null ? address.port : undefined;
}

function fail(message: string): never {
  log('error', 'exiting', { error: message });
  return endNow(1);
}

try {
  await serve(readServeConfig());
} catch (error) {
  fail(messageOf(error));
}
