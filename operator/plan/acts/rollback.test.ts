import { describe, expect, it } from '@jest/globals';
import { CONFIG, model, NOW, observed, rollout, validation, version } from '../../../tests/builders.ts';
import { expectInvariants } from '../../../tests/invariants.ts';
import { runs, stages } from '../../../tests/planned.ts';
import { actAnnotation } from '../../api/names.ts';
import type { Observed } from '../observed.ts';
import { type Plan, plan } from '../plan.ts';

const passed = { at: '2026-03-01T10:00:00Z', from: 'Validating', to: 'Challenger', by: 'x', reason: 'x.' };
const retired = version('1.0.0', 'Retired', { championSince: '2026-01-01T00:00:00Z' });
const third = version('3.0.0', 'Challenger', { decisions: [passed] });
const moving = rollout('3.0.0', { stable: '2.0.0', currentStepIndex: 1, canary: { weights: { canary: { weight: 50 } } } });
const wish = model('3.0.0', { annotations: { [actAnnotation('rollback')]: '1.0.0 a sales fell' } });
const asked = observed(wish, { versions: [retired, version('2.0.0', 'Champion'), third], rollout: moving });

function planned(situation: Observed): Plan {
  const result = plan(situation, CONFIG, NOW);
  expectInvariants(situation, result);
  return result;
}

/** The plan once the writes of the one before are in the caches, those to the Rollout included. */
function next(situation: Observed, { versions, status, patches }: Plan): Observed {
  const after = situation.versions.map((each) => versions.find(({ spec }) => spec.version === each.spec.version) ?? each);
  const paused = patches.some(({ body }) => JSON.stringify(body).includes('"paused":true'));
  return { ...situation, versions: after, model: { ...situation.model, status }, rollout: { ...moving, spec: { ...moving.spec, paused } } };
}

describe('a candidate at 50% of users while the bundle of a rollback is tried', () => {
  const first = planned(asked);
  const trying = next(asked, first);

  it('is paused, on record and once, since nothing else is decided about it meanwhile', () => {
    expect(first.patches).toEqual([{ body: { spec: { paused: true } } }]);
    expect(first.status.message).toContain('the champion stays until then. 3.0.0 is paused meanwhile.');
    expect(first.versions[0]?.status?.decisions?.[0]).toMatchObject({
      rule: 'PausedByHand',
      reason: expect.stringContaining('3.0.0 was paused at 50% of users, step 1 of 2, because annotation (sales fell) asked for a rollback to 1.0.0. It stays there'),
    });
    const again = planned(trying);
    expect([again.versions, again.patches, again.status.lastAct?.outcome]).toEqual([[], [], 'Underway']);
  });

  it('is given up when the bundle is good, and the pause is lifted for the way back', () => {
    const done = planned({ ...trying, ...validation('1.0.0', { result: 'Passed', reason: 'Valid', message: 'fine' }) });
    expect(done.versions.map(({ spec, status }) => [spec.version, status?.stage])).toEqual([['3.0.0', 'RolledBack'], ['1.0.0', 'Champion'], ['2.0.0', 'RolledBack']]);
    expect(done.patches).toEqual([{ body: { spec: { paused: false } } }]);
  });

  it('stays paused when the bundle is gone, and says how it goes on', () => {
    const barred = planned({ ...trying, ...validation('1.0.0', { result: 'Invalid', reason: 'NotFound', message: 'bundle.yaml is not there.' }) });
    expect([barred.patches, barred.status.lastAct?.outcome]).toEqual([[], 'Refused']);
    expect(barred.status.message).toContain('until recommender.dev/resume="3.0.0 TOKEN" lets it go on');
  });
});

describe('while the bundle of a rollback is tried, a Rollout that is to lead back already', () => {
  it('leaves a candidate that spec.release gave up in the same moment, before Argo Rollouts gives it more users', () => {
    const moved = model('2.0.0', { annotations: { [actAnnotation('rollback')]: '1.0.0 a sales fell' } });
    const result = planned({ ...asked, model: moved });
    expect([stages(result), runs(result), result.status.lastAct?.outcome]).toEqual([[['3.0.0', 'Candidate']], '2.0.0', 'Underway']);
  });

  it('is told of an earlier rollback that is on record, though the operator ended before it could tell it', () => {
    const back = { at: '2026-03-01T11:00:00Z', from: 'Retired', to: 'Champion', by: 'x', reason: 'x.', act: 'rollback 2.0.0 z' };
    const versions = [retired, version('2.0.0', 'Champion', { decisions: [back] }), version('3.0.0', 'RolledBack')];
    const result = planned(observed(wish, { versions, rollout: rollout('3.0.0') }));
    expect([runs(result), result.status.lastAct?.outcome]).toEqual(['2.0.0', 'Underway']);
  });

  it('is left alone with the champion, and with a candidate that waits at its step', () => {
    expect(runs(planned({ ...asked, rollout: rollout('2.0.0') }))).toBeUndefined();
    expect(runs(planned(asked))).toBeUndefined();
  });
});
