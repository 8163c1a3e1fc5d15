import type { Percentiles } from './job.ts';

/** Every measured time is kept: percentiles are exact, whatever the spread. */
export interface Latencies {
  /** @param ms milliseconds */
  add(ms: number): void;
  count(): number;
  percentiles(): Percentiles;
}

export function createLatencies(): Latencies {
  let times = new Float64Array(65_536);
  let count = 0;
  return {
    add(ms) {
      if (count === times.length) {
        const larger = new Float64Array(count * 2);
        larger.set(times);
        times = larger;
      }
      times[count] = ms;
      count += 1;
    },
    count: () => count,
    percentiles() {
      const sorted = times.slice(0, count).sort();
      const at = (share: number) => percentile(sorted, share);
      return { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: at(1) };
    },
  };
}

/**
 * The smallest value that at least `share` (0 to 1) of the values do not exceed (the nearest-rank method); 0 of nothing.
 * @param sorted ascending
 */
export function percentile(sorted: Float64Array, share: number): number {
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? 0;
}
