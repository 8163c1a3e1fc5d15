import { describe, expect, it } from '@jest/globals';
import { actAnnotation } from '../../../api/names.ts';
import { CONFIG, model, NOW, observed, rollout, validation, version } from '../../../testing/builders.ts';
import { expectInvariants } from '../../../testing/invariants.ts';
import { runs, stages } from '../../../testing/planned.ts';
import { type Plan, plan } from '../../plan.ts';
import type { Observed } from '../../state/observed.ts';

const passed = { at: '2026-03-01T10:00:00Z', from: 'Validating', to: 'Challenger', by: 'x', reason: 'x.' };
const retired = version('1.0.0', 'Retired', { championSince: '2026-01-01T00:00:00Z' });
const third = version('3.0.0', 'Challenger', { decisions: [passed] });
const moving = rollout('3.0.0', { stable: '2.0.0', currentStepIndex: 1, canary: { weights: { canary: { weight: 50 } } } });
const desired = model('3.0.0', { annotations: { [actAnnotation('rollback')]: '1.0.0 a sales fell' } });
const gone = validation('1.0.0', { result: 'Invalid', reason: 'NotFound', message: 'bundle.yaml is not there.' });
const GOES_ON = [{ body: { spec: { paused: false } } }];
const asked = observed(desired, { versions: [retired, version('2.0.0', 'Champion'), third], rollout: moving });

function planned(situation: Observed): Plan {
  const result = plan(situation, CONFIG, NOW);
  expectInvariants(situation, result);
  return result;
}

/** The plan once the writes of the one before are in the caches, those to the Rollout included. */
function next(situation: Observed, { versions, status, patches }: Plan): Observed {
  const after = situation.versions.map((each) => versions.find(({ spec }) => spec.version === each.spec.version) ?? each);
  const rollout = patches.reduce((before, { body }) => ({ ...before, spec: { ...before.spec, ...(body['spec'] as object | undefined) } }), situation.rollout ?? moving);
  return { ...situation, versions: after, model: { ...situation.model, status }, rollout };
}

describe('a candidate at 50% of users while the bundle of a rollback is tried', () => {
  const first = planned(asked);
  const trying = next(asked, first);

  it('is paused, on record and once, since nothing else is decided about it meanwhile', () => {
    expect(first.patches).toEqual([{ body: { spec: { paused: true } } }]);
    expect(first.status.message).toContain('the champion stays until then. 3.0.0 is paused in the meantime.');
    expect(first.versions[0]?.status?.decisions?.[0]).toMatchObject({
      rule: 'PausedByHand',
      reason: expect.stringContaining('3.0.0 was paused at 50% of users, step 1 of 2, because annotation (sales fell) requested a rollback to 1.0.0. It stays there'),
    });
    const again = planned(trying);
    expect([again.versions, again.patches, again.status.lastAct?.outcome]).toEqual([[], [], 'Underway']);
  });

  it('is given up when the bundle is good, and the pause is lifted for the way back', () => {
    const done = planned({ ...trying, ...validation('1.0.0', { result: 'Passed', reason: 'Valid', message: 'fine' }) });
    expect(done.versions.map(({ spec, status }) => [spec.version, status?.stage])).toEqual([['3.0.0', 'RolledBack'], ['1.0.0', 'Champion'], ['2.0.0', 'RolledBack']]);
    expect(done.patches).toEqual(GOES_ON);
  });

  it('is aborted at once by whoever asks for that, and the bundle is tried on', () => {
    const both = model('3.0.0', { annotations: { [actAnnotation('rollback')]: '1.0.0 a sales fell', [actAnnotation('abort')]: '3.0.0 b enough' } });
    const situation = { ...trying, model: { ...both, status: trying.model.status ?? {} } };
    const aborted = planned(situation);
    expect([stages(aborted), runs(aborted), aborted.patches]).toEqual([[['3.0.0', 'Rejected']], '2.0.0', GOES_ON]);
    expect(aborted.status.lastAct).toMatchObject({ act: 'abort', outcome: 'Done' });
    const later = planned({ ...next(situation, aborted), rollout: rollout('2.0.0') });
    expect([stages(later), later.status.lastAct?.outcome, later.status.message]).toEqual([[], 'Underway', expect.stringContaining('The bundle of 1.0.0 is being fetched and validated')]);
    const done = planned({ ...next(situation, aborted), rollout: rollout('2.0.0'), ...validation('1.0.0', { result: 'Passed', reason: 'Valid', message: 'fine' }) });
    expect(stages(done)).toEqual([['1.0.0', 'Champion'], ['2.0.0', 'RolledBack']]);
  });

  it('goes on when the bundle is gone, with the reason on record, and all is as before', () => {
    const barred = planned({ ...trying, ...gone });
    expect([barred.patches, barred.status.phase, barred.status.lastAct?.outcome]).toEqual([GOES_ON, 'Canary', 'Refused']);
    expect(barred.versions[0]?.status?.decisions?.[0]).toMatchObject({
      rule: 'ResumedByHand',
      by: 'annotation',
      reason: '3.0.0 was resumed at 50% of users, step 1 of 2, because rollback 1.0.0 requested by annotation had no effect: its bundle is not usable (bundle.yaml is not there). It continues from there.',
    });
    const later = planned(next({ ...trying, ...gone }, barred));
    expect([later.versions, later.patches, later.status.message]).toEqual([[], [], '3.0.0 at 50% of users, step 1 of 2: holding.']);
  });
});

describe('a candidate that goes on since the bundle of a rollback is gone', () => {
  const trying = next(asked, planned(asked));
  const barred = planned({ ...trying, ...gone });

  it('does so though the operator ended between the record and the patch', () => {
    const recorded = { ...next({ ...trying, ...gone }, { ...barred, patches: [] }), model: trying.model };
    const again = planned(recorded);
    expect([again.versions, again.patches, again.status.lastAct?.outcome]).toEqual([[], GOES_ON, 'Refused']);
  });

  it('is held and let go once on record, though the operator ended before it could tell the refusal, and the bundle is tried anew', () => {
    const anew = { ...next(trying, barred), model: trying.model };
    const held = planned(anew);
    expect([held.versions, held.patches, held.status.lastAct?.outcome]).toEqual([[], [{ body: { spec: { paused: true } } }], 'Underway']);
    const again = planned({ ...next(anew, held), ...gone });
    expect([again.versions, again.patches, again.status.lastAct?.outcome]).toEqual([[], GOES_ON, 'Refused']);
  });

  it('does so as well when the rollback is withdrawn, or another one takes its place and is refused', () => {
    const withdrawn = planned({ ...trying, model: { ...model('3.0.0'), status: trying.model.status ?? {} } });
    expect([withdrawn.patches, withdrawn.versions[0]?.status?.decisions?.[0]?.reason]).toEqual([GOES_ON, expect.stringContaining('because the rollback it was paused for did not take place. It continues')]);
    const other = planned({ ...trying, model: model('3.0.0', { annotations: { [actAnnotation('rollback')]: '1.1.0 b' } }) });
    expect([other.patches, other.versions[0]?.status?.decisions?.[0]?.reason]).toEqual([GOES_ON, expect.stringContaining('1.1.0 is not registered. It continues')]);
  });
});

describe('a pause of a person', () => {
  const pause = { ...passed, at: '2026-03-01T11:00:00Z', from: 'Challenger', act: 'pause 3.0.0 rollback to be talked about' };
  const byAct = { ...asked, versions: [retired, version('2.0.0', 'Champion'), version('3.0.0', 'Challenger', { decisions: [pause, passed] })] };

  it.each([
    ['by an act', byAct],
    ['in Argo Rollouts', asked],
  ])('%s stays, whatever comes of a rollback that is asked for then', (_, situation) => {
    const paused = { ...situation, rollout: { ...moving, spec: { ...moving.spec, paused: true } } };
    const first = planned(paused);
    expect([first.versions, first.patches, first.status.lastAct?.outcome]).toEqual([[], [], 'Underway']);
    const barred = planned({ ...next(paused, first), ...gone });
    expect([barred.versions, barred.patches, barred.status.lastAct?.outcome]).toEqual([[], [], 'Refused']);
  });

  it('that is asked for while the bundle is tried takes the place of that of the rollback', () => {
    const both = model('3.0.0', { annotations: { [actAnnotation('rollback')]: '1.0.0 a sales fell', [actAnnotation('pause')]: '3.0.0 b wait' } });
    const trying = next(asked, planned(asked));
    const waiting = planned({ ...trying, model: { ...both, status: trying.model.status ?? {} } });
    expect([waiting.versions, waiting.status.acts]).toEqual([[], undefined]);
    const barred = planned({ ...trying, ...gone, model: { ...both, status: waiting.status } });
    expect([barred.patches, barred.status.acts]).toEqual([[], { rollback: '1.0.0 a sales fell', pause: '3.0.0 b wait' }]);
    const later = planned(next({ ...trying, ...gone, model: both }, barred));
    expect([later.versions, later.patches, later.status.message]).toEqual([[], [], expect.stringContaining('3.0.0 was paused at 50% of users, step 1 of 2, by annotation (wait)')]);
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
    const result = planned(observed(desired, { versions, rollout: rollout('3.0.0') }));
    expect([runs(result), result.status.lastAct?.outcome]).toEqual(['2.0.0', 'Underway']);
  });

  it('is left alone with the champion, and with a candidate that waits at its step', () => {
    expect(runs(planned({ ...asked, rollout: rollout('2.0.0') }))).toBeUndefined();
    expect(runs(planned(asked))).toBeUndefined();
  });
});
