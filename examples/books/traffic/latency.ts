/** Counts of durations in buckets that grow by 5 %: quantiles are right within 2.5 %, whatever the number of requests. */
export interface Latencies {
  record(milliseconds: number): void;
  /** q in [0, 1]; undefined before the first record. Milliseconds. */
  quantile(q: number): number | undefined;
}

const GROWTH = Math.log(1.05);
const SMALLEST_MS = 0.1;
const BUCKETS = 300;

const bucketOf = (milliseconds: number) =>
  Math.min(BUCKETS - 1, Math.max(0, Math.round(Math.log(milliseconds / SMALLEST_MS) / GROWTH)));

export function latencies(): Latencies {
  const counts = new Uint32Array(BUCKETS);
  let total = 0;
  return {
    record(milliseconds) {
      counts[bucketOf(milliseconds)]! += 1;
      total += 1;
    },
    quantile(q) {
      if (total === 0) return undefined;
      let seen = 0;
      // Nearest rank: the smallest value that at least q of the records do not exceed.
      const bucket = counts.findIndex((count) => (seen += count) >= Math.max(1, Math.ceil(q * total)));
      return Number((SMALLEST_MS * Math.exp(bucket * GROWTH)).toPrecision(3));
    },
  };
}
