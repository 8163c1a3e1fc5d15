import { z } from 'zod';
import type { Task } from './manifest.ts';
import { RecommendRequest } from './request.ts';

/** A request with its known answer. */
export interface GoldenRequest {
  request: RecommendRequest;
  /** Best first: item and score, or label and probability. What comes behind them is not compared. */
  expected: readonly { id: string; score: number }[];
  /** Largest accepted absolute difference of a score. */
  tolerance: number;
}

const shared = { request: RecommendRequest, tolerance: z.number().min(0).default(1e-4) };

const GoldenItems = z
  .strictObject({
    ...shared,
    response: z.looseObject({ items: z.array(z.looseObject({ id: z.string(), score: z.number() })) }),
  })
  .transform(({ request, tolerance, response }): GoldenRequest => ({ request, tolerance, expected: response.items }));

const GoldenClasses = z
  .strictObject({
    ...shared,
    response: z.looseObject({ classes: z.array(z.looseObject({ label: z.string(), probability: z.number() })) }),
  })
  .transform(({ request, tolerance, response }): GoldenRequest => {
    const expected = response.classes.map(({ label, probability }) => ({ id: label, score: probability }));
    return { request, tolerance, expected };
  });

/** Share of the best expected score; a wider tolerance lets a model pass that ranks by chance. */
const WIDEST_TOLERANCE = 0.1;
/** Always allowed, however small the scores are. */
const NARROW = 1e-3;

function isTight({ tolerance, expected }: GoldenRequest): boolean {
  const largest = expected.reduce((most, { score }) => Math.max(most, Math.abs(score)), 0);
  return tolerance <= Math.max(NARROW, WIDEST_TOLERANCE * largest);
}

/** Schema of one line of the golden requests. */
export function goldenSchema(task: Task): z.ZodType<GoldenRequest> {
  const schema: z.ZodType<GoldenRequest> = task === 'text-to-classes' ? GoldenClasses : GoldenItems;
  return schema.refine(isTight, {
    path: ['tolerance'],
    error: `must be at most ${WIDEST_TOLERANCE} times the largest expected score, or ${NARROW}`,
  });
}
