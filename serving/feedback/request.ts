import { z } from 'zod';
import { orNull } from '../common/or-null.ts';

const Id = z.string().min(1).max(256);

/** Body of `POST /feedback`. */
export const FeedbackRequest = z.strictObject({
  recommendation_id: Id,
  user_id: orNull(Id),
  item_id: Id,
  /** What happened, e.g. click, purchase, dismiss. */
  event: z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, { error: 'must be a lower-case word of at most 32 characters, such as click' }),
  value: orNull(z.number()),
});
export type FeedbackRequest = z.output<typeof FeedbackRequest>;
