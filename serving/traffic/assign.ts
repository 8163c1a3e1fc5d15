import { hash64 } from '../common/hash.ts';

export const BUCKETS = 10_000;

/**
 * The bucket of a user, 0–9999, under one salt: always the same, evenly spread, and unrelated to the bucket under
 * another salt. The salt's length stands in front, so that no two pairs of salt and unit are the same text.
 */
export function bucketOf(salt: string, unit: string): number {
  return Number(hash64(`${salt.length}:${salt}${unit}`) % BigInt(BUCKETS));
}

/**
 * Whether a user belongs to the candidate's share. Monotone: whoever is in at one weight is in at every larger one.
 * @param weight percent of users, 0–100
 */
export function isCandidateUser(salt: string, unit: string, weight: number): boolean {
  // Nothing to work out while the candidate has no share.
  return weight > 0 && bucketOf(salt, unit) < (weight * BUCKETS) / 100;
}
