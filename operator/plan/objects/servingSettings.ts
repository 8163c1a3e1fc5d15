import { ENV, MOUNTS } from '../../../serving/contract/env.ts';
import { wholeOf } from '../../api/quantity.ts';
import type { RecommenderModelSpec } from '../../api/types.gen.ts';
import { milliseconds } from '../spec/durations.ts';
import { type EnvVar, fromSecret } from './secrets.ts';

type Serving = RecommenderModelSpec['serving'];

/** Volume of the Secret with the hashes of API keys. */
const KEYS_VOLUME = 'api-keys';
const READABLE_BY_GROUP = 0o440;
/** `Off` would be false in YAML. */
const ACCESS_LOG = { None: 'off', Errors: 'errors', All: 'all' } as const;
/** More threads than this only wait for each other. */
const MOST_THREADS = 64;

/**
 * `spec.serving` as the serving container reads it. What is left out sets nothing: a model that does not use a setting keeps
 * its pod template. What comes from Secrets is last, see `fromSecret`.
 */
export function settingsEnv(serving: Serving): EnvVar[] {
  const { cache, auth, rateLimit, cors, feedback, accessLog, tracing } = serving;
  const texts = {
    [ENV.inferenceThreads]: String(inferenceThreads(serving.resources)),
    ...(cache && { [ENV.redisUrl]: cache.redis.url, [ENV.cacheTtlMs]: String(milliseconds(cache.ttl)) }),
    ...(auth?.apiKeys && { [ENV.apiKeysDir]: MOUNTS.apiKeys }),
    ...(auth?.jwt && { [ENV.jwtIssuer]: auth.jwt.issuer, [ENV.jwtAudience]: auth.jwt.audience, [ENV.jwksUri]: auth.jwt.jwksUri }),
    ...(rateLimit && { [ENV.ratePerSecond]: String(rateLimit.requestsPerSecond), [ENV.rateBurst]: String(rateLimit.burst) }),
    ...(cors && { [ENV.corsOrigins]: cors.origins.join(',') }),
    ...(feedback && { [ENV.feedbackEvents]: feedback.events.join(',') }),
    ...(accessLog && { [ENV.accessLog]: ACCESS_LOG[accessLog] }),
    ...(tracing && { [ENV.tracesEndpoint]: tracing.endpoint, [ENV.tracesSampleRatio]: tracing.sampleRatio }),
  };
  const secret = cache?.redis.secretRef?.name;
  return [
    ...Object.entries(texts).map(([name, value]) => ({ name, value })),
    ...(secret === undefined
      ? []
      : [fromSecret(ENV.redisUsername, secret, 'username', { optional: true }), fromSecret(ENV.redisPassword, secret, 'password')]),
  ];
}

/** API keys are a directory and no environment: the kubelet renews its files when the Secret changes, and no pod restarts. */
export function settingsMounts({ auth }: Serving) {
  return auth?.apiKeys ? [{ name: KEYS_VOLUME, mountPath: MOUNTS.apiKeys, readOnly: true }] : [];
}

/**
 * Not optional: a pod that cannot have its keys does not start, and one that runs keeps those it has when the Secret is
 * deleted. An optional Secret would be an empty directory in both cases.
 */
export function settingsVolumes({ auth }: Serving) {
  if (!auth?.apiKeys) return [];
  const { name } = auth.apiKeys.secretRef;
  return [{ name: KEYS_VOLUME, secret: { secretName: name, defaultMode: READABLE_BY_GROUP, optional: false } }];
}

/**
 * Inference threads: the whole CPUs of the limit, or of the request where there is no limit, and at least one.
 *
 * Worked out here and not by the downward API, which would round 1.5 CPUs up to 2 threads that the quota then stops in turn,
 * and without a limit would count all CPUs of the node: a pod that asked for a tenth of a CPU would start 64 threads, each
 * with a copy of the model.
 */
function inferenceThreads({ limits, requests }: Serving['resources']): number {
  const cpus = wholeOf(limits?.['cpu']) ?? wholeOf(requests?.['cpu']) ?? 1;
  return Math.min(MOST_THREADS, Math.max(1, cpus));
}
