/**
 * What the operator and the serving pods agree on. The operator imports this file and no other of `serving/`;
 * alert rules, AnalysisTemplates and dashboards are rendered from the same names.
 */

/** TCP port of a serving container. Metrics share it: one probe path, one NetworkPolicy rule. */
export const PORT = 8080;

/** Port of the champion and candidate Services, so that callers write http://NAME.NAMESPACE/recommend. */
export const SERVICE_PORT = 80;

export const PATHS = {
  recommend: '/recommend',
  feedback: '/feedback',
  /** Alive: the process answers. */
  health: '/health',
  healthz: '/healthz',
  /** Ready: model loaded, warmed, golden answers right, not draining. */
  ready: '/ready',
  metrics: '/metrics',
  /** OpenAPI 3.1 document of everything here. */
  openapi: '/openapi.json',
  /** Open Inference Protocol v2, https://github.com/kserve/open-inference-protocol. */
  inference: '/v2',
} as const;

/** Commands of the serving image, relative to its working directory. */
export const COMMANDS = {
  serve: ['serving/main.ts'],
  /** Init container: fetch the bundle, verify every file, leave it in BUNDLE_DIR. */
  fetch: ['serving/bundle/main.ts'],
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
  /** Which requests are written to the log: `off`, `errors` or `all`. */
  accessLog: 'ACCESS_LOG',
  /** Base URL of an OTLP/HTTP receiver; absent = no traces. */
  tracesEndpoint: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  /** Share of requests traced, 0 to 1. */
  tracesSampleRatio: 'OTEL_TRACES_SAMPLER_ARG',
} as const;

/** Annotations on the carrier Ingress. Argo Rollouts writes `canary-weight`; the others come from the Rollout's spec. */
export const CARRIER = {
  prefix: 'recommender.dev',
  weight: 'recommender.dev/canary-weight',
  candidateVersion: 'recommender.dev/candidate-version',
  /** Digest of the version in the Rollout's template; also the salt of the user assignment. */
  candidateDigest: 'recommender.dev/candidate-digest',
  /** Share of users whose requests the champion's pods duplicate to the candidate while its weight is 0; absent = none. */
  shadowPercent: 'recommender.dev/shadow-percent',
} as const;

/** Selector key that Argo Rollouts adds to Services and pods. */
export const POD_TEMPLATE_HASH_LABEL = 'rollouts-pod-template-hash';

export const HEADERS = {
  /** Set on a forwarded request; such a request is answered locally, never forwarded again. */
  hop: 'x-recommender-hop',
  /** Set on a duplicate of a request that the champion has answered: nobody sees this answer. */
  shadow: 'x-recommender-shadow',
  /** Version and digest that computed the answer, on every scoring response. */
  version: 'x-recommender-version',
  digest: 'x-recommender-digest',
  /** Set when the champion answered for a candidate that failed or was late. */
  shielded: 'x-recommender-shielded',
  requestId: 'x-request-id',
  apiKey: 'x-api-key',
} as const;

const SHARE_BUCKETS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1] as const;
const DRIFT_BUCKETS = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10] as const;
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64] as const;

/** Labels every metric of the table below carries. */
export const BASE_LABELS = ['model_namespace', 'model', 'version'] as const;

/**
 * One row a metric: type, help, labels besides BASE_LABELS. `version` is the version that answered, except in
 * `forwarded`, `shielded`, `weight` and `shadow…`, where a champion pod writes the candidate's.
 */
export const METRICS = {
  requests: { name: 'recommendation_requests_total', type: 'counter', labels: ['outcome'], help: 'Scoring requests by outcome: ok, fallback, rescued (popular items because the model failed), error, rejected.' },
  requestDuration: { name: 'recommendation_request_duration_seconds', type: 'histogram', labels: [], help: 'Time from reading a scoring request to its answer.' },
  generationLatency: { name: 'recommendation_generation_latency_seconds', type: 'histogram', labels: [], help: 'Time of inference and ranking alone.' },
  forwarded: { name: 'recommendation_forwarded_total', type: 'counter', labels: ['outcome'], help: 'Requests a champion pod sent to the candidate, by outcome: ok, error, timeout, open, mismatch.' },
  forwardedDuration: { name: 'recommendation_forwarded_duration_seconds', type: 'histogram', labels: [], help: 'Time a champion pod waited for the candidate, timeouts included.' },
  shielded: { name: 'recommendation_shielded_total', type: 'counter', labels: [], help: 'Requests the champion answered because the candidate failed or was late.' },
  shadow: { name: 'recommendation_shadow_total', type: 'counter', labels: ['outcome'], help: 'Duplicates of answered requests for the candidate, by outcome: compared, error, timeout, dropped (the queue was full).' },
  shadowUnderway: { name: 'recommendation_shadow_underway', type: 'gauge', labels: [], help: 'Duplicates that wait or are on their way to the candidate.' },
  shadowDuration: { name: 'recommendation_shadow_duration_seconds', type: 'histogram', labels: [], help: 'Time the candidate took for a duplicate, as the champion pod saw it, timeouts included.' },
  shadowOverlap: { name: 'recommendation_shadow_overlap', type: 'histogram', buckets: SHARE_BUCKETS, labels: [], help: 'Share of items that the answers of champion and candidate have in common.' },
  shadowRankBiasedOverlap: { name: 'recommendation_shadow_rank_biased_overlap', type: 'histogram', buckets: SHARE_BUCKETS, labels: [], help: 'Rank-biased overlap (p = 0.9) of the answers of champion and candidate.' },
  shadowScoreDrift: { name: 'recommendation_shadow_score_drift', type: 'histogram', buckets: DRIFT_BUCKETS, labels: [], help: 'Difference of the scores of items that both recommend, relative to the champion\'s.' },
  shadowCovered: { name: 'recommendation_shadow_covered_total', type: 'counter', labels: [], help: 'Compared answers that the candidate\'s model gave itself, with no fewer items than the champion\'s.' },
  inferenceErrors: { name: 'recommendation_inference_errors_total', type: 'counter', labels: [], help: 'Inference runs that threw.' },
  feedback: { name: 'recommendation_feedback_total', type: 'counter', labels: ['event'], help: 'Feedback events, counted for the version that made the recommendation.' },
  goldenFailures: { name: 'recommendation_golden_failures_total', type: 'counter', labels: [], help: 'Golden requests that were answered wrongly.' },
  weight: { name: 'recommendation_candidate_weight_percent', type: 'gauge', labels: [], help: 'Share of users that this pod of the champion sends to the candidate, percent: what it applies, not what it was told.' },
  cacheRequests: { name: 'recommendation_cache_requests_total', type: 'counter', labels: ['result'], help: 'Look-ups of kept answers by result: hit, miss, shared (the same question was being answered), error.' },
  inferenceRequests: { name: 'recommendation_inference_requests_total', type: 'counter', labels: ['outcome'], help: 'Open Inference Protocol requests that were let in, by outcome: ok, rejected, error.' },
  throttled: { name: 'recommendation_throttled_total', type: 'counter', labels: [], help: 'Requests refused because their caller asked too often.' },
  overloaded: { name: 'recommendation_overloaded_total', type: 'counter', labels: [], help: 'Requests refused because this pod had too much to do.' },
  invalidHttp: { name: 'recommendation_invalid_http_total', type: 'counter', labels: ['status'], help: 'Requests that could not be read as HTTP or did not come in time, by status: 400, 408, 413, 431.' },
  unauthorized: { name: 'recommendation_unauthorized_total', type: 'counter', labels: ['reason'], help: 'Requests refused for their credentials, by reason: missing, unknown, expired, invalid.' },
  batchSize: { name: 'recommendation_inference_batch_size', type: 'histogram', buckets: BATCH_BUCKETS, labels: [], help: 'Requests that were scored together.' },
  queueLength: { name: 'recommendation_inference_queue_length', type: 'gauge', labels: [], help: 'Requests that wait for an inference worker.' },
  eventLoopLag: { name: 'recommendation_event_loop_lag_seconds', type: 'gauge', labels: ['quantile'], help: 'Delay of the event loop in the last half to whole minute.' },
  modelMemory: { name: 'recommendation_model_memory_bytes', type: 'gauge', labels: [], help: 'Memory the process grew by when it loaded the model.' },
  activeUsers: { name: 'recommendation_active_users', type: 'gauge', labels: [], help: 'Distinct users seen in the last five minutes, by this pod.' },
} as const;

/** Upper bounds of the latency histograms, seconds. */
export const LATENCY_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10,
] as const;

/** Outcomes of a forwarded request that count against the candidate. */
export const FORWARD_FAILURES = ['error', 'timeout', 'open', 'mismatch'] as const;

/** Outcomes of a request by which a version fails the users it answers itself. */
export const OWN_FAILURES = ['error', 'rescued'] as const;

/** Exit codes of the fetch and validate commands: a Job retries after `unavailable` and gives up after `invalid`. */
export const EXIT = { ok: 0, unavailable: 1, invalid: 3 } as const;

export { CONTRACT_SAMPLE } from './validation-report.ts';
export type { ContractInput, IdSet, LoadFigures, ModelContract, ValidationReport } from './validation-report.ts';
