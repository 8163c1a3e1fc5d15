import type { Metrics } from '../telemetry/metrics.ts';
import type { Self, TrafficState } from './route.ts';
import type { ForwardRequest } from './target.ts';

/** A request that this pod has answered itself; the buffers are read at once. */
export interface AnsweredRequest extends Pick<ForwardRequest, 'body' | 'requestId' | 'credentials'> {
  answer: Buffer;
}

/** Duplicates of answered requests, sent to a candidate that has no users yet and compared with what the champion said. */
export interface Shadow {
  /** Begins or ends as the cluster says. */
  follow(state: TrafficState): void;
  /** Whether this user's requests are duplicated; without a shadow nothing is worked out. */
  wants(unit: string): boolean;
  /** To be called when the caller has its answer. Takes the request over, or drops it. */
  offer(request: AnsweredRequest): void;
  /** Writes how many duplicates are on their way; to be called at each scrape. */
  readGauge(): void;
  close(): void;
}

/** Whose requests are duplicated where. */
export interface ShadowSettings {
  /** Of the candidate, e.g. `http://books-candidate`. */
  origin: string;
  /** For the whole exchange. */
  timeoutMs: number;
  self: Self;
  metrics: Metrics;
}

export type CreateShadow = (settings: ShadowSettings) => Shadow;
