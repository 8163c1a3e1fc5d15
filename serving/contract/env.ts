/** How the operator starts the serving image: its commands, mounts, environment and exit codes. */

/** Commands of the serving image, relative to its working directory. */
export const COMMANDS = {
  serve: ['serving/main.ts'],
  /** Init container: fetch the bundle, verify every file, leave it in BUNDLE_DIR. */
  fetch: ['serving/fetch/main.ts'],
  /** Job: fetch, verify, load, replay the golden requests, measure, report through the termination message. */
  validate: ['serving/validate/main.ts'],
} as const;

/** Where things are mounted in a serving pod. */
export const MOUNTS = {
  /** The verified bundle: written by the init container, read-only for the server. */
  bundle: '/bundle',
  /** Source of a `pvc://CLAIM/PATH` bundle, read-only; PATH is relative to it. */
  claim: '/claim',
  /** Secret with the hashes of API keys, read-only; read again when it changes. */
  apiKeys: '/api-keys',
} as const;

/** Environment of the serving image. Everything is text; durations are milliseconds. */
export const ENV = {
  modelName: 'MODEL_NAME',
  modelNamespace: 'MODEL_NAMESPACE',
  modelVersion: 'MODEL_VERSION',
  bundleUri: 'BUNDLE_URI',
  /** `sha256:…` of bundle.yaml. */
  bundleDigest: 'BUNDLE_DIGEST',
  bundleDir: 'BUNDLE_DIR',
  /** Comma-separated host names the bundle may come from; `*.example.org` matches any subdomain. */
  allowedHosts: 'BUNDLE_ALLOWED_HOSTS',
  /** Largest bundle in bytes, all files together. */
  maxBundleBytes: 'BUNDLE_MAX_BYTES',
  /** Where the commands leave their report. */
  terminationLog: 'TERMINATION_LOG',
  port: 'PORT',
  /** Pod label `rollouts-pod-template-hash`, from the downward API: tells a champion pod that it has been replaced. */
  podTemplateHash: 'POD_TEMPLATE_HASH',
  /** Carrier Ingress whose annotations hold the candidate and its weight; absent = no splitter. */
  carrierIngress: 'CARRIER_INGRESS',
  championService: 'CHAMPION_SERVICE',
  candidateService: 'CANDIDATE_SERVICE',
  /** How long the champion waits for the candidate's answer before it answers itself. */
  forwardTimeoutMs: 'FORWARD_TIMEOUT_MS',
  /** How long a pod goes on answering after SIGTERM before it closes. */
  drainMs: 'DRAIN_MS',
  /** Inference worker threads: as many as the CPU limit allows. */
  inferenceThreads: 'INFERENCE_THREADS',
  /** Time between two replays of the golden requests in service. */
  goldenIntervalMs: 'GOLDEN_INTERVAL_MS',
  /** Golden requests a second that the validation Job gives the model, and for how long; 0 = none. */
  loadPerSecond: 'LOAD_REQUESTS_PER_SECOND',
  loadMs: 'LOAD_DURATION_MS',
  /** Names of the offline metrics that the validation Job has to report, a JSON list; the others where there is room. */
  acceptedMetrics: 'REPORT_METRICS',
  /** Names the AWS clients know; the credentials beside them (AWS_ACCESS_KEY_ID …) come from a Secret or the pod's identity. */
  s3Endpoint: 'AWS_ENDPOINT_URL_S3',
  s3Region: 'AWS_REGION',
  redisUrl: 'REDIS_URL',
  redisUsername: 'REDIS_USERNAME',
  redisPassword: 'REDIS_PASSWORD',
  /** Life of a kept answer; 0 = none is kept. */
  cacheTtlMs: 'CACHE_TTL_MS',
  /** Directory of the mounted API keys; absent = no keys are known. */
  apiKeysDir: 'API_KEYS_DIR',
  jwtIssuer: 'JWT_ISSUER',
  jwtAudience: 'JWT_AUDIENCE',
  jwksUri: 'JWT_JWKS_URI',
  /** Requests a second that one caller may make; 0 = no limit. */
  ratePerSecond: 'RATE_LIMIT_PER_SECOND',
  rateBurst: 'RATE_LIMIT_BURST',
  /** Comma-separated origins whose pages may call; `*` = any. */
  corsOrigins: 'CORS_ORIGINS',
  /** Comma-separated events that callers report; counted from 0 on. */
  feedbackEvents: 'FEEDBACK_EVENTS',
  /** Which requests are written to the log: `off`, `errors` or `all`. */
  accessLog: 'ACCESS_LOG',
  /** Base URL of an OTLP/HTTP receiver; absent = no traces. */
  tracesEndpoint: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  /** Share of requests traced, 0 to 1. */
  tracesSampleRatio: 'OTEL_TRACES_SAMPLER_ARG',
} as const;

/** What BUNDLE_MAX_BYTES is where nobody has set it: 2 GiB. */
export const MAX_BUNDLE_BYTES = 2 * 1024 ** 3;

/** Where Kubernetes looks for a container's termination message. */
export const TERMINATION_LOG = '/dev/termination-log';

/** Exit codes of the fetch and validate commands: a Job retries after `unavailable` and gives up after `invalid`. */
export const EXIT = { ok: 0, unavailable: 1, invalid: 3 } as const;
