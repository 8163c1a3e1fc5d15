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

/** The mean of the two in the middle of an even number; NaN of nothing. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return rounded(((sorted[(sorted.length - 1) >> 1] ?? NaN) + (sorted[sorted.length >> 1] ?? NaN)) / 2);
}

export interface Ratio {
  ratio: number;
  /** Where it lies with 95%. */
  within: [number, number];
}

/**
 * How many times as large the values of one sample are as those of another, by Hodges and Lehmann: the median of all quotients of a
 * pair. Single rounds far off hardly move it, and two samples of one kind give 1. The bounds are the ranks of Moses that belong to the test
 * of Mann and Whitney, with its normal approximation (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 3rd ed., 4.2 and 4.3).
 *
 * @param ones of at least some eight values, like the others; more than 0
 */
export function ratioOf(ones: readonly number[], others: readonly number[]): Ratio {
  const quotients = ones.flatMap((one) => others.map((other) => one / other)).toSorted((a, b) => a - b);
  const [m, n] = [ones.length, others.length];
  const rank = Math.max(0, Math.floor((m * n) / 2 - 1.96 * Math.sqrt((m * n * (m + n + 1)) / 12)));
  return { ratio: medianOf(quotients), within: [rounded(quotients[rank] ?? NaN), rounded(quotients[quotients.length - 1 - rank] ?? NaN)] };
}
