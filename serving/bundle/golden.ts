import { z } from 'zod';
import { isOfClasses, type Task } from './manifest.ts';
import { RecommendRequest } from './request.ts';

/** A request with its known answer. */
export interface GoldenRequest {
  request: RecommendRequest;
  /** Best first: item and score, or label and probability. What comes behind them is not compared. */
  expected: readonly { id: string; score: number }[];
  /** Largest accepted absolute difference of a score. */
  tolerance: number;
  /** `bundle pack` recorded the graph's own answer: it proves that pods answer alike, not that the export is right. */
  isOwn: boolean;
}

/** float32 carries seven digits, of which sums of products lose one or two: share of the largest score. */
const FLOAT32_TOLERANCE = 1e-5;
const LEAST_TOLERANCE = 1e-4;

const shared = {
  request: RecommendRequest,
  tolerance: z.number().min(0).optional(),
  /** Who answered: `graph` if `bundle pack` recorded the graph's own answers; absent for those of the trained model. */
  answeredBy: z.literal('graph').optional(),
};

/** The accepted difference of scores where none is stated: what float32 can hold of the largest of them. */
export function defaultTolerance(scores: readonly number[]): number {
  return Math.max(LEAST_TOLERANCE, Number((largestOf(scores) * FLOAT32_TOLERANCE).toPrecision(1)));
}

/** Whether a difference is one that float32 makes of these scores. */
export function isRounding(difference: number, scores: readonly number[]): boolean {
  return Math.abs(difference) <= largestOf(scores) * FLOAT32_TOLERANCE;
}

const largestOf = (scores: readonly number[]) => scores.reduce((most, score) => Math.max(most, Math.abs(score)), 0);

const GoldenItems = z
  .strictObject({
    ...shared,
    response: z.looseObject({ items: z.array(z.looseObject({ id: z.string(), score: z.number() })) }),
  })
  .transform(({ response, ...line }) => goldenOf(line, response.items));

const GoldenClasses = z
  .strictObject({
    ...shared,
    response: z.looseObject({ classes: z.array(z.looseObject({ label: z.string(), probability: z.number() })) }),
  })
  .transform(({ response, ...line }) => goldenOf(line, response.classes.map(({ label, probability }) => ({ id: label, score: probability }))));

type Line = Pick<GoldenRequest, 'request'> & { tolerance?: number | undefined; answeredBy?: 'graph' | undefined };

function goldenOf({ request, tolerance, answeredBy }: Line, expected: GoldenRequest['expected']): GoldenRequest {
  const scores = expected.map(({ score }) => score);
  return { request, expected, tolerance: tolerance ?? defaultTolerance(scores), isOwn: answeredBy === 'graph' };
}

/** Share of the best expected score; a wider tolerance lets a model pass that ranks by chance. */
const WIDEST_TOLERANCE = 0.1;
/** Always allowed, however small the scores are. */
const NARROW = 1e-3;

function isTight({ tolerance, expected }: GoldenRequest): boolean {
  return tolerance <= Math.max(NARROW, WIDEST_TOLERANCE * largestOf(expected.map(({ score }) => score)));
}

/** Schema of one line of the golden requests. */
export function goldenSchema(task: Task): z.ZodType<GoldenRequest> {
  const schema: z.ZodType<GoldenRequest> = isOfClasses(task) ? GoldenClasses : GoldenItems;
  return schema.refine(isTight, {
    path: ['tolerance'],
    error: `must be at most ${WIDEST_TOLERANCE} times the largest expected score, or ${NARROW}`,
  });
}
