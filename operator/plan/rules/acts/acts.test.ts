import { describe, expect, it } from '@jest/globals';
import type { RecommenderModel } from '../../../api/model.ts';
import { actAnnotation, type ActName, ANNOTATIONS } from '../../../api/names.ts';
import { analysisRun, digestOf, model, observed, rollout, validation, version } from '../../../testing/builders.ts';
import { planned, runs, stages } from '../../../testing/planned.ts';
import type { Plan } from '../../plan.ts';
import type { Observed } from '../../state/observed.ts';

const champion = version('1.0.0', 'Champion');
const passed = { at: '2026-03-01T10:00:00Z', from: 'Validating', to: 'Challenger', by: 'x', reason: 'x.' };
const acted = (act: string) => ({ at: '2026-03-01T11:00:00Z', from: 'Challenger', to: 'Challenger', by: 'ann', reason: `${act} by ann.`, act });
const challenger = (...acts: string[]) => version('2.0.0', 'Challenger', { decisions: [...acts.map(acted), passed] });
const moving = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 1, canary: { weights: { canary: { weight: 10 } } } });
const paused = { ...moving, spec: { ...moving.spec, paused: true } };

const ask = (act: ActName, text: string, more: { desired?: string; spec?: Partial<RecommenderModel['spec']> } = {}): RecommenderModel =>
  model(more.desired ?? '2.0.0', { annotations: { [actAnnotation(act)]: text }, ...(more.spec ? { spec: more.spec } : {}) });

/** The plan once the writes of the one before are in the caches. */
function next(situation: Observed, { versions, status }: Plan): Observed {
  const after = situation.versions.map((each) => versions.find(({ spec }) => spec.version === each.spec.version) ?? each);
  return { ...situation, versions: after, model: { ...situation.model, status } };
}


describe('an act', () => {
  it('is recorded with who wrote the annotation and why, and acts once', () => {
    const desired = ask('abort', '2.0.0 17 complaints from the shop');
    const managedFields = [{ manager: 'kubectl-annotate', fieldsV1: { 'f:metadata': { 'f:annotations': { 'f:recommender.dev/abort': {} } } } }];
    const situation = observed({ ...desired, metadata: { ...desired.metadata, managedFields } }, { versions: [champion, challenger()], rollout: moving });
    const result = planned(situation);
    expect(result.versions[0]?.status?.decisions?.[0]).toMatchObject({
      to: 'Rejected',
      by: 'kubectl-annotate',
      act: 'abort 2.0.0 17 complaints from the shop',
      reason: '2.0.0 was aborted at 10% of users, step 1 of 2, by kubectl-annotate (complaints from the shop). Its users went back to 1.0.0.',
    });
    expect(result.status.acts).toEqual({ abort: '2.0.0 17 complaints from the shop' });
    expect(runs(result)).toBe('1.0.0');
    expect(planned(next(situation, result)).versions).toEqual([]);
  });

  it('is not repeated when the operator ended between the record and the status of the model', () => {
    const situation = observed(ask('pause', '2.0.0 a'), { versions: [champion, challenger('pause 2.0.0 a')], rollout: paused });
    const result = planned(situation);
    expect([result.versions, result.status.acts]).toEqual([[], { pause: '2.0.0 a' }]);
  });

  it('stays answered though its annotation was taken away and came back', () => {
    const situation = observed(ask('pause', '2.0.0 a'), { versions: [champion, challenger()], rollout: moving });
    const without = { ...next(situation, planned(situation)), versions: [champion, challenger()] };
    const gone = { ...without, model: { ...without.model, metadata: { ...without.model.metadata, annotations: {} } } };
    const back = { ...gone, model: { ...situation.model, status: planned(gone).status } };
    expect(planned(back).versions).toEqual([]);
  });

  it.each([
    ['approve', '1.9.0 t', 'spec.release names 2.0.0'],
    ['abort', `2.0.0@${digestOf('6.6.6')} t`, '2.0.0 is registered with a different digest'],
    ['approve', '2.0.0 t', 'delivery.approval is Automatic'],
    ['resume', '2.0.0 t', '2.0.0 is not paused'],
    ['retry', '2.0.0 t', '2.0.0 has not been rejected'],
    ['pause', ' ', 'the annotation names no version'],
    ['rollback', '0.9.0 t', '0.9.0 is not registered'],
    ['rollback', '1.0.0 t', '1.0.0 is already the champion'],
    ['rollback', '2.0.0 t', '2.0.0 was never champion'],
  ] as const)('%s %p is refused with a sentence and changes nothing', (act, text, why) => {
    const situation = observed(ask(act, text), { versions: [champion, challenger()], rollout: moving });
    const result = planned(situation);
    expect([stages(result), result.patches, runs(result)]).toEqual([[], [], undefined]);
    expect(result.status.lastAct).toMatchObject({ act, outcome: 'Refused', message: expect.stringContaining(why) });
    expect(result.announcements).toContainEqual(expect.objectContaining({ reason: 'ActRefused' }));
    const again = planned(next(situation, result));
    expect([again.announcements, again.status]).toEqual([[], result.status]);
  });
});

describe('abort', () => {
  it('lifts the pause on the way back', () => {
    const result = planned(observed(ask('abort', '2.0.0 a'), { versions: [champion, challenger('pause 2.0.0 a')], rollout: paused }));
    expect(result.patches).toEqual([{ body: { spec: { paused: false } } }]);
    expect(runs(result)).toBe('1.0.0');
  });

  it('that comes when the version serves everyone points to the rollback', () => {
    const result = planned(observed(ask('abort', '2.0.0 a'), { versions: [champion, challenger()], rollout: rollout('2.0.0') }));
    expect(result.status.lastAct?.message).toContain('already serves everyone; use a rollback');
    expect(stages(result)).toContainEqual(['2.0.0', 'Champion']);
  });
});

describe('pause and resume', () => {
  it('hold the Rollout at its step and let it go on, without touching template or steps', () => {
    const asked = observed(ask('pause', '2.0.0 a'), { versions: [champion, challenger()], rollout: moving });
    const held = planned(next(asked, planned(asked)));
    expect([held.patches, runs(held)]).toEqual([[{ body: { spec: { paused: true } } }], undefined]);
    expect(held.status.message).toContain('2.0.0 was paused at 10% of users, step 1 of 2, by annotation. It stays there');
    const lifted = planned(observed(model('2.0.0'), { versions: [champion, challenger('resume 2.0.0 b', 'pause 2.0.0 a')], rollout: paused }));
    expect(lifted.patches).toEqual([{ body: { spec: { paused: false } } }]);
  });

  it('leave alone what somebody paused in Argo Rollouts', () => {
    const result = planned(observed(model('2.0.0'), { versions: [champion, challenger()], rollout: paused }));
    expect(result.patches).toEqual([]);
    expect(result.status.message).toContain('in Argo Rollouts');
  });
});

describe('promote', () => {
  const failing = analysisRun('2.0.0', { 'error-rate': { phase: 'Failed', value: '[-62.9,0.5]' } }, { [`recommender.dev/attempt`]: '2.0.0_1772359200' });

  it('skips the remaining steps and says whose limits were skipped', () => {
    const asked = observed(ask('promote', '2.0.0 a urgent'), { versions: [champion, challenger()], rollout: moving, runs: [failing] });
    const first = planned(asked);
    expect(first.versions[0]?.status?.decisions?.[0]?.reason).toBe(
      '2.0.0 was promoted at 10% of users, step 1 of 2, by annotation (urgent), although error-rate is violated. The remaining steps and gates are skipped.',
    );
    const then = next(asked, first);
    expect(planned(then).patches).toEqual([{ body: { status: { promoteFull: true } }, subresource: 'status' }]);
    expect(planned({ ...then, rollout: { ...moving, status: { ...moving.status, promoteFull: true } } }).patches).toEqual([]);
    const ended = planned({ ...then, rollout: rollout('2.0.0') });
    expect(ended.status.message).toContain('2.0.0 serves everyone. 2.0.0 was promoted at 10% of users');
  });
});

describe('rollback', () => {
  const retired = version('1.0.0', 'Retired', { championSince: '2026-01-01T00:00:00Z', verified: true });
  const current = version('2.0.0', 'Champion');
  const situation = observed(ask('rollback', '1.0.0 a sales fell'), { versions: [retired, current], rollout: rollout('2.0.0') });

  it('tries the bundle before anything changes', () => {
    const result = planned(situation);
    expect([stages(result), runs(result)]).toEqual([[], undefined]);
    expect(result.objects.find(({ kind }) => kind === 'Job')?.metadata.annotations).toMatchObject({ [ANNOTATIONS.version]: '1.0.0' });
    expect(result.status.lastAct).toMatchObject({ outcome: 'Underway' });
    expect(result.status.acts).toBeUndefined();
  });

  it('says that the bundle is gone and changes nothing', () => {
    const report = { result: 'Invalid', reason: 'NotFound', message: 'bundle.yaml is not there.' } as const;
    const result = planned({ ...situation, ...validation('1.0.0', report) });
    expect(stages(result)).toEqual([]);
    expect(runs(result)).toBe('2.0.0');
    expect(result.status.lastAct).toMatchObject({ outcome: 'Refused', message: expect.stringContaining('bundle.yaml is not there') });
  });

  it('makes the earlier champion champion without steps, and holds while spec.release names the other', () => {
    const report = { result: 'Passed', reason: 'Valid', message: 'fine' } as const;
    const proven = { ...situation, ...validation('1.0.0', report) };
    const result = planned(proven);
    expect(stages(result)).toEqual([['1.0.0', 'Champion'], ['2.0.0', 'RolledBack']]);
    expect(runs(result)).toBe('1.0.0');
    expect(result.status).toMatchObject({ phase: 'RolledBack', champion: { version: '1.0.0' } });
    const later = next({ ...proven, jobs: [], pods: [], rollout: rollout('1.0.0') }, result);
    const held = planned(later);
    expect([stages(held), runs(held), held.status.phase]).toEqual([[], '1.0.0', 'RolledBack']);
    expect(held.status.message).toContain('rolled back from 2.0.0 by annotation (sales fell). Everyone returns to it. It is not retried');
    const fixed = planned({ ...later, model: { ...model('2.0.1'), status: held.status }, versions: [...later.versions, version('2.0.1')] });
    expect(stages(fixed)).toEqual([['2.0.1', 'Validating']]);
  });

  it('is finished by the next operator when this one ends between its records', () => {
    const report = { result: 'Passed', reason: 'Valid', message: 'fine' } as const;
    const result = planned({ ...situation, ...validation('1.0.0', report) });
    const onlyFirst = { ...result, versions: result.versions.slice(0, 1), status: situation.model.status ?? {} };
    const finished = planned({ ...next(situation, onlyFirst) });
    expect(stages(finished)).toEqual([['2.0.0', 'RolledBack']]);
    expect(finished.versions[0]?.status?.decisions?.[0]).toMatchObject({ by: 'annotation', reason: expect.stringContaining('sales fell') });
    expect(finished.status.acts).toEqual({ rollback: '1.0.0 a sales fell' });
  });

  it('gives up the candidate that was on its way with it', () => {
    const desired = ask('rollback', '1.0.0 a', { desired: '3.0.0' });
    const third = version('3.0.0', 'Challenger', { decisions: [passed] });
    const between = rollout('3.0.0', { stable: '2.0.0', currentStepIndex: 1 });
    const result = planned(observed(desired, { versions: [retired, current, third], rollout: between, ...validation('1.0.0', { result: 'Passed', reason: 'Valid', message: 'fine' }) }));
    expect(stages(result)).toEqual([['3.0.0', 'RolledBack'], ['1.0.0', 'Champion'], ['2.0.0', 'RolledBack']]);
    expect(runs(result)).toBe('1.0.0');
  });
});

describe('retry', () => {
  it('lifts every record by which the bundle is kept out', () => {
    const renamed = version('2.0.1', 'RolledBack');
    const other = { ...renamed, spec: { ...renamed.spec, digest: digestOf('2.0.0') } };
    const situation = observed(ask('retry', '2.0.0 a'), { versions: [champion, version('2.0.0', 'Rejected'), other], rollout: rollout('1.0.0') });
    const result = planned(situation);
    expect(stages(result)).toEqual(expect.arrayContaining([['2.0.0', 'Candidate'], ['2.0.1', 'Candidate']]));
    expect(planned(next(situation, result)).status.phase).toBe('Validating');
  });
});
