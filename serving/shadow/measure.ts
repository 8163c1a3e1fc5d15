import type { Metrics } from '../telemetry/metrics.ts';
import type { ShadowResult } from './messages.ts';

/** Counts what became of duplicates, for the candidate's `version`. */
export function countResults(results: readonly ShadowResult[], version: string, metrics: Metrics): void {
  const labels = { version };
  for (const result of results) {
    metrics.count('shadow', { ...labels, outcome: result.outcome });
    if (result.outcome === 'dropped') continue;
    if (result.seconds !== undefined) metrics.observe('shadowDuration', result.seconds, labels);
    if (result.outcome !== 'compared') continue;
    const { overlap, rankBiasedOverlap, scoreDrift, covered } = result.comparison;
    metrics.observe('shadowOverlap', overlap, labels);
    metrics.observe('shadowRankBiasedOverlap', rankBiasedOverlap, labels);
    if (scoreDrift !== undefined) metrics.observe('shadowScoreDrift', scoreDrift, labels);
    if (covered) metrics.count('shadowCovered', labels);
  }
}

/** A series that starts at 1 hides its first event from rate() and increase(). */
export function showShadowMetrics(version: string, metrics: Metrics): void {
  for (const outcome of ['compared', 'dropped', 'error', 'timeout']) metrics.count('shadow', { outcome, version }, 0);
  metrics.count('shadowCovered', { version }, 0);
  metrics.set('shadowUnderway', 0, { version });
}
