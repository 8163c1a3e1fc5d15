import { describe, expect, it } from '@jest/globals';
import type { ModelContract } from '../../../../serving/contract/report.ts';
import { sampleOf } from '../../../../serving/validate/sample.ts';
import { CONFIG, model, NOW, observed, release, rollout, version } from '../../../testing/builders.ts';
import { CHAMPION, contract, HOUR, ids, judged, passed, USER } from '../../../testing/judged.ts';
import { validationJob } from '../../objects/validationJob.ts';
import { plan } from '../../plan.ts';

describe('a version whose bundle is right', () => {
  it('is compared with the champion, and what was found is kept', () => {
    const { stage, reason, evidence, written } = judged(passed({ contract: contract({ items: sampleOf(ids('i', 120)) }) }));
    expect(stage).toBe('Challenger');
    expect(reason).toBe(
      '2.0.0 passed validation: digests, graph and golden requests are correct. Its contract is compatible with that of champion 1.0.0. It covers 100% of the items of champion 1.0.0 (120 items, 100 before). It covers 100% of the users of champion 1.0.0 (50 users, 50 before). It may serve users.',
    );
    expect(evidence).toEqual([
      { metric: 'item-coverage', estimate: '1', threshold: '0.5', verdict: 'Pass' },
      { metric: 'user-coverage', estimate: '1', threshold: '0.5', verdict: 'Pass' },
    ]);
    expect(written).toMatchObject({ verified: true, task: 'user-to-items', metrics: { 'ndcg@10': '0.41' }, contract: { k: 50 } });
  });

  it('is not compared with a champion that has no contract on record, and that is said', () => {
    const { stage, reason } = judged(passed(), { champion: version('1.0.0', 'Champion') });
    expect([stage, reason]).toEqual(['Challenger', expect.stringContaining('Its contract was not compared with that of champion 1.0.0: 1.0.0 has none on record.')]);
  });

  it('is rejected where the report has no room for a contract, or one that is none, unless nothing is asked of it', () => {
    const { contract: _, ...without } = passed();
    const forged = { ...passed(), contract: { ...contract(), items: { count: 1, sample: 'x'.repeat(5_000) } } };
    for (const report of [without, forged]) {
      const { stage, reason, written } = judged(report);
      expect([stage, written?.contract]).toEqual(['Rejected', undefined]);
      expect(reason).toContain('Its contract was not compared with that of champion 1.0.0: its report was too long to include one. Use shorter input names');
    }
    expect(judged(without, { delivery: { contract: 'Any' } }).stage).toBe('Rejected');
    const content = judged(without, { delivery: { contract: 'Any', minItemCoverage: '0', minUserCoverage: '0' } });
    expect([content.stage, content.reason]).toEqual(['Challenger', expect.stringContaining('its report was too long to include one.')]);
  });

  it('is compared with nothing when it is the first', () => {
    expect(judged(passed(), { champion: undefined }).reason).toBe('2.0.0 passed validation: digests, graph and golden requests are correct. It may serve users.');
  });
});

describe('a version that breaks what callers rely on', () => {
  it.each<[string, Partial<ModelContract>, string]>([
    ['an input that is gone', { inputs: [USER] }, 'input "hour" (float32 from context.hour) is missing'],
    ['an input of another type', { inputs: [USER, { ...HOUR, type: 'string' }] }, 'input "hour" is string from context.hour instead of float32 from context.hour'],
    ['a vocabulary where values were', { inputs: [USER, { ...HOUR, vocabulary: 24 }] }, 'input "hour" is float32 from context.hour by vocabulary instead of float32 from context.hour'],
    ['a field that was optional', { inputs: [USER, { ...HOUR, required: true }] }, 'every request needs context.hour'],
    ['a new field that is required', { inputs: [USER, HOUR, { name: 'q', from: 'text', type: 'string', required: true }] }, 'every request needs text'],
    ['shorter texts', { inputs: [USER, { ...HOUR, maxLength: 20 }] }, 'input "hour" accepts 20 characters instead of any number'],
    ['another task', { task: 'text-to-items' }, 'the task is text-to-items instead of user-to-items'],
    ['fewer answers', { k: 20 }, 'it returns 20 results instead of 50'],
  ])('is rejected, and the Rollout stays as it is: %s', (_what, more, told) => {
    const report = passed({ contract: contract(more) });
    const { stage, reason, runs, status, written } = judged(report);
    expect([stage, runs, status.phase]).toEqual(['Rejected', '1.0.0', 'Rejected']);
    expect(reason).toBe(`2.0.0 was rejected before any user saw it: It breaks the contract that callers of champion 1.0.0 rely on: ${told}. If this is intended, set delivery.validation.contract to Any. Everyone stayed on 1.0.0.`);
    expect(written?.verified).toBe(true);
    expect(status.conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({ status: 'True', reason: 'ContractBroken' });
    const allowed = judged(report, { delivery: { contract: 'Any' } });
    expect([allowed.stage, allowed.reason]).toEqual(['Challenger', expect.stringContaining(`It changes the contract of champion 1.0.0, as delivery.validation.contract allows: ${told}.`)]);
  });

  it('is not one that only adds, or whose graph names its outputs otherwise', () => {
    const more = { inputs: [USER, HOUR, { name: 'place', from: 'context.place', type: 'float32', required: false }], outputs: ['scores'], k: 100 };
    const { stage, reason } = judged(passed({ contract: contract(more) }));
    expect([stage, reason]).toEqual(['Challenger', expect.stringContaining('but its outputs are now scores instead of items and scores.')]);
  });

  it('is one that has lost most items or users', () => {
    const items = judged(passed({ contract: contract({ items: sampleOf(ids('i', 100, 70)) }) }));
    expect([items.stage, items.runs]).toEqual(['Rejected', '1.0.0']);
    expect(items.reason).toContain('It covers 30% of the items of champion 1.0.0 (100 items, 100 before); delivery.validation.minItemCoverage requires 50%.');
    expect(items.evidence).toContainEqual({ metric: 'item-coverage', estimate: '0.3', threshold: '0.5', verdict: 'Fail' });
    const users = judged(passed({ contract: contract({ users: sampleOf(ids('u', 10)) }) }));
    expect(users.reason).toContain('It covers 20% of the users of champion 1.0.0 (10 users, 50 before); delivery.validation.minUserCoverage requires 50%.');
    expect(judged(passed({ contract: contract({ users: sampleOf(ids('u', 10)) }) }), { delivery: { minUserCoverage: '0' } }).stage).toBe('Challenger');
  });
});

describe('analysis.acceptance', () => {
  it('names the metrics that acceptance asks for, so that they have room in its report', () => {
    const { analysis } = model('2.0.0').spec;
    const desired = model('2.0.0', { spec: { analysis: { ...analysis, acceptance: [{ metric: 'ndcg@10', min: '0.3' }] } } });
    expect(JSON.stringify(validationJob(desired, release('2.0.0'), CONFIG))).toContain(JSON.stringify({ name: 'REPORT_METRICS', value: '["ndcg@10"]' }));
  });

  const improves = (minImprovement: string) => ({ acceptance: [{ metric: 'ndcg@10', minImprovement }] });

  it('passes a version that is as good, with the figures on record', () => {
    const { stage, reason, evidence } = judged(passed(), improves('-0.01'));
    expect([stage, reason]).toEqual(['Challenger', expect.stringContaining('Its ndcg@10 is 0.41, +0.01 compared with champion 1.0.0.')]);
    expect(evidence).toContainEqual({ metric: 'ndcg@10', estimate: '0.41', threshold: '0.39', verdict: 'Pass' });
  });

  it('counts in decimals', () => {
    const champion = version('1.0.0', 'Champion', { metrics: { 'ndcg@10': '0.42' } });
    expect(judged(passed(), { ...improves('-0.01'), champion }).stage).toBe('Challenger');
  });

  it('rejects a worse one, quarantines it and leaves the Rollout alone', () => {
    const { stage, reason, evidence, runs, status } = judged(passed({ metrics: { 'ndcg@10': 0.35 } }), improves('-0.01'));
    expect([stage, runs]).toEqual(['Rejected', '1.0.0']);
    expect(reason).toBe('2.0.0 was rejected before any user saw it: Its ndcg@10 is 0.35; champion 1.0.0 has 0.4 and analysis.acceptance requires a difference of at least -0.01. Everyone stayed on 1.0.0.');
    expect(evidence).toContainEqual({ metric: 'ndcg@10', estimate: '0.35', threshold: '0.39', verdict: 'Fail' });
    expect(status.conditions?.find(({ type }) => type === 'GuardrailsHold')).toBeUndefined();
    const rejected = version('2.0.0', 'Rejected', { decisions: [{ at: '2026-03-01T11:00:00Z', from: 'Validating', to: 'Rejected', by: 'x', reason }] });
    const again = plan(observed(model('2.0.0'), { versions: [CHAMPION, rejected], rollout: rollout('1.0.0') }), CONFIG, NOW);
    expect([again.status.phase, again.versions, again.objects.filter(({ kind }) => kind === 'Job')]).toEqual(['Rejected', [], []]);
  });

  it('rejects what is below a fixed value, also as the first version', () => {
    const acceptance = [{ metric: 'ndcg@10', min: '0.5' }];
    expect(judged(passed(), { acceptance, champion: undefined })).toMatchObject({ stage: 'Rejected', reason: expect.stringContaining('Its ndcg@10 is 0.41; analysis.acceptance requires at least 0.5.'), runs: undefined });
  });

  it.each([
    ['is as low', 0.91, { maxIncrease: '0.01' }, 'Challenger', 'Its rmse is 0.91, +0.01 compared with champion 1.0.0.'],
    ['is higher', 0.95, { maxIncrease: '0.01' }, 'Rejected', 'Its rmse is 0.95; champion 1.0.0 has 0.9 and analysis.acceptance requires a difference of at most 0.01.'],
    ['did not fall enough', 0.89, { maxIncrease: '-0.02' }, 'Rejected', 'requires a difference of at most -0.02.'],
    ['is above a fixed value', 0.95, { max: '0.9' }, 'Rejected', 'Its rmse is 0.95; analysis.acceptance requires at most 0.9.'],
  ])('knows metrics of which less is better: one that %s', (_, rmse, asked, stage, told) => {
    const champion = version('1.0.0', 'Champion', { metrics: { rmse: '0.9' } });
    const result = judged(passed({ metrics: { rmse } }), { acceptance: [{ metric: 'rmse', ...asked }], champion });
    expect([result.stage, result.reason]).toEqual([stage, expect.stringContaining(told)]);
  });

  it('refuses a bundle that does not state the metric', () => {
    const { stage, reason } = judged(passed({ metrics: { 'recall@10': 0.3 } }), improves('-0.01'));
    expect([stage, reason]).toEqual(['Rejected', expect.stringContaining('Its bundle records no ndcg@10; analysis.acceptance requires it')]);
    expect(judged(passed({ metrics: JSON.parse('{"ndcg@10": null}') as Record<string, number> }), improves('-0.01')).stage).toBe('Rejected');
  });

  it('says where there is nothing to compare with', () => {
    expect(judged(passed(), { ...improves('0'), champion: undefined }).reason).toContain('Its ndcg@10 of 0.41 was not compared: there is no champion yet.');
    expect(judged(passed(), { ...improves('0'), champion: version('1.0.0', 'Champion') }).reason).toContain('was not compared: champion 1.0.0 has not recorded it.');
  });

  it('tells everything that is wrong at once', () => {
    const { reason } = judged(passed({ metrics: { 'ndcg@10': 0.1 }, contract: contract({ inputs: [USER] }) }), improves('0'));
    expect(reason).toMatch(/"hour" .* is missing\. .* Its ndcg@10 is 0\.1/);
  });
});
