/** What the load generator is asked for, and what it answers: one JSON text each way. */

export interface LoadJob {
  port: number;
  /** Requests ask for random users u0 … of this many, `k` items each. */
  users: number;
  k: number;
  seed: number;
  /** Connections, all kept open. In an open loop: how many requests may be under way at once. */
  connections: number;
  /** Requests a second, sent whether or not earlier ones were answered (open loop); absent = closed loop. */
  rate?: number;
  /** Closed loop: mean of the exponentially distributed pauses of a connection between an answer and its next request, ms; absent = none. */
  thinkMs?: number;
  /** Sent before anything is counted, ms. */
  warmMs: number;
  forMs: number;
  /** A closed loop of exactly this many requests instead of `forMs`. */
  requests?: number;
  /** Answers are empty on purpose: their items are not looked at. */
  empty?: boolean;
}

/** Milliseconds. */
export interface Percentiles {
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
}

export interface LoadResult {
  /** Counted time, seconds. */
  seconds: number;
  /** Good answers that came in the counted time, a second. */
  throughput: number;
  answered: number;
  /** 503 and 429. */
  refused: number;
  /** Popular items instead of the model's. */
  fallbacks: number;
  /** Other statuses, broken connections, and requests without an answer. */
  errors: number;
  /** Answers of 200 without the right number of items. */
  wrong: number;
  /** Time to a good answer; in an open loop from the moment the request was due. */
  latency: Percentiles;
  /** Time to being refused. */
  refusal: Percentiles;
  /** Share of its core the generator needed; an open loop spins, so there it is always near 1. */
  generatorBusy: number;
  /** Open loop: how late requests were sent, because the generator or its connections were busy. */
  lateness: Percentiles;
  /** What the first faults were, for people. */
  faults: string[];
}
