/** One number of the issue with what came of it; times in ms. */
export interface Figure {
  figure: number;
  target: number;
  reached: boolean;
  /** What it was taken from, and how far that spread. */
  [detail: string]: unknown;
}

/** @param detail what belongs beside it on the last line */
export function atMost(figure: number, target: number, detail: Record<string, unknown> = {}): Figure {
  return { figure: rounded(figure), target, reached: figure <= target, ...detail };
}

/** The 99th percentile of the times, against the most it may be. By nearest rank: of fewer than 100 values that is the largest. */
export function p99AtMost(times: readonly number[], target: number): Figure {
  return atMost(quantile(times, 0.99), target, { statistic: 'p99', count: times.length, p50: rounded(quantile(times, 0.5)) });
}

/** By nearest rank; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? NaN;
}

/** Four digits are all that such measurements are worth. */
export const rounded = (value: number): number => Number(value.toPrecision(4));

export interface Median {
  median: number;
  /** Where that of all such rounds lies with 95%. */
  within: [number, number];
}

/** The mean of the two in the middle of an even number. The bounds are the ranks between which the median lies by the binomial distribution. */
export function medianOf(values: readonly number[]): Median {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(0, Math.floor((sorted.length - 1.96 * Math.sqrt(sorted.length)) / 2));
  const [low = NaN, high = NaN] = [sorted[rank], sorted[sorted.length - 1 - rank]];
  const [lower = NaN, upper = NaN] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return { median: rounded((lower + upper) / 2), within: [rounded(low), rounded(high)] };
}
