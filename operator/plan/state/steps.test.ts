import { describe, expect, it } from '@jest/globals';
import { analysisRun, candidateRollout, CONFIG, model, NOW, observed, rollout, version } from '../../testing/builders.ts';
import { plan } from '../plan.ts';
import { presentStep, stepsOf } from './steps.ts';

const told = (desired: ReturnType<typeof model>) =>
  stepsOf(desired).map(({ part, phase, weight, number }) => `${part} of step ${String(number)}, ${phase} at ${String(weight)}%`);
const delivery = model('2.0.0').spec.delivery;

const blueGreen = model('2.0.0', { spec: { delivery: { ...delivery, strategy: 'BlueGreen' } } });
const versions = [version('1.0.0', 'Champion'), version('2.0.0', 'Challenger')];

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

describe('a blue-green delivery', () => {
  const at = (currentStepIndex: number, weight: number) =>
    candidateRollout(blueGreen, { currentStepIndex, canary: { weights: { canary: { weight } } } });
  const told = (more: Partial<Parameters<typeof observed>[1]>) => plan(observed(blueGreen, { versions, ...more }), CONFIG, NOW).status;

  it('makes a second stack as large as the champion before anybody is given to it', () => {
    const { objects } = plan(observed(blueGreen, { versions, rollout: rollout('1.0.0') }), CONFIG, NOW);
    const canary = objects.find(({ kind }) => kind === 'Rollout')?.['spec'];
    expect(canary).toMatchObject({
      strategy: {
        canary: {
          steps: [
            { setCanaryScale: { weight: 100 } },
            { analysis: { templates: [{ templateName: 'books-stack' }] } },
            { setWeight: 10 },
            { pause: { duration: 900 } },
            { analysis: { templates: [{ templateName: 'books-gate' }, { templateName: 'books-weight' }] } },
          ],
          analysis: { startingStep: 3 },
        },
      },
    });
    expect(objects.map(({ metadata }) => metadata.name)).toContain('books-stack');
  });

  it('says what is awaited at each of its parts', () => {
    const measuring = [analysisRun('2.0.0', { 'measured-pods': { phase: 'Inconclusive', value: '[1]' } }, { 'step-index': '1' })];
    expect(told({ rollout: at(0, 0) }).message).toBe('2.0.0 at 0% of users, step 1 of 2: its pods are starting.');
    expect(told({ rollout: at(1, 0), runs: measuring }).message).toBe('2.0.0 at 0% of users, step 1 of 2: 1 of 2 pods measured.');
    expect(told({ rollout: at(3, 10) })).toMatchObject({ message: '2.0.0 at 10% of users, step 2 of 2: holding.', candidate: { step: 2, weight: 10 } });
  });

  it('rejects a stack that answers wrongly, before any user saw it', () => {
    const aborted = candidateRollout(blueGreen, { abort: true, phase: 'Degraded' });
    const failed = analysisRun('2.0.0', { 'golden-failures': { phase: 'Failed', value: '[1.2]' } }, { 'step-index': '1' });
    expect(told({ rollout: aborted, runs: [failed] }).message).toBe(
      '2.0.0 was rejected before any user saw it: its pods answered 2 golden requests incorrectly (in 5m), above the limit of 0. Everyone stayed on 1.0.0.',
    );
  });
});
