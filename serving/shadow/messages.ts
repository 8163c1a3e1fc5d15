import type { Comparison } from './compare.ts';

/** A request that the champion has answered. Bytes are texts of as many characters: between threads these are copied fastest. */
export interface Duplicate {
  /** Body as the caller sent it. */
  body: string;
  /** The champion's answer. */
  answer: string;
  requestId: string;
  credentials: Readonly<Record<string, string>>;
}

/**
 * What became of a duplicate; seconds are those the candidate took. `dropped`: it never reached the candidate.
 * An error without seconds was not sent, because the candidate had failed so often.
 */
export type ShadowResult =
  | { outcome: 'compared'; seconds: number; comparison: Comparison }
  | { outcome: 'error' | 'timeout'; seconds?: number }
  | { outcome: 'dropped' };

/** Where duplicates go. */
export interface ShadowSetup {
  /** e.g. `http://books-candidate` */
  origin: string;
  /** Of the candidate; answers of other pods are compared with nothing. */
  digest: string;
  /** For the whole exchange. */
  timeoutMs: number;
}

/** What has ended since the last message, and the bytes that it held. */
export interface FromShadowWorker {
  results: ShadowResult[];
  bytes: number;
}

export const sizeOf = ({ body, answer }: Duplicate): number => body.length + answer.length;
