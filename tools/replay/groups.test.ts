import { describe, expect, it } from '@jest/globals';
import type { DecisionRecord } from '../../operator/api/model.ts';
import { decision, digestOf, PASS, recorded, ref, rollout, time, VALIDATED, violations, weight } from './testing/log.ts';

describe('the replay of an audit log of a group', () => {
  const of = (model: string) => ({
    release: { objectRef: ref('recommendermodels', model), requestObject: { spec: { group: 'home', release: {} } } },
    registered: (version: string) => ({ objectRef: ref('modelversions', `${model}-${version}`), requestObject: { spec: { model, version, digest: digestOf(version) } } }),
    recorded: (version: string, ...decisions: DecisionRecord[]) => ({ ...recorded(version, ...decisions), objectRef: ref('modelversions', `${model}-${version}`, 'status') }),
    rollout: { ...rollout('2.0.0', [{ setWeight: 10 }, { pause: {} }, { setWeight: 50 }]), objectRef: ref('rollouts', model) },
    weight: (share: number) => ({ ...weight(share, '2.0.0'), objectRef: ref('ingresses', `${model}-${model}-canary`) }),
  });
  const [retriever, ranker] = [of('retriever'), of('ranker')];
  const TOGETHER = [...VALIDATED, decision('Challenger', 'Challenger', { rule: 'StartedTogether' })];
  const begun = [retriever, ranker].flatMap((each) => [
    each.release, each.registered('1.0.0'), each.recorded('1.0.0', ...VALIDATED, decision('Challenger', 'Champion')),
    each.registered('2.0.0'), each.recorded('2.0.0', ...TOGETHER), each.rollout, each.weight(10),
  ]);
  const CHAMPION = decision('Challenger', 'Champion', { at: time(30), ...PASS });

  it('finds nothing wrong with models that take every step together', () => {
    expect(violations(...begun, retriever.weight(50), ranker.weight(50), ranker.weight(100), retriever.weight(100), retriever.recorded('2.0.0', ...TOGETHER, CHAMPION))).toEqual([]);
  });

  it('finds nothing wrong with one that follows after the other has arrived and given its share back', () => {
    expect(violations(...begun, retriever.weight(50), ranker.weight(50), ranker.weight(100), ranker.weight(0), retriever.weight(100), ranker.recorded('2.0.0', ...TOGETHER, CHAMPION))).toEqual([]);
  });

  it('names one that went ahead, by a step or to everyone', () => {
    expect(violations(...begun, retriever.weight(30), retriever.weight(50))).toEqual([expect.stringContaining('retriever 2.0.0 went to 50% ahead of ranker 2.0.0 of its group')]);
    expect(violations(...begun, retriever.weight(100))).toEqual([expect.stringContaining('went to 100% ahead of ranker 2.0.0')]);
    expect(violations(...begun, ranker.weight(0), retriever.weight(50))).toContainEqual(expect.stringContaining('went to 50% ahead of ranker 2.0.0'));
  });

  it('names a promotion after another was lost, but by a person', () => {
    const rejected = ranker.recorded('2.0.0', ...TOGETHER, decision('Challenger', 'Rejected', { at: time(20) }));
    expect(violations(...begun, rejected, retriever.recorded('2.0.0', ...TOGETHER, CHAMPION))).toEqual([expect.stringContaining('was promoted although ranker 2.0.0 of its group had been lost')]);
    const byHand = decision('Challenger', 'Challenger', { at: time(21), rule: 'PromotedByHand', act: 'promote 2.0.0 a' });
    expect(violations(...begun, rejected, retriever.recorded('2.0.0', ...TOGETHER, byHand, CHAMPION))).toEqual([]);
  });
});
