/**
 * Milliseconds before another attempt: twice as long after each failure, and shorter by up to a half, so that those who have
 * lost the same peer do not all come back at once.
 * @param failures in a row so far, at least 1
 * @param first after the first failure, ms, and not more than `longest`
 * @param chance 0 to 1; 0 = the full time
 */
export function backoff(failures: number, { first, longest }: { first: number; longest: number }, chance: number): number {
  return Math.min(first * 2 ** (failures - 1), longest) * (1 - chance / 2);
}
