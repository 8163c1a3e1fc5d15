import { describe, expect, it } from '@jest/globals';
import type { RecommenderModel } from '../../api/model.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { candidateRollout, CONFIG, model, NOW, observed, rollout, version } from '../../testing/builders.ts';
import { plan } from '../plan.ts';
import type { Observed } from './observed.ts';

const usual = model('2.0.0').spec.delivery;
const desired = (delivery: Partial<RecommenderModel['spec']['delivery']> = {}, number = '2.0.0') => model(number, { spec: { delivery: { ...usual, ...delivery } } });
const versions = [version('1.0.0', 'Champion'), version('2.0.0', 'Challenger')];
const THREE = { canary: { steps: [{ weight: 5, hold: '1m' }, { weight: 25, hold: '1m' }, { weight: 75, hold: '1m' }] } };
const planned = (now: RecommenderModel, more: Partial<Observed>) => plan(observed(now, { versions, ...more }), CONFIG, NOW);
/** Of a candidate that was started with `desired`, at its second step. */
const underWay = (started = desired()) => candidateRollout(started, { currentStepIndex: 4, canary: { weights: { canary: { weight: 50 } } } });

describe('a delivery that is changed while a candidate is under way', () => {
  it('leaves the candidate to the steps it was started with, tells them, and says that the change waits', () => {
    const { status, objects } = planned(desired(THREE), { rollout: underWay() });
    expect(status).toMatchObject({
      message: '2.0.0 at 50% of users, step 2 of 2: holding. The change of delivery.canary takes effect with the next candidate.',
      candidate: { step: 2 },
    });
    expect(objects.filter(({ kind }) => kind === 'Rollout')).toEqual([]);
  });

  it('leaves what it is measured by as well', () => {
    const blueGreen = desired({ strategy: 'BlueGreen' });
    const { objects, status } = planned(desired({ strategy: 'Shadow' }), { rollout: candidateRollout(blueGreen, { currentStepIndex: 0 }) });
    const templates = objects.filter(({ kind }) => kind === 'AnalysisTemplate').map(({ metadata }) => metadata.name);
    expect([templates.includes('books-stack'), templates.includes('books-shadow-gate')]).toEqual([true, false]);
    expect(status.message).toBe('2.0.0 at 0% of users, step 1 of 2: its pods are starting. The change of delivery.strategy takes effect with the next candidate.');
  });

  it('counts for what is started after it', () => {
    const champion = version('2.0.0', 'Champion');
    const settled = { ...underWay(), status: rollout('2.0.0').status ?? {} };
    const after = planned(desired(THREE, '2.1.0'), { versions: [champion, version('2.1.0', 'Challenger')], rollout: settled });
    const steps = (after.objects.find(({ kind }) => kind === 'Rollout')?.['spec'] as { strategy: { canary: { steps: unknown[] } } }).strategy.canary.steps;
    expect(steps).toHaveLength(9);
    expect(after.status.message).toBe('2.1.0 passed validation and its pods are starting.');
  });

  it('is noted of candidates only: the champion needs no steps', () => {
    const { objects } = planned(desired({}, '1.0.0'), { rollout: rollout('1.0.0') });
    expect(objects.find(({ kind }) => kind === 'Rollout')?.metadata.annotations).not.toHaveProperty([ANNOTATIONS.delivery]);
  });

  it.each(['not JSON', 'null', '{}', '{"strategy":"Magic","canary":{},"blueGreen":{},"shadow":{},"approval":"Manual"}'])('survives a note that somebody wrote over: %s', (note) => {
    const { metadata, ...rest } = underWay();
    const spoilt = { ...rest, metadata: { ...metadata, annotations: { [ANNOTATIONS.delivery]: note } } };
    expect(planned(desired(THREE), { rollout: spoilt }).status.message).toBe('2.0.0 at 50% of users, step 2 of 3: holding.');
  });
});
