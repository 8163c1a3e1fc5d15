/** Alert rules, AnalysisTemplates and dashboards are rendered from these names. */

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
  requests: {
    name: 'recommendation_requests_total',
    type: 'counter',
    labels: ['outcome'],
    help: 'Scoring requests by outcome: ok, fallback, rescued (popular items because the model failed), error, rejected.',
  },
  requestDuration: {
    name: 'recommendation_request_duration_seconds',
    type: 'histogram',
    labels: [],
    help: 'Time from reading a scoring request to its answer.',
  },
  generationLatency: {
    name: 'recommendation_generation_latency_seconds',
    type: 'histogram',
    labels: [],
    help: 'Time of inference and ranking alone.',
  },
  forwarded: {
    name: 'recommendation_forwarded_total',
    type: 'counter',
    labels: ['outcome'],
    help:
      'Requests a champion pod forwarded to the candidate, by outcome: ok, error, timeout, open (circuit open), ' +
      'mismatch (another version answered).',
  },
  forwardedDuration: {
    name: 'recommendation_forwarded_duration_seconds',
    type: 'histogram',
    labels: [],
    help: 'Time a champion pod waited for the candidate, including timeouts.',
  },
  shielded: {
    name: 'recommendation_shielded_total',
    type: 'counter',
    labels: [],
    help: 'Requests the champion answered because the candidate failed or timed out.',
  },
  shadow: {
    name: 'recommendation_shadow_total',
    type: 'counter',
    labels: ['outcome'],
    help: 'Duplicates of answered requests sent to the candidate, by outcome: compared, error, timeout, dropped (queue full).',
  },
  shadowUnderway: {
    name: 'recommendation_shadow_underway',
    type: 'gauge',
    labels: [],
    help: 'Duplicates that are queued or in flight to the candidate.',
  },
  shadowDuration: {
    name: 'recommendation_shadow_duration_seconds',
    type: 'histogram',
    labels: [],
    help: 'Time the candidate took to answer a duplicate, as seen by the champion pod, including timeouts.',
  },
  shadowOverlap: {
    name: 'recommendation_shadow_overlap',
    type: 'histogram',
    buckets: SHARE_BUCKETS,
    labels: [],
    help: 'Share of items that the answers of champion and candidate have in common.',
  },
  shadowRankBiasedOverlap: {
    name: 'recommendation_shadow_rank_biased_overlap',
    type: 'histogram',
    buckets: SHARE_BUCKETS,
    labels: [],
    help: 'Rank-biased overlap (p = 0.9) of the answers of champion and candidate.',
  },
  shadowScoreDrift: {
    name: 'recommendation_shadow_score_drift',
    type: 'histogram',
    buckets: DRIFT_BUCKETS,
    labels: [],
    help: "Difference between the scores of items that both recommend, relative to the champion's.",
  },
  shadowCovered: {
    name: 'recommendation_shadow_covered_total',
    type: 'counter',
    labels: [],
    help: "Compared answers that came from the candidate's model itself and hold at least as many items as the champion's.",
  },
  inferenceErrors: {
    name: 'recommendation_inference_errors_total',
    type: 'counter',
    labels: [],
    help: 'Inference runs that failed.',
  },
  feedback: {
    name: 'recommendation_feedback_total',
    type: 'counter',
    labels: ['event'],
    help: 'Feedback events, counted for the version that made the recommendation.',
  },
  goldenFailures: {
    name: 'recommendation_golden_failures_total',
    type: 'counter',
    labels: [],
    help: 'Golden requests answered incorrectly.',
  },
  weight: {
    name: 'recommendation_candidate_weight_percent',
    type: 'gauge',
    labels: [],
    help: 'Share of users, in percent, that this champion pod sends to the candidate: the weight it applies, not the weight it was given.',
  },
  cacheRequests: {
    name: 'recommendation_cache_requests_total',
    type: 'counter',
    labels: ['result'],
    help: 'Cache lookups by result: hit, miss, shared (joined an identical request in progress), error.',
  },
  inferenceRequests: {
    name: 'recommendation_inference_requests_total',
    type: 'counter',
    labels: ['outcome'],
    help: 'Admitted Open Inference Protocol requests by outcome: ok, rejected, error.',
  },
  throttled: {
    name: 'recommendation_throttled_total',
    type: 'counter',
    labels: [],
    help: 'Requests rejected because their caller exceeded its rate limit.',
  },
  overloaded: {
    name: 'recommendation_overloaded_total',
    type: 'counter',
    labels: [],
    help: 'Requests rejected because this pod was overloaded.',
  },
  invalidHttp: {
    name: 'recommendation_invalid_http_total',
    type: 'counter',
    labels: ['status'],
    help: 'Requests that were not valid HTTP or did not arrive in time, by status: 400, 408, 413, 431.',
  },
  unauthorized: {
    name: 'recommendation_unauthorized_total',
    type: 'counter',
    labels: ['reason'],
    help: 'Requests rejected because of their credentials, by reason: missing, unknown, expired, invalid.',
  },
  batchSize: {
    name: 'recommendation_inference_batch_size',
    type: 'histogram',
    buckets: BATCH_BUCKETS,
    labels: [],
    help: 'Requests scored together in one batch.',
  },
  batchDependent: {
    name: 'recommendation_batch_dependent',
    type: 'gauge',
    labels: [],
    help: '1 if an answer changed with the requests scored beside it, so requests are scored one at a time; otherwise 0.',
  },
  queueLength: {
    name: 'recommendation_inference_queue_length',
    type: 'gauge',
    labels: [],
    help: 'Requests waiting for an inference worker.',
  },
  eventLoopLag: {
    name: 'recommendation_event_loop_lag_seconds',
    type: 'gauge',
    labels: ['quantile'],
    help: 'Event loop delay over the last 30 to 60 seconds.',
  },
  modelMemory: {
    name: 'recommendation_model_memory_bytes',
    type: 'gauge',
    labels: [],
    help: 'Growth of the process memory while loading the model.',
  },
  activeUsers: {
    name: 'recommendation_active_users',
    type: 'gauge',
    labels: [],
    help: 'Distinct users seen by this pod in the last five minutes.',
  },
} as const;

/** Upper bounds of the latency histograms, seconds. */
export const LATENCY_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10,
] as const;

/** Outcomes of a forwarded request that count against the candidate. */
export const FORWARD_FAILURES = ['error', 'timeout', 'open', 'mismatch'] as const;

/** Outcomes of a request by which a version fails the users it answers itself. */
export const OWN_FAILURES = ['error', 'rescued'] as const;
