import { z } from 'zod';

export const DEFAULT_K = 10;
export const MAX_K = 100;
export const MAX_EXCLUDED = 1000;

const Id = z.string().min(1).max(256);

/** Body of `POST /recommend`. */
export const RecommendRequest = z.strictObject({
  user_id: Id.optional(),
  /** How many items are wanted; the answer holds fewer when the graph ranks fewer. */
  k: z.int().min(1).max(MAX_K).optional(),
  /** Ids of items that must not be in the answer. */
  exclude: z.array(Id).max(MAX_EXCLUDED).optional(),
  context: z.record(z.string(), z.unknown()).optional(),
});
export type RecommendRequest = z.output<typeof RecommendRequest>;
