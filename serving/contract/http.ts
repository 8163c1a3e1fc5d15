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
