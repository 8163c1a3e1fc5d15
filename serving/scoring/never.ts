import type { BundleManifest } from '../bundle/manifest.ts';

/**
 * A score as low as this says "never this item": −∞, the lowest float32 (−3.4e38) and what masks write near it. No model
 * means such a number.
 */
const NEVER = -1e38;

/** Whether a score takes its item out of the answer. */
export function isNever(score: number): boolean {
  return score <= NEVER;
}

/** The row by which a graph leaves a place empty. */
export const EMPTY_PLACE = -1;

/**
 * Whether a score of exactly 0 says that nothing is known of an item: it shares nothing with the history or the text. For
 * users it may be a rating like any other.
 */
export function isZeroNothing({ task }: Pick<BundleManifest, 'task'>): boolean {
  return task === 'items-to-items' || task === 'text-to-items';
}
