import type { Bundle } from './bundle/bundle.ts';
import { BundleFailure } from './bundle/failure.ts';
import { readBundle } from './bundle/read.ts';
import { type Answers, createAnswers } from './cache/answers.ts';
import type { Redis } from './cache/redis.ts';
import type { ServeConfig } from './config/serve.ts';
import type { InferenceEvents } from './scoring/inference.ts';
import { loadModel, type Model } from './scoring/model.ts';
import { createSparseLog, log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

const sparseLog = createSparseLog(10_000);

/** What the model is loaded with, and who hears of its life. */
interface LoadDeps extends Pick<Required<InferenceEvents>, 'onRun' | 'onLost'> {
  metrics: Metrics;
  redis: Redis | undefined;
}

/**
 * Loads the verified bundle that lies in `config.dir`, and measures what the model does from then on.
 * @throws BundleFailure, UnusableGraph, InferenceTimedOut
 */
export async function loadServedModel(config: ServeConfig, { metrics, redis, onRun, onLost }: LoadDeps): Promise<Model> {
  const before = process.memoryUsage.rss();
  const bundle = await readBundle(config.dir);
  if (bundle.digest !== config.digest) {
    throw new BundleFailure('DigestMismatch', `${config.dir} contains the bundle ${bundle.digest}, not ${config.digest}.`);
  }
  const events = {
    onInferenceError: (error: Error) => {
      metrics.count('inferenceErrors');
      sparseLog('error', 'inference failed', { error: withoutNumbers(error.message) });
    },
    onGenerated: (seconds: number) => metrics.observe('generationLatency', seconds),
    onBatch: (size: number) => metrics.observe('batchSize', size),
    onRun,
    onLost,
    onBatchDependent(reason: string) {
      metrics.set('batchDependent', 1);
      log('error', 'requests are scored one at a time', { reason });
    },
  };
  metrics.set('batchDependent', 0);
  const model = await loadModel(bundle, events, config.threads, answersOf(bundle, config, metrics, redis));
  metrics.set('modelMemory', Math.max(0, process.memoryUsage.rss() - before));
  return model;
}

/** Without Redis every request is computed: among users who hardly ever ask the same at once, looking costs more than it saves. */
function answersOf(
  { manifest, items, classes }: Bundle,
  config: ServeConfig,
  metrics: Metrics,
  redis: Redis | undefined,
): Answers | undefined {
  if (redis === undefined || config.cache === undefined || config.cache.ttlMs === 0) return undefined;
  const rows = 'classes' in manifest ? classes.length : items.length;
  return createAnswers({ redis, ttlMs: config.cache.ttlMs }, config, rows, metrics);
}

/** onnxruntime likes to name the offending index, and that is somebody's place in the vocabulary. */
function withoutNumbers(message: string): string {
  return message.replace(/\d+/g, '#');
}
