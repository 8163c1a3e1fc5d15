import { describe, expect, it } from '@jest/globals';
import type { RecommenderModel } from '../../api/model.ts';
import type { KubernetesObject } from '../../api/objects.ts';
import { analysisRun, CONFIG, model, NOW, observed, rollout, version } from '../../testing/builders.ts';
import { plan } from '../plan.ts';
import type { Observed } from '../state/observed.ts';

const versions = [version('1.0.0', 'Champion'), version('2.0.0', 'Challenger')];
const { delivery } = model('2.0.0').spec;
const desired = (more: Partial<RecommenderModel['spec']['delivery']> = {}) => model('2.0.0', { spec: { delivery: { ...delivery, ...more } } });
const planned = (desired: RecommenderModel, more: Partial<Observed> = {}) => plan(observed(desired, { versions, ...more }), CONFIG, NOW);

interface Gate {
  templates: { templateName: string }[];
  args: { name: string; value: string }[];
}

/** Of the Rollout that starts the candidate: for every gate, which templates it asks and for which weight. */
function gates(objects: readonly KubernetesObject[]) {
  const { steps } = (objects.find(({ kind }) => kind === 'Rollout')?.['spec'] as { strategy: { canary: { steps: { analysis?: Gate }[] } } }).strategy.canary;
  return steps.flatMap(({ analysis }) => (analysis ? [[analysis.templates.map(({ templateName }) => templateName), analysis.args.find(({ name }) => name === 'weight')?.value]] : []));
}

const started = (desired: RecommenderModel) => gates(planned(desired, { rollout: rollout('1.0.0') }).objects);

describe('the gate of a step', () => {
  it('asks whether the champion\'s pods apply the weight of this very step', () => {
    expect(started(desired())).toEqual([[['books-gate', 'books-weight'], '10'], [['books-gate', 'books-weight'], '50']]);
  });

  it('asks so where a second stack has its first users, not before', () => {
    expect(started(desired({ strategy: 'BlueGreen' }))).toEqual([[['books-stack'], undefined], [['books-gate', 'books-weight'], '10']]);
  });

  it.each([{ type: 'Nginx' as const, nginx: { ingress: 'shop' } }, { type: 'Istio' as const }, { type: 'None' as const }])('does not ask pods that divide nothing: $type', (router) => {
    const noted = { ...rollout('1.0.0'), metadata: { ...rollout('1.0.0').metadata, annotations: { 'recommender.dev/router': JSON.stringify(router) } } };
    const { objects } = planned(desired({ router }), { rollout: noted });
    expect(gates(objects)).toEqual([[['books-gate'], undefined], [['books-gate'], undefined]]);
    expect(objects.map(({ metadata }) => metadata.name)).not.toContain('books-weight');
  });

  it('waits for it and never fails', () => {
    const template = planned(desired()).objects.find(({ metadata }) => metadata.name === 'books-weight')?.['spec'];
    const applied = 'recommendation_candidate_weight_percent{model_namespace="{{args.namespace}}",model="{{args.model}}",version="{{args.version}}"}';
    expect(template).toMatchObject({
      args: expect.arrayContaining([{ name: 'weight' }]),
      metrics: [
        {
          name: 'pods-behind',
          successCondition: 'len(result) == 1 && !isNaN(result[0]) && !isInf(result[0]) && result[0] <= 0',
          failureCondition: 'false',
          provider: { prometheus: { query: `clamp_min(count(${applied}) or vector(0), 2) - (count(${applied} == {{args.weight}}) or vector(0))` } },
        },
      ],
    });
  });
});

describe('a step whose weight is not applied everywhere', () => {
  const at = (currentStepIndex: number, weight: number) => rollout('2.0.0', { stable: '1.0.0', currentStepIndex, canary: { weights: { canary: { weight } } } });
  const told = (value: string) =>
    planned(desired(), {
      rollout: at(5, 50),
      runs: [analysisRun('2.0.0', { 'pods-behind': { phase: 'Inconclusive', value }, requests: { phase: 'Inconclusive', value: '[62]' } }, { 'step-index': '5' })],
    }).status;

  it('says so before anything else: requests do not come without it', () => {
    expect(told('[1]').message).toBe('2.0.0 at 50% of users, step 2 of 2: 1 pod of 1.0.0 does not report a weight of 50% yet.');
    expect(told('[2]').message).toContain('2 pods of 1.0.0 do not report a weight of 50% yet.');
  });

  it('has that among its verdicts, as a wait', () => {
    expect(told('[1]').verdicts).toContainEqual(expect.objectContaining({ metric: 'pods-behind', verdict: 'Wait', estimate: '1', threshold: '0' }));
    expect(told('[1]').conditions).toContainEqual(expect.objectContaining({ type: 'GuardrailsHold', status: 'Unknown' }));
  });
});

describe('a promotion', () => {
  const passes = Object.fromEntries(
    ['error-rate', 'average-latency', 'p99-latency', 'inference-errors', 'throttled-rate', 'requests'].map((name) => [name, { phase: 'Successful', value: '[0]' } as const]),
  );
  const promotedWith = (more: Parameters<typeof analysisRun>[1]) =>
    planned(desired(), { rollout: rollout('2.0.0'), runs: [analysisRun('2.0.0', { ...passes, ...more }, { 'step-index': '5' })] }).versions[0]?.status?.decisions?.[0];

  it('rests on the weight that was applied, and keeps it as evidence', () => {
    const decision = promotedWith({ 'pods-behind': { phase: 'Successful', value: '[0]' } });
    expect(decision).toMatchObject({ rule: 'GatesPassed', evidence: expect.arrayContaining([expect.objectContaining({ metric: 'pods-behind', verdict: 'Pass', estimate: '0' })]) });
  });

  it('is not believed to have passed a gate that was cut short while a pod was behind', () => {
    expect(promotedWith({ 'pods-behind': { phase: 'Inconclusive', value: '[1]' } })?.rule).toBe('PromotedInArgoRollouts');
  });

  it('passed the gate of an operator that did not ask for it', () => {
    expect(promotedWith({})?.rule).toBe('GatesPassed');
  });
});
