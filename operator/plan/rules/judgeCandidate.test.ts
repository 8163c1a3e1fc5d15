import { describe, expect, it } from '@jest/globals';
import type { RecommenderModel } from '../../api/model.ts';
import { LABELS } from '../../api/names.ts';
import { analysisRun, CONFIG, model, NOW, observed, rollout, version } from '../../testing/builders.ts';
import { plan } from '../plan.ts';
import type { Observed } from '../state/observed.ts';

const champion = version('1.0.0', 'Champion');
const challenger = version('2.0.0', 'Challenger');
const aborted = rollout('2.0.0', { stable: '1.0.0', abort: true, phase: 'Degraded', message: 'RolloutAborted: Rollout aborted update to revision 4' });

const told = (more: Partial<Observed>, status?: RecommenderModel['status']): string | undefined =>
  plan(observed(model('2.0.0', status ? { status } : {}), { versions: [champion, challenger], ...more }), CONFIG, NOW).status.message;

describe('a rejection', () => {
  it('by hand in Argo Rollouts is told as such', () => {
    expect(told({ rollout: aborted })).toBe('2.0.0 was rejected before any user saw it: it was aborted in Argo Rollouts. Everyone stayed on 1.0.0.');
  });

  it('does not claim that nobody saw the version when its users were measured', () => {
    const seen = analysisRun('2.0.0', { requests: { phase: 'Successful', value: '[500]' } });
    expect(told({ rollout: aborted, runs: [seen] })).toBe('2.0.0 was rejected: it was aborted in Argo Rollouts. Its users went back to 1.0.0.');
  });

  it('for pods that are not ready names what the first troubled container says', () => {
    const late = rollout('2.0.0', { stable: '1.0.0', abort: true, phase: 'Degraded', message: 'RolloutAborted: Rollout aborted update to revision 4: ReplicaSet "books-2" has timed out progressing.' });
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'books-2-x', namespace: 'shop', annotations: { 'recommender.dev/digest': challenger.spec.digest } },
      status: { initContainerStatuses: [{ name: 'fetch', lastState: { terminated: { exitCode: 1, message: 'no space' } } }] },
    };
    expect(told({ rollout: late, pods: [pod] })).toContain('did not become ready within 10m (container fetch: no space).');
  });

  it('names every guardrail that was violated', () => {
    const failed = analysisRun('2.0.0', {
      'average-latency': { phase: 'Failed', value: '[-62.9,1.5]' },
      'error-rate': { phase: 'Failed', value: '[-62.9,0.0796]' },
      'p99-latency': { phase: 'Successful', value: '[-62.9,1.9]' },
    });
    expect(told({ rollout: aborted, runs: [failed] })).toBe(
      '2.0.0 was rejected: 7.96% of its requests failed (62 requests in 5m), above the limit of 5%; its average latency was 1.5 s (62 requests in 5m), above the limit of 1 s. Its users went back to 1.0.0.',
    );
  });

  it('shows in the conditions what it was decided on, though it came together with the abort', () => {
    const failed = analysisRun('2.0.0', { 'error-rate': { phase: 'Failed', value: '[-62.9,0.5]' } });
    const { status } = plan(observed(model('2.0.0'), { versions: [champion, challenger], rollout: aborted, runs: [failed] }), CONFIG, NOW);
    expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'GuardrailsHold', status: 'False', reason: 'Violated' }));
  });
});

describe('another try of a rejected version', () => {
  const again = version('2.0.0', 'Challenger', {
    decisions: [
      { at: '2026-03-01T11:00:00Z', from: 'Validating', to: 'Challenger', by: 'x', reason: 'x.' },
      { at: '2026-02-28T11:00:00Z', from: 'Validating', to: 'Challenger', by: 'x', reason: 'x.' },
    ],
  });
  const earlier = analysisRun('2.0.0', { 'error-rate': { phase: 'Failed', value: '[-62.9,0.5]' } }, { [LABELS.attempt]: '2.0.0_1772276400' });

  it('is not held to the measurements of the first, though its pods have the same template', () => {
    const moving = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 1, canary: { weights: { canary: { weight: 10 } } } });
    const { status } = plan(observed(model('2.0.0'), { versions: [champion, again], rollout: moving, runs: [earlier] }), CONFIG, NOW);
    expect(status.verdicts).toBeUndefined();
    expect(told({ versions: [champion, again], rollout: aborted, runs: [earlier] })).not.toContain('of its requests failed');
  });

  it('labels its AnalysisRuns with the time it passed validation', () => {
    const { objects } = plan(observed(model('2.0.0'), { versions: [champion, again], rollout: rollout('1.0.0') }), CONFIG, NOW);
    expect(objects.at(-1)).toHaveProperty(['spec', 'strategy', 'canary', 'analysis', 'analysisRunMetadata', 'labels', LABELS.attempt], '2.0.0_1772362800');
  });
});

describe('a promotion', () => {
  const passes = Object.fromEntries(
    ['error-rate', 'average-latency', 'p99-latency', 'inference-errors', 'throttled-rate', 'requests'].map((name) => [name, { phase: 'Successful', value: '[0]' } as const]),
  );

  it('claims that guardrails were kept only when the gate of the last step passed', () => {
    const gate = analysisRun('2.0.0', passes, { 'step-index': '5' });
    expect(told({ rollout: rollout('2.0.0'), runs: [gate] })).toContain('every guardrail held at 10%, 50% of users');
    const cutShort = analysisRun('2.0.0', { ...passes, requests: { phase: 'Inconclusive' } }, { 'step-index': '5' });
    for (const runs of [[], [cutShort], [analysisRun('2.0.0', passes, { 'step-index': '2' })]]) {
      expect(told({ rollout: rollout('2.0.0'), runs })).toContain('no passed gate was found for its last step');
    }
  });

  it('does not believe a refusal that speaks of an older spec', () => {
    const stale = rollout('2.0.0', { stable: '1.0.0', phase: 'Degraded', message: 'InvalidSpec: no such service' }, { observed: false });
    expect(told({ rollout: stale })).not.toContain('does not accept');
    const fresh = rollout('2.0.0', { stable: '1.0.0', phase: 'Degraded', message: 'InvalidSpec: no such service' });
    expect(told({ rollout: fresh })).toContain('rejected the Rollout (InvalidSpec: no such service)');
  });
});
