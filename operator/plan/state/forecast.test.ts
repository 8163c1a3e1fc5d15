import { describe, expect, it } from '@jest/globals';
import type { AnalysisRun } from '../../api/argo.ts';
import { analysisRun, CONFIG, model, NOW, observed, rollout, version } from '../../testing/builders.ts';
import { plan } from '../plan.ts';
import { forecast } from './forecast.ts';
import type { Observed } from './observed.ts';

const minutesAgo = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();

/** A gate that counted so many requests so many minutes ago. */
function gate(counts: readonly (readonly [ago: number, count: number])[], labels: Record<string, string> = { 'step-index': '2' }): AnalysisRun {
  const measurements = counts.map(([ago, count]) => ({ phase: 'Inconclusive' as const, value: `[${String(count)}]`, finishedAt: minutesAgo(ago) }));
  return { ...analysisRun('2.0.0', {}, labels), status: { phase: 'Running', metricResults: [{ name: 'requests', phase: 'Running', measurements }] } };
}

const needed = (threshold: number) => ({ metric: 'requests', verdict: 'Wait', threshold: String(threshold) }) as const;
const expected = (runs: AnalysisRun[], threshold: number) => forecast(runs, needed(threshold))?.after;

describe('how long a gate still has to count', () => {
  it('follows from the rate of its measurements so far, rounded up', () => {
    // 12 a minute, 88 are missing: 7.3 minutes.
    expect(forecast([gate([[3, 0], [2, 5], [1, 24.4]])], needed(112))).toEqual({ after: '8 min', at: '2026-03-01T12:07:00Z' });
    expect(expected([gate([[2, 0], [1, 99]])], 100)).toBe('1 min');
    expect(expected([gate([[2, 0], [1, 1]])], 100)).toBe('2 h');
    expect(expected([gate([[61, 0], [1, 1]])], 100)).toBe('5 days');
  });

  it('cannot be told by a single measurement, of none, without a request, and where it would be more than a month', () => {
    expect([expected([gate([[1, 50]])], 100), expected([], 100), expected([gate([[2, 7], [1, 7]])], 100), expected([gate([[61, 0], [1, 1]])], 100_000)]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('follows from the present step alone: the one before had fewer users', () => {
    const before = gate([[31, 0], [30, 1]]);
    expect(expected([before, gate([[2, 0], [1, 50]], { 'step-index': '5' })], 100)).toBe('1 min');
  });
});

describe('a candidate that waits', () => {
  const versions = [version('1.0.0', 'Champion'), version('2.0.0', 'Challenger')];
  const at = (currentStepIndex: number, more: Parameters<typeof rollout>[1] = {}) =>
    rollout('2.0.0', { stable: '1.0.0', currentStepIndex, canary: { weights: { canary: { weight: 10 } } }, ...more });
  const desired = model('2.0.0', { spec: { analysis: { ...model('2.0.0').spec.analysis, minRequests: 2000 } } });
  const told = (more: Partial<Observed>) => plan(observed(desired, { versions, ...more }), CONFIG, NOW).status;

  it('for requests says how many it needs and for how long, and as long as nothing is measured says the same', () => {
    const measuring = { rollout: at(2), runs: [gate([[2, 192], [1, 312]])] };
    const status = told(measuring);
    expect(status).toMatchObject({
      message: '2.0.0 at 10% of users, step 1 of 2: 312 of 2,000 requests needed, about 15 min to a verdict.',
      candidate: { weight: 10, desiredWeight: 10, step: 1, steps: 2, verdictExpectedAt: '2026-03-01T12:14:00Z' },
    });
    expect(plan(observed({ ...desired, status }, { versions, ...measuring }), CONFIG, NOW + 50_000).status).toEqual(status);
  });

  it('for the end of a hold says until when, unless somebody has paused it', () => {
    const holding = at(1, { pauseConditions: [{ reason: 'CanaryPauseStep', startTime: '2026-03-01T11:59:00Z' }] });
    expect(told({ rollout: holding }).candidate).toEqual({ version: '2.0.0', digest: desired.spec.release.digest, since: '', weight: 10, desiredWeight: 10, step: 1, steps: 2, holdsUntil: '2026-03-01T12:14:00Z' });
    expect(told({ rollout: { ...holding, spec: { ...holding.spec, paused: true } } }).candidate).not.toHaveProperty('holdsUntil');
  });

  it('tells the users that were given it, as last measured', () => {
    const guardrails = analysisRun('2.0.0', { 'active-users': { phase: 'Successful', value: '[141]' } });
    expect(told({ rollout: at(1), runs: [guardrails] }).candidate?.users).toBe(141);
  });
});
