/** Offline metrics of a ranking. `ranked`: item numbers, best first; `relevant`: the held-out items of the same user. */

/**
 * Share of the relevant items found in the first k places, relative to what k places can hold: hits / min(k, |relevant|).
 * (The truncation by k is that of Liang et al. 2018, "Variational Autoencoders for Collaborative Filtering", eq. 8.)
 * No relevant item: NaN.
 */
export function recallAt(k: number, ranked: readonly number[], relevant: ReadonlySet<number>): number {
  const hits = ranked.slice(0, k).filter((item) => relevant.has(item)).length;
  return hits / Math.min(k, relevant.size);
}

/**
 * Normalised discounted cumulative gain with binary gains (Järvelin & Kekäläinen 2002): a hit in place p (from 1)
 * is worth 1 / log2(p + 1); the sum is divided by that of the ideal order. No relevant item: NaN.
 */
export function ndcgAt(k: number, ranked: readonly number[], relevant: ReadonlySet<number>): number {
  const gain = (place: number) => 1 / Math.log2(place + 2);
  let found = 0;
  ranked.slice(0, k).forEach((item, place) => {
    if (relevant.has(item)) found += gain(place);
  });
  let ideal = 0;
  for (let place = 0; place < Math.min(k, relevant.size); place++) ideal += gain(place);
  return found / ideal;
}

/** Mean over users; users without a value (NaN) do not count. Empty: NaN. */
export function mean(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/**
 * Item numbers by falling score, at most k, without the excluded; equal scores by item number, as ONNX TopK does.
 * An insertion into k places instead of a full sort: it runs for each user of each version.
 */
export function topItems(scores: ArrayLike<number>, k: number, excluded: ReadonlySet<number>): number[] {
  const best: number[] = [];
  for (let item = 0; item < scores.length; item++) {
    const score = scores[item]!;
    if (best.length === k && score <= scores[best[k - 1]!]!) continue;
    if (excluded.has(item)) continue;
    let place = best.length;
    while (place > 0 && scores[best[place - 1]!]! < score) place--;
    best.splice(place, 0, item);
    if (best.length > k) best.pop();
  }
  return best;
}
