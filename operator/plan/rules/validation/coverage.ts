import type { IdSet } from '../../../../serving/contract/report.ts';

const HASH_BYTES = 4;
/** Fewer say too little of a set. */
const LEAST_COMPARED = 20;

interface Coverage {
  /** Share of the earlier set that the later one still has, 0 to 1. */
  share: number;
  /** All ids of both sets were compared, and not a sample of them. */
  isExact: boolean;
}

/**
 * How much of `earlier` is in `later`. Both samples hold the smallest hashes of their sets, so whatever of the earlier
 * sample lies within the later sample's range is in the later set just when it is in its sample. With n ids compared the
 * standard error is √(share·(1 - share)/n), at most 4% with 160. Undefined where fewer than 20 can be compared: the
 * later set is many times larger.
 */
export function coverage(earlier: IdSet, later: IdSet): Coverage | undefined {
  const [before, after] = [hashesOf(earlier), hashesOf(later)];
  const reach = isWhole(later, after) ? Infinity : (after.at(-1) ?? 0);
  const compared = before.filter((hash) => hash <= reach);
  if (compared.length === 0 || compared.length < Math.min(LEAST_COMPARED, before.length)) return undefined;
  const there = new Set(after);
  const share = compared.filter((hash) => there.has(hash)).length / compared.length;
  return { share, isExact: isWhole(earlier, before) && isWhole(later, after) };
}

/** A sample may be shorter than it could be, where a report had no room for more. */
const isWhole = ({ count }: IdSet, hashes: readonly number[]): boolean => hashes.length >= count;

function hashesOf({ sample }: IdSet): number[] {
  const bytes = Buffer.from(sample, 'base64');
  return Array.from({ length: Math.floor(bytes.length / HASH_BYTES) }, (_, index) => bytes.readUInt32BE(index * HASH_BYTES));
}
