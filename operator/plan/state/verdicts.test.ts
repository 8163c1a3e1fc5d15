import { describe, expect, it } from '@jest/globals';
import { analysisRun, CONFIG, model, NOW, observed, rollout, version } from '../../testing/builders.ts';
import { plan } from '../plan.ts';

const versions = [version('1.0.0', 'Champion'), version('2.0.0', 'Challenger')];
const gate = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 2, canary: { weights: { canary: { weight: 10 } } } });

function told(value: string) {
  const runs = [analysisRun('2.0.0', { 'error-rate': { phase: 'Inconclusive', value }, requests: { phase: 'Successful', value: '[500]' } })];
  const { status } = plan(observed(model('2.0.0'), { versions, rollout: gate, runs }), CONFIG, NOW);
  return { message: status.message, verdict: status.verdicts?.find(({ metric }) => metric === 'error-rate') };
}

describe('a measurement that decides nothing', () => {
  it.each([
    ['[]', 'not enough data yet'],
    ['[NaN]', 'the query returned NaN, which cannot be compared with a limit'],
    ['[+Inf]', 'the query returned +Inf, which cannot be compared with a limit'],
  ])('such as %s is waited out, with the reason', (value, reason) => {
    const { message, verdict } = told(value);
    expect(message).toBe(`2.0.0 at 10% of users, step 1 of 2: error-rate: ${reason}.`);
    expect(verdict).toEqual({ metric: 'error-rate', threshold: '0.05', window: '5m', verdict: 'Wait', reason, at: '2026-03-01T11:59:00Z' });
  });

  it('is one of those that no limit lets pass', () => {
    const { objects } = plan(observed(model('2.0.0'), { versions, rollout: rollout('1.0.0') }), CONFIG, NOW);
    const metrics = objects
      .filter(({ kind }) => kind === 'AnalysisTemplate')
      .flatMap((each) => (each['spec'] as { metrics: { successCondition?: string; failureCondition?: string }[] }).metrics)
      .filter(({ successCondition }) => successCondition !== undefined);
    expect(metrics.length).toBeGreaterThan(10);
    for (const { successCondition, failureCondition } of metrics) {
      const measured = /^len\(result\) == (1 && !isNaN\(result\[0\]\) && !isInf\(result\[0\]\)|2 && result\[0\] <= -\d+ && result\[1\] >= 0 && !isNaN\(result\[1\]\) && !isInf\(result\[1\]\))/;
      expect(successCondition).toMatch(measured);
      expect(failureCondition).toMatch(new RegExp(`(${measured.source} && !)|^false$`));
    }
  });
});

describe('a share of requests', () => {
  it('tells of how many, which were counted by the same measurement', () => {
    const runs = [analysisRun('2.0.0', { 'error-rate': { phase: 'Failed', value: '[-62.9,0.4]' } })];
    const { verdicts } = plan(observed(model('2.0.0'), { versions, rollout: gate, runs }), CONFIG, NOW).status;
    expect(verdicts).toEqual([{ metric: 'error-rate', estimate: '0.4', threshold: '0.05', samples: 62, window: '5m', verdict: 'Fail', at: '2026-03-01T11:59:00Z' }]);
  });
});

describe('a measurement that rests on too few requests', () => {
  const { analysis } = model('2.0.0').spec;
  const clicks = { name: 'click-rate', query: 'clicks / asked', min: '0.02', minRequests: 500, window: '15m' };
  const desired = model('2.0.0', { spec: { analysis: { ...analysis, custom: [clicks, { name: 'memory', query: 'memory', max: '9', minRequests: 0 }] } } });

  it('waits, and says how many there are and how many it needs', () => {
    const runs = [analysisRun('2.0.0', { 'error-rate': { phase: 'Successful', value: '[-60,0]' }, 'click-rate': { phase: 'Inconclusive', value: '[-1000000000112,0]' } })];
    const { message, verdicts } = plan(observed(desired, { versions, rollout: gate, runs }), CONFIG, NOW).status;
    const reason = '112 of the 500 requests in 15m that it needs';
    expect(message).toBe(`2.0.0 at 10% of users, step 1 of 2: click-rate: ${reason}.`);
    expect(verdicts).toContainEqual({ metric: 'click-rate', threshold: '0.02', samples: 112, window: '15m', verdict: 'Wait', reason, at: '2026-03-01T11:59:00Z' });
  });

  it('rejects once there are enough, with their number', () => {
    const runs = [analysisRun('2.0.0', { 'click-rate': { phase: 'Failed', value: '[-1000000000512,0.01]' } })];
    const aborted = rollout('2.0.0', { stable: '1.0.0', abort: true, phase: 'Degraded' });
    const [decided] = plan(observed(desired, { versions, rollout: aborted, runs }), CONFIG, NOW).versions;
    expect(decided?.status?.decisions?.at(-1)?.reason ?? '').toContain('click-rate was 0.01 (512 requests in 15m), below the minimum of 0.02');
  });

  it('needs none where the query does not depend on them', () => {
    const { objects } = plan(observed(desired, { versions, rollout: rollout('1.0.0') }), CONFIG, NOW);
    expect(JSON.stringify(objects)).toContain('"query":"memory"');
  });
});

describe('an outage of Prometheus', () => {
  it('is told as such, and not as requests that are lacking', () => {
    const message = 'Post "http://prometheus:9090/api/v1/query": context deadline exceeded';
    const runs = [analysisRun('2.0.0', { 'error-rate': { phase: 'Error', message }, requests: { phase: 'Error', message } })];
    expect(plan(observed(model('2.0.0'), { versions, rollout: gate, runs }), CONFIG, NOW).status.message).toBe(`2.0.0 at 10% of users, step 1 of 2: error-rate: could not be measured: ${message}.`);
  });
});
