/** How alike two answers to the same request are. Pure; the figures are told by the champion's pods. */

/** An answer as far as it is compared: what was recommended, best first, and its scores in the same order. */
export interface Ranking {
  /** Ids of items, or labels of classes; none twice. */
  keys: readonly string[];
  scores: readonly number[];
  /** Not the model's own word: popular items, or prior probabilities. */
  fallback: boolean;
}

export interface Comparison {
  /** 0 (nothing in common) to 1. */
  overlap: number;
  /** 0 to 1, the first places counting most. */
  rankBiasedOverlap: number;
  /** Relative to the champion's scores, 0 = the same; undefined where the two have no scored item in common. */
  scoreDrift: number | undefined;
  /** The candidate answered itself, and with no fewer items than the champion. */
  covered: boolean;
}

/** With 0.9 the first ten places have 86% of the weight (Webber, Moffat and Zobel, section 4.4); ten is what is asked for by default. */
const PERSISTENCE = 0.9;

export function compare(champion: Ranking, candidate: Ranking): Comparison {
  return {
    overlap: overlapOf(champion.keys, candidate.keys),
    rankBiasedOverlap: rankBiasedOverlapOf(champion.keys, candidate.keys),
    scoreDrift: candidate.fallback ? undefined : scoreDriftOf(champion, candidate),
    covered: !candidate.fallback && candidate.keys.length >= champion.keys.length,
  };
}

/**
 * Share of the longer list that is in both, whatever the order.
 * Worked example: a b c d and b a x y have 2 of 4 in common: 0.5.
 */
export function overlapOf(one: readonly string[], other: readonly string[]): number {
  const longest = Math.max(one.length, other.length);
  if (longest === 0) return 1;
  const known = new Set(one);
  return other.filter((key) => known.has(key)).length / longest;
}

/**
 * Extrapolated rank-biased overlap, equation 32 of W. Webber, A. Moffat, J. Zobel, "A similarity measure for indefinite
 * rankings", ACM TOIS 28(4), 2010, https://doi.org/10.1145/1852102.1852106. With S the shorter list of s places, L the
 * longer one of l, and X_d the number of keys that the first d places of both have in common:
 *
 *   (1 − p)/p · (Σ_{d=1..l} X_d/d · p^d + Σ_{d=s+1..l} X_s (d − s)/(s d) · p^d) + ((X_l − X_s)/l + X_s/s) · p^l
 *
 * Worked example, p = 0.9: a b and b a agree in 0 of 1 and 2 of 2 places: 0.1/0.9 · (0 + 1 · 0.81) + 1 · 0.81 = 0.9.
 */
export function rankBiasedOverlapOf(one: readonly string[], other: readonly string[], p = PERSISTENCE): number {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  const [s, l] = [short.length, long.length];
  if (s === 0) return l === 0 ? 1 : 0;
  const common = agreements(short, long);
  const atShort = common[s - 1] ?? 0;
  let sum = 0;
  for (let d = 1; d <= l; d += 1) {
    const assumed = d > s ? (atShort * (d - s)) / (s * d) : 0;
    sum += ((common[d - 1] ?? 0) / d + assumed) * p ** d;
  }
  const atLong = common[l - 1] ?? 0;
  const found = ((1 - p) / p) * sum + ((atLong - atShort) / l + atShort / s) * p ** l;
  // Sums of rounded numbers may end a hair beyond the largest possible value.
  return Math.min(1, found);
}

/** How many keys the first d places of both have in common, for d = 1 … length of the longer. */
function agreements(short: readonly string[], long: readonly string[]): number[] {
  const seen = new Set<string>();
  let common = 0;
  return long.map((key, place) => {
    for (const each of place < short.length ? [key, short[place] ?? ''] : [key]) {
      if (seen.has(each)) common += 1;
      seen.add(each);
    }
    return common;
  });
}

/**
 * Sum of the differences of the scores of what both recommend, over the sum of the champion's scores of it.
 * Worked example: a 2.0, b 1.0 and a 2.2, b 0.9 differ by 0.2 + 0.1 of 3.0: 0.1.
 */
export function scoreDriftOf(champion: Omit<Ranking, 'fallback'>, candidate: Omit<Ranking, 'fallback'>): number | undefined {
  const expected = new Map(champion.keys.map((key, place) => [key, champion.scores[place] ?? 0]));
  let [difference, total, common] = [0, 0, 0];
  candidate.keys.forEach((key, place) => {
    const score = expected.get(key);
    if (score === undefined) return;
    common += 1;
    difference += Math.abs((candidate.scores[place] ?? 0) - score);
    total += Math.abs(score);
  });
  // Of scores that are all 0 no share can be taken.
  if (common === 0 || (total === 0 && difference > 0)) return undefined;
  return total === 0 ? 0 : difference / total;
}
