import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ModelVersion } from '../api/model.ts';
import type { RecommenderModelStatus } from '../api/types.gen.ts';
import { model, version } from '../testing/builders.ts';
import { createMetrics } from './metrics.ts';

let metrics: ReturnType<typeof createMetrics>;
beforeEach(() => {
  metrics = createMetrics();
});
const lines = async (kind: RegExp) => (await metrics.registry.metrics()).split('\n').filter((line) => kind.test(line)).toSorted();
const shown = () => lines(/^recommender_rollout_(condition|phase|weight_percent)\{/);
const counted = () => lines(/^recommender_rollout_decisions_total\{/);

const desired = model('2.0.0');
const { release } = desired.spec;
const champion = { ...model('1.0.0').spec.release, since: '2026-03-01T10:00:00Z' };
const stalled = { type: 'Stalled', status: 'True', reason: 'x', message: 'x.', lastTransitionTime: '2026-03-01T10:00:00Z', observedGeneration: 1 } as const;
const moving: RecommenderModelStatus = { phase: 'Canary', champion, candidate: { ...release, since: champion.since, weight: 10 }, conditions: [stalled, { ...stalled, type: 'GuardrailsHold', status: 'Unknown' }] };
const done: RecommenderModelStatus = { phase: 'Healthy', champion: { ...release, since: champion.since } };
const decided = (rule: 'GatesPassed' | 'GuardrailViolated') => version('2.0.0', 'Champion', { decisions: [{ at: champion.since, from: 'Challenger', to: 'Champion', by: 'x', rule, reason: 'x.' }] });
const books = 'name="books",version="2.0.0"';

describe('what the operator shows of a model', () => {
  it('is its phase, its conditions and the shares of users', async () => {
    metrics.rollouts.show(desired, moving);
    expect(await shown()).toEqual([
      `recommender_rollout_condition{namespace="shop",${books},type="GuardrailsHold"} 0`,
      `recommender_rollout_condition{namespace="shop",${books},type="Stalled"} 1`,
      `recommender_rollout_phase{namespace="shop",${books},phase="Canary"} 1`,
      'recommender_rollout_weight_percent{namespace="shop",name="books",version="1.0.0"} 90',
      `recommender_rollout_weight_percent{namespace="shop",${books}} 10`,
    ]);
  });

  it('is what is so now: nothing stays of the phase and the champion before', async () => {
    metrics.rollouts.show(desired, moving);
    metrics.rollouts.show(desired, done);
    expect(await shown()).toEqual([`recommender_rollout_phase{namespace="shop",${books},phase="Healthy"} 1`, `recommender_rollout_weight_percent{namespace="shop",${books}} 100`]);
  });

  it('counts decisions by their rule', async () => {
    metrics.rollouts.decided(desired, [decided('GatesPassed')]);
    metrics.rollouts.decided(desired, [decided('GatesPassed'), decided('GuardrailViolated')]);
    expect(await counted()).toEqual([
      `recommender_rollout_decisions_total{namespace="shop",${books},rule="GatesPassed"} 2`,
      `recommender_rollout_decisions_total{namespace="shop",${books},rule="GuardrailViolated"} 1`,
    ]);
  });

  it('has those that alerts ask for as 0 before the first, since increase() does not see a series begin, and does not set them back', async () => {
    metrics.rollouts.show(desired, moving);
    const rules = ['ChampionServedNobody', 'GuardrailViolated', 'NoWayBack', 'NothingToReturnTo', 'WatchViolated'];
    expect(await counted()).toEqual(rules.map((rule) => `recommender_rollout_decisions_total{namespace="shop",${books},rule="${rule}"} 0`));
    metrics.rollouts.decided(desired, [decided('GuardrailViolated')]);
    metrics.rollouts.show(desired, moving);
    expect(await counted()).toContain(`recommender_rollout_decisions_total{namespace="shop",${books},rule="GuardrailViolated"} 1`);
  });

  it('goes with a version that is not kept any longer', async () => {
    const third: ModelVersion = { ...decided('GatesPassed'), spec: { ...decided('GatesPassed').spec, version: '3.0.0' } };
    metrics.rollouts.decided(desired, [decided('GatesPassed'), third]);
    metrics.rollouts.forget('shop/books', '3.0.0');
    expect(await counted()).toEqual([`recommender_rollout_decisions_total{namespace="shop",${books},rule="GatesPassed"} 1`]);
  });

  it('goes with the model, and with no other', async () => {
    const films = { ...desired, metadata: { ...desired.metadata, name: 'films' } };
    for (const each of [desired, films]) {
      metrics.rollouts.show(each, done);
      metrics.rollouts.decided(each, [decided('GatesPassed')]);
    }
    metrics.rollouts.forget('shop/books');
    const names = [...(await shown()), ...(await counted())].map((line) => /name="(\w+)"/.exec(line)?.[1]);
    expect(names).toEqual(Array.from({ length: 8 }, () => 'films'));
  });
});
