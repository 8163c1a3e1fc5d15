import { describe, expect, it } from '@jest/globals';
import type { Rollout } from '../../../api/argo.ts';
import { analysisRun, CONFIG, model, NOW, observed, replicaSet, rollout, version } from '../../../testing/builders.ts';
import { plan } from '../../plan.ts';
import type { Observed } from '../../state/observed.ts';
import { stepsOf } from '../../state/steps.ts';

const versions = [version('1.0.0', 'Champion'), version('2.0.0', 'Challenger')];
const SILENT = /Argo Rollouts has not acted on a step that was due at 12:00:00 UTC; check that its controller is running\.$/;

function desired(strategy: 'Canary' | 'BlueGreen' | 'Shadow') {
  const { delivery } = model('2.0.0').spec;
  return model('2.0.0', { spec: { delivery: { ...delivery, strategy } } });
}

/** What is said `ms` after noon. */
const after = (ms: number, more: Partial<Observed>, of = desired('Canary')) => plan(observed(of, { versions, ...more }), CONFIG, NOW + ms);
const started = (before: string): string => new Date(NOW - Number(before) * 1000).toISOString();

describe('Argo Rollouts that does not answer', () => {
  it.each(['Canary', 'BlueGreen', 'Shadow'] as const)('is named when a hold of %s is over and nothing happens, and not before', (strategy) => {
    const of = desired(strategy);
    const steps = stepsOf(of);
    const currentStepIndex = steps.findIndex(({ part }) => part === 'Hold');
    const seconds = String(steps[currentStepIndex]?.argo.pause?.duration);
    const held = rollout('2.0.0', { stable: '1.0.0', currentStepIndex, phase: 'Paused', pauseConditions: [{ reason: 'CanaryPauseStep', startTime: started(seconds) }] });
    const patient = after(14_000, { rollout: held }, of);
    expect([patient.status.message, patient.requeueAfterMs]).toEqual([expect.not.stringMatching(SILENT), 1_000]);
    const { message, conditions } = after(16_000, { rollout: held }, of).status;
    expect(message).toMatch(SILENT);
    expect(conditions).toContainEqual(expect.objectContaining({ type: 'Progressing', reason: 'ArgoRolloutsSilent', message }));
    expect(conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
  });

  it('is named when it does not take up what the Rollout was told', () => {
    const live = rollout('2.0.0', { stable: '1.0.0' }, { observed: false });
    const managedFields = [{ manager: 'recommender-operator', time: '2026-03-01T12:00:00Z' }, { manager: 'rollouts-controller', subresource: 'status', time: '2026-03-01T12:00:30Z' }];
    const written: Rollout = { ...live, metadata: { ...live.metadata, managedFields } };
    expect(after(10_000, { rollout: written }).status.message).not.toMatch(SILENT);
    expect(after(20_000, { rollout: written }).status.message).toMatch(SILENT);
  });

  it('is named when it no longer measures, but not while it waits for a slow answer', () => {
    const run = analysisRun('2.0.0', { requests: { phase: 'Inconclusive', value: '[3]' } });
    // Measured a minute before noon; the interval is a minute.
    const gate = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 2, canary: { weights: { canary: { weight: 10 } }, currentStepAnalysisRunStatus: { name: run.metadata.name, status: 'Running' } } });
    expect(after(40_000, { rollout: gate, runs: [run] }).status.message).not.toContain('left undone');
    expect(after(50_000, { rollout: gate, runs: [run] }).status.message).toContain('has not acted on a step that was due at 12:00:30 UTC');
  });

  describe('and died between two steps', () => {
    const NOON = '2026-03-01T12:00:00Z';
    const steps = stepsOf(desired('Canary'));
    const at = (part: string, more: Rollout['status'] = {}): Rollout => {
      const live = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: steps.findIndex((step) => step.part === part), ...more });
      return { ...live, metadata: { ...live.metadata, managedFields: [{ manager: 'rollouts-controller', subresource: 'status', time: NOON }] } };
    };
    const ready = replicaSet('2.0.0');

    it.each(['Start', 'Hold', 'Gate'])('is named at a %s it has not begun', (part) => {
      const rollout = at(part);
      expect(after(14_000, { rollout, replicaSets: [ready] }).status.message).not.toMatch(SILENT);
      expect(after(16_000, { rollout, replicaSets: [ready] }).status.message).toMatch(SILENT);
    });

    it('has its time once the last pod is there', () => {
      const metadata = { ...ready.metadata, managedFields: [{ manager: 'kube-controller-manager', subresource: 'status', time: '2026-03-01T12:05:00Z' }] };
      const told = (ms: number) => after(300_000 + ms, { rollout: at('Start'), replicaSets: [{ ...ready, metadata }] }).status.message;
      expect(told(14_000)).not.toContain('left undone');
      expect(told(16_000)).toContain('has not acted on a step that was due at 12:05:00 UTC');
    });

    it('has the time of a slow answer before its first measurement', () => {
      const measuring = at('Gate', { canary: { currentStepAnalysisRunStatus: { name: 'run', status: 'Running' } } });
      expect(after(44_000, { rollout: measuring }).status.message).not.toContain('left undone');
      expect(after(46_000, { rollout: measuring }).status.message).toContain('has not acted on a step that was due at 12:00:30 UTC');
    });

    it.each([
      ['pods that start', { replicaSets: [replicaSet('2.0.0', { available: 1 })] }, {}],
      ['a person', {}, { pauseConditions: [{ reason: 'InconclusiveAnalysisRun', startTime: NOON }] }],
      ['another spec', {}, { phase: 'Degraded' as const }],
    ])('is not blamed for waiting for %s', (_, more, status) => {
      expect(after(600_000, { rollout: at('Start', status), ...more }).status.message).not.toContain('left undone');
    });
  });

  it('is not blamed for what waits for somebody else', () => {
    const paused = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 1, pauseConditions: [{ reason: 'CanaryPauseStep', startTime: started('9000') }] });
    const byHand = { ...paused, spec: { ...paused.spec, paused: true } };
    expect(after(0, { rollout: byHand }).status.message).not.toContain('left undone');
    expect(after(600_000, { rollout: rollout('1.0.0') }, model('1.0.0')).status.message).not.toContain('left undone');
  });
});
