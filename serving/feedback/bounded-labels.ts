/** Stands for every value beyond the bound. */
export const OTHER = 'other';

/**
 * Keeps a metric label to the first `max` values it meets. Callers choose event names; without a bound anyone could
 * fill the memory of this pod and of Prometheus with series.
 * @param expected values that have their place whatever comes first
 */
export function boundedLabel(max: number, expected: readonly string[] = []): (value: string) => string {
  const known = new Set(expected);
  return (value) => {
    if (known.size < max) known.add(value);
    return known.has(value) ? value : OTHER;
  };
}
