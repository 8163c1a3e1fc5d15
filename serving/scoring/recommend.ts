import type { Bundle } from '../bundle/read.ts';
import { InferenceOverloaded, InferenceTimedOut } from './failures.ts';
import type { Inference } from './inference.ts';
import { rank } from './rank.ts';
import type { RankedItem } from './rank.ts';
import { DEFAULT_K } from './request.ts';
import type { RecommendRequest } from './request.ts';

export interface Recommendation {
  items: RankedItem[];
  /** Popular items instead of personal ones. */
  fallback: boolean;
}

/** Scores a request with the bundle's model. */
export interface Recommender {
  /**
   * @throws InferenceFailed, InferenceTimedOut, InferenceOverloaded: the caller decides whether `popular` will do
   */
  recommend(request: RecommendRequest, signal?: AbortSignal): Promise<Recommendation>;
  /** The popular items, for a user the model cannot score. Their score is 0: no model gave one. */
  popular(request: RecommendRequest): Recommendation;
}

interface Observers {
  /** An inference run threw, or its answer could not be used, whatever the error. */
  onInferenceError(error: Error): void;
  /** Inference and ranking took this long, seconds. */
  onGenerated(seconds: number): void;
}

/** Too slow and too busy are no errors of inference; everything unforeseen is, or popular items would hide it. */
function isInferenceError(error: unknown): error is Error {
  return error instanceof Error && !(error instanceof InferenceTimedOut) && !(error instanceof InferenceOverloaded);
}

export function createRecommender(bundle: Bundle, inference: Inference, observers: Observers): Recommender {
  const rowOf = new Map(bundle.items.map((item, row) => [item.id, row]));

  function excludedRows(request: RecommendRequest): Set<number> {
    return new Set(request.exclude?.map((id) => rowOf.get(id) ?? -1));
  }

  function popular(request: RecommendRequest): Recommendation {
    const excluded = excludedRows(request);
    const rows = bundle.popular.filter((row) => !excluded.has(row)).slice(0, request.k ?? DEFAULT_K);
    return { items: rows.map((row) => ({ row, score: 0 })), fallback: true };
  }

  async function recommend(request: RecommendRequest, signal?: AbortSignal): Promise<Recommendation> {
    const user = request.user_id === undefined ? undefined : bundle.users.get(request.user_id);
    if (user === undefined) return popular(request);
    const started = performance.now();
    try {
      const scores = await inference.score(user, signal);
      const items = rank(scores, excludedRows(request), request.k ?? DEFAULT_K, bundle.items.length);
      return { items, fallback: false };
    } catch (error) {
      if (isInferenceError(error)) observers.onInferenceError(error);
      throw error;
    } finally {
      observers.onGenerated((performance.now() - started) / 1000);
    }
  }

  return { recommend, popular };
}
