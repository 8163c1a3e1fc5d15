import { describe, expect, it } from '@jest/globals';
import type { Rollout } from '../../api/argo.ts';
import { actAnnotation, LABELS } from '../../api/names.ts';
import { analysisRun, CONFIG, model, NOW, observed, rollout, version } from '../../testing/builders.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { plan } from '../plan.ts';
import type { Observed } from './observed.ts';

const { delivery } = model('2.0.0').spec;
const passed = { at: '2026-03-01T10:00:00Z', from: 'Validating', to: 'Challenger', by: 'x', reason: 'x.' };
const versions = [version('1.0.0', 'Champion'), version('2.0.0', 'Challenger', { decisions: [passed] })];
const at = (currentStepIndex: number, weight?: number): Rollout =>
  rollout('2.0.0', { stable: '1.0.0', currentStepIndex, ...(weight === undefined ? {} : { canary: { weights: { canary: { weight } } } }) });

const strategy = (name: typeof delivery.strategy) => ({ spec: { delivery: { ...delivery, strategy: name } } });
const aborting = (name: typeof delivery.strategy) => model('2.0.0', { ...strategy(name), annotations: { [actAnnotation('abort')]: '2.0.0 a' } });
const movedOn = (name: typeof delivery.strategy) => model('2.1.0', strategy(name));

function told(desired: Observed['model'], more: Partial<Observed>): string | undefined {
  const situation = observed(desired, { versions: [...versions, version('2.1.0')], ...more });
  const result = plan(situation, CONFIG, NOW);
  expectInvariants(situation, result);
  return result.versions.find(({ spec }) => spec.version === '2.0.0')?.status?.decisions?.[0]?.reason;
}

describe('a version that is given up', () => {
  it.each([
    ['as a shadow', 'Shadow', 1],
    ['as a second stack that is checked', 'BlueGreen', 0],
    ['while its first pods are starting', 'Canary', 0],
  ] as const)('%s leaves no users behind, and none are said to go back', (_, name, index) => {
    expect(told(aborting(name), { rollout: at(index, 0) })).toContain('Everyone stayed on 1.0.0.');
    expect(told(movedOn(name), { rollout: at(index, 0) })).toBe('2.0.0 was abandoned: spec.release now names 2.1.0. Everyone stayed on 1.0.0.');
  });

  it('is known to have had users by its weight, by the last weight reported, and by measurements of them', () => {
    const reported = { ...movedOn('Canary'), status: { candidate: { version: '2.0.0', digest: versions[1]?.spec.digest ?? '', since: '', weight: 50, step: 2 } } };
    const measured = analysisRun('2.0.0', { 'error-rate': { phase: 'Successful', value: '[-62.9,0]' } }, { [LABELS.attempt]: '2.0.0_1772359200' });
    for (const [desired, more] of [
      [movedOn('Canary'), { rollout: at(1, 10) }],
      [reported, { rollout: at(3, 0) }],
      [movedOn('Canary'), { rollout: at(1, 0), runs: [measured] }],
      [movedOn('Canary'), { rollout: rollout('2.0.0') }],
    ] as const) {
      expect(told(desired, more)).toContain('Its users went back to 1.0.0.');
    }
  });
});

describe('a shadow that awaits a decision and of which nothing was measured', () => {
  it('is told without an empty list', () => {
    const desired = model('2.0.0', { spec: { delivery: { ...delivery, strategy: 'Shadow', shadow: { ...delivery.shadow, then: 'Stop' } } } });
    const waiting = at(3);
    const steps = [{ setCanaryScale: { weight: 100 } }, { pause: { duration: 1800 } }, { analysis: { templates: [] } }, { pause: {} }, { setWeight: 10 }];
    const paused = { ...waiting, spec: { ...waiting.spec, strategy: { canary: { steps } } }, status: { ...waiting.status, pauseConditions: [{ reason: 'CanaryPauseStep', startTime: '2026-03-01T11:00:00Z' }] } };
    expect(plan(observed(desired, { versions, rollout: paused }), CONFIG, NOW).status.message).toContain('2.0.0 was shadowed and awaits approval');
  });
});
