/** One finding of the doctor. Unknown: it cannot be checked from here. */
export interface Check {
  /** What was checked, e.g. `Prometheus`. */
  what: string;
  result: 'Ok' | 'Advice' | 'Missing' | 'Unknown';
  message: string;
}
