import { describe, expect, it } from '@jest/globals';
import { model, observed, rollout } from '../../tests/builders.ts';
import { presentStep, stepsOf } from './steps.ts';

const told = (wish: ReturnType<typeof model>) =>
  stepsOf(wish).map(({ part, phase, weight, number }) => `${part} of step ${String(number)}, ${phase} at ${String(weight)}%`);
const delivery = model('2.0.0').spec.delivery;

describe('the steps of a delivery', () => {
  it('are told in the order in which Argo Rollouts goes through them', () => {
    expect(told(model('2.0.0'))).toEqual([
      'Start of step 1, Canary at 10%',
      'Hold of step 1, Canary at 10%',
      'Gate of step 1, Canary at 10%',
      'Start of step 2, Canary at 50%',
      'Hold of step 2, Canary at 50%',
      'Gate of step 2, Canary at 50%',
    ]);
  });

  it('end with the approval of the last one where a person is asked', () => {
    expect(told(model('2.0.0', { spec: { delivery: { ...delivery, approval: 'Manual' } } })).at(-1)).toBe('Approval of step 2, Canary at 50%');
  });

  it('are found by the index of Argo Rollouts; past the last one there is none', () => {
    const at = (currentStepIndex: number) => presentStep(observed(model('2.0.0'), { rollout: rollout('2.0.0', { currentStepIndex }) }));
    expect([at(4)?.part, at(4)?.number, at(6)]).toEqual(['Hold', 2, undefined]);
  });
});
