import { z } from 'zod';
import { ENV, MOUNTS } from '../contract/env.ts';
import { PORT } from '../contract/http.ts';
import { digest, httpUrl, list, optional, parseEnv, required, share, wholeNumber } from './fields.ts';
import { type ProtectionConfig, protectionConfigOf, protectionFields } from './protection.ts';
import { type TrafficConfig, trafficConfigOf, trafficFields } from './traffic.ts';

const MAX_THREADS = 64;

const ServeEnv = z.object({
  [ENV.modelName]: required('name of the RecommenderModel'),
  [ENV.modelNamespace]: required('namespace of the RecommenderModel'),
  [ENV.modelVersion]: required('version of the model'),
  [ENV.bundleDigest]: digest,
  [ENV.bundleDir]: z.string().min(1).default(MOUNTS.bundle),
  [ENV.port]: wholeNumber(PORT, 0, 65_535),
  [ENV.drainMs]: wholeNumber(5000, 0, 600_000),
  [ENV.inferenceThreads]: wholeNumber(1, 1, 1_000_000).transform((threads) => Math.min(threads, MAX_THREADS)),
  [ENV.goldenIntervalMs]: wholeNumber(60_000, 100, 86_400_000),
  [ENV.feedbackEvents]: list,
  [ENV.redisUrl]: optional.pipe(z.url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' }).optional()),
  [ENV.redisUsername]: optional,
  [ENV.redisPassword]: optional,
  [ENV.cacheTtlMs]: wholeNumber(3_600_000, 0, 7 * 86_400_000),
  [ENV.tracesEndpoint]: httpUrl,
  [ENV.tracesSampleRatio]: share(0.01),
  ...protectionFields,
  ...trafficFields,
});

/** The Redis that keeps answers and budgets of callers. */
export interface CacheConfig {
  url: string;
  username: string | undefined;
  password: string | undefined;
  /** Life of a kept answer, ms; 0 = none is kept, only budgets are shared. */
  ttlMs: number;
}

/** Where spans go: base URL of an OTLP receiver over HTTP, e.g. `http://collector:4318`. */
export interface TracesConfig {
  endpoint: string;
  /** Share of requests, 0 to 1, that start a trace of their own; a caller's decision is followed. */
  sampleRatio: number;
}

export interface ServeConfig extends ProtectionConfig {
  model: string;
  namespace: string;
  version: string;
  digest: string;
  dir: string;
  port: number;
  drainMs: number;
  /** Inference worker threads. */
  threads: number;
  /** Time between two replays of the golden requests, ms. */
  goldenIntervalMs: number;
  /** Events that callers report, besides others. */
  feedbackEvents: readonly string[];
  /** Absent = no Redis. */
  cache: CacheConfig | undefined;
  /** Absent = no traces. */
  traces: TracesConfig | undefined;
  /** Absent when the pod has no carrier. */
  traffic: TrafficConfig | undefined;
}

/** @throws ConfigError naming every faulty variable. */
export function serveConfigOf(env: NodeJS.ProcessEnv): ServeConfig {
  const read = parseEnv(ServeEnv, env);
  return Object.freeze({
    model: read[ENV.modelName],
    namespace: read[ENV.modelNamespace],
    version: read[ENV.modelVersion],
    digest: read[ENV.bundleDigest],
    dir: read[ENV.bundleDir],
    port: read[ENV.port],
    drainMs: read[ENV.drainMs],
    threads: read[ENV.inferenceThreads],
    goldenIntervalMs: read[ENV.goldenIntervalMs],
    feedbackEvents: Object.freeze(read[ENV.feedbackEvents]),
    cache: cacheOf(read),
    traces: tracesOf(read),
    ...protectionConfigOf(read),
    traffic: trafficConfigOf(read),
  });
}

function cacheOf(read: z.output<typeof ServeEnv>): CacheConfig | undefined {
  const url = read[ENV.redisUrl];
  if (url === undefined) return undefined;
  return Object.freeze({ url, username: read[ENV.redisUsername], password: read[ENV.redisPassword], ttlMs: read[ENV.cacheTtlMs] });
}

function tracesOf(read: z.output<typeof ServeEnv>): TracesConfig | undefined {
  const endpoint = read[ENV.tracesEndpoint];
  return endpoint === undefined ? undefined : Object.freeze({ endpoint, sampleRatio: read[ENV.tracesSampleRatio] });
}
