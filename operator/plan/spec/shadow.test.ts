import { describe, expect, it } from '@jest/globals';
import type { Rollout } from '../../api/argo.ts';
import { actAnnotation, LABELS } from '../../api/names.ts';
import { analysisRun, candidateRollout, CONFIG, model, NOW, observed, rollout, validation, version } from '../../testing/builders.ts';
import { type Plan, plan } from '../plan.ts';
import { approvalsOf } from '../state/acts.ts';
import type { Observed } from '../state/observed.ts';
import { attemptAt } from '../state/snapshot.ts';

const { delivery: usual, analysis } = model('2.0.0').spec;
const versions = [version('1.0.0', 'Champion'), version('2.0.0', 'Shadow')];

function shadowed(more: Partial<typeof usual.shadow> = {}, limits: typeof analysis.shadow = {}) {
  const delivery = { ...usual, strategy: 'Shadow' as const, shadow: { ...usual.shadow, ...more } };
  return { spec: { delivery, analysis: { ...analysis, shadow: limits } } };
}

const planOf = (desired = model('2.0.0', shadowed()), more: Partial<Observed> = {}) => plan(observed(desired, { versions, ...more }), CONFIG, NOW);
const started = (desired = model('2.0.0', shadowed())) => {
  const { objects } = planOf(desired, { rollout: rollout('1.0.0') });
  return { objects, canary: (objects.find(({ kind }) => kind === 'Rollout') as Rollout | undefined)?.spec.strategy?.canary };
};
/** The Rollout of `desired` as Argo Rollouts has it at one of its steps. */
const at = (currentStepIndex: number, desired = model('2.0.0', shadowed()), isPaused = false): Rollout =>
  candidateRollout(desired, { currentStepIndex, ...(isPaused ? { pauseConditions: [{ reason: 'CanaryPauseStep', startTime: '2026-03-01T12:00:00Z' }] } : {}) });
const measured = { 'shadow-requests': { phase: 'Successful', value: '[2040]' }, 'shadow-overlap': { phase: 'Successful', value: '[-2040.3,0.83]' } } as const;

describe('a shadowed delivery', () => {
  it('compares a whole stack without users before the first of them, and judges forwarded requests only from then on', () => {
    const { canary, objects } = started();
    expect(canary).toMatchObject({
      steps: [
        { setCanaryScale: { weight: 100 } },
        { pause: { duration: 1800 } },
        { analysis: { templates: [{ templateName: 'books-shadow-gate' }] } },
        { setWeight: 10 },
        { pause: { duration: 900 } },
        { analysis: { templates: [{ templateName: 'books-gate' }, { templateName: 'books-weight' }] } },
        { setWeight: 50 },
        { pause: { duration: 900 } },
        { analysis: { templates: [{ templateName: 'books-gate' }, { templateName: 'books-weight' }] } },
      ],
      analysis: { startingStep: 4 },
    });
    expect(objects.map(({ metadata }) => metadata.name)).toContain('books-shadow-gate');
  });

  it('tells the champion\'s pods by the carrier, and only for a candidate', () => {
    const carried = (canary: unknown) => JSON.stringify(canary).includes('"shadow-percent":"20"');
    const desired = model('2.0.0', shadowed({ percent: 20 }));
    expect(carried(started(desired).canary)).toBe(true);
    const back = planOf(model('1.0.0', shadowed({ percent: 20 })), { rollout: at(1) }).objects.find(({ kind }) => kind === 'Rollout');
    expect(back).toBeDefined();
    expect(carried(back?.['spec'])).toBe(false);
  });

  it('asks for limits that were given, and tells the rest', () => {
    const { objects } = started(model('2.0.0', shadowed({}, { minOverlap: '0.5', maxScoreDrift: '0.2' })));
    const gate = objects.find(({ metadata }) => metadata.name === 'books-shadow-gate')?.['spec'] as { metrics: { name: string; successCondition: string; failureCondition: string }[] };
    const conditions = (name: string) => gate.metrics.find((each) => each.name === name);
    expect(conditions('shadow-overlap')?.successCondition).toContain('result[1] >= 0.5');
    expect(conditions('shadow-score-drift')?.failureCondition).toContain('!(result[1] <= 0.2)');
    expect(conditions('shadow-coverage')).toMatchObject({ successCondition: 'len(result) >= 1 && result[0] <= -100', failureCondition: 'false' });
    // Too few answers are waited for, never a failure.
    expect(conditions('shadow-requests')?.failureCondition).toBe('false');
  });

  it('says what happens at each of its parts', () => {
    const told = (index: number, more: Partial<Observed> = {}, isPaused = false) => planOf(undefined, { rollout: at(index, undefined, isPaused), ...more }).status;
    expect(told(0)).toMatchObject({ phase: 'Shadow', message: '2.0.0 is about to be shadowed: its pods are starting.' });
    expect(told(1, {}, true).message).toBe('2.0.0 is being shadowed until 12:30:00 UTC: requests of 100% of users are duplicated, and no user sees its answers.');
    const few = analysisRun('2.0.0', { 'shadow-requests': { phase: 'Inconclusive', value: '[62.4]' } }, { 'step-index': '2' });
    expect(told(2, { runs: [few] }).message).toBe('2.0.0 is being shadowed: 62 of 100 requests compared.');
    expect(told(4)).toMatchObject({ phase: 'Canary', candidate: { step: 2 } });
  });

  it('rejects a version that ranks otherwise, before any user saw it, and names what was measured', () => {
    const desired = model('2.0.0', shadowed({}, { minOverlap: '0.5' }));
    const failed = analysisRun('2.0.0', { ...measured, 'shadow-overlap': { phase: 'Failed', value: '[-2040.3,0.321]' } }, { 'step-index': '2' });
    const { status, versions: changed } = planOf(desired, { rollout: rollout('2.0.0', { stable: '1.0.0', abort: true, phase: 'Degraded' }), runs: [failed] });
    expect(status.message).toBe('2.0.0 was rejected before any user saw it: its overlap with the champion was 0.321 (2,040 requests), below the minimum of 0.5. Everyone stayed on 1.0.0.');
    const evidence = changed[0]?.status?.decisions?.[0]?.evidence ?? [];
    expect(evidence).toEqual(expect.arrayContaining([expect.objectContaining({ metric: 'shadow-overlap', estimate: '0.321', threshold: '0.5', samples: 2040, verdict: 'Fail' })]));
  });
});

describe('the stages of a shadowed version', () => {
  const began = { at: '2026-03-01T11:00:00Z', from: 'Validating', to: 'Shadow', by: 'x', reason: 'x.' };
  const inShadow = (...more: (typeof began & { act?: string })[]) => ({ versions: [version('1.0.0', 'Champion'), version('2.0.0', 'Shadow', { decisions: [...more, began] })] });
  const all = Object.fromEntries(['requests', 'error-rate', 'average-latency', 'p99-latency', 'overlap', 'rank-biased-overlap', 'coverage', 'score-drift'].map((name) => [`shadow-${name}`, { phase: 'Successful' as const, value: name === 'requests' ? '[312]' : '[-312,0.5]' }]));
  const compared = analysisRun('2.0.0', all, { [LABELS.attempt]: '2.0.0_1772362800', 'step-index': '2' });
  const last = ({ versions: changed }: Plan) => changed[0]?.status?.decisions?.[0];

  it('are Shadow once it is validated, and Challenger where there is nobody to compare it with', () => {
    const validated = validation('2.0.0', { result: 'Passed', reason: 'Valid', message: 'fine' });
    const beside = planOf(undefined, { ...validated, rollout: rollout('1.0.0'), versions: [version('1.0.0', 'Champion'), version('2.0.0', 'Validating')] });
    expect(last(beside)).toMatchObject({ to: 'Shadow', rule: 'ValidationPassed', reason: expect.stringContaining('It may be shadowed.') });
    expect(beside.versions[0]?.status?.verified).toBe(true);
    expect(last(planOf(undefined, { ...validated, versions: [version('2.0.0', 'Validating')] }))).toMatchObject({ to: 'Challenger' });
  });

  it('are Challenger from its first users on, in the same attempt: nothing of it is started, asked or approved again', () => {
    const approval = { ...began, at: '2026-03-01T11:30:00Z', from: 'Shadow', to: 'Shadow', act: 'approve 2.0.0 1' };
    expect(planOf(undefined, { rollout: at(2), ...inShadow(approval), runs: [compared] }).versions).toEqual([]);
    const among = planOf(undefined, { rollout: at(3), ...inShadow(approval), runs: [compared] });
    expect(last(among)).toMatchObject({ from: 'Shadow', to: 'Challenger', rule: 'ShadowEnded', reason: expect.stringContaining('2.0.0 passed its shadow phase: ') });
    const [challenger = version('2.0.0')] = among.versions;
    expect([attemptAt(challenger), approvalsOf(challenger)]).toEqual(['2.0.0_1772362800', 1]);
    const next = planOf(undefined, { rollout: at(3), versions: [version('1.0.0', 'Champion'), challenger], runs: [compared] });
    expect([next.versions, next.status.verdicts?.map(({ metric }) => metric)]).toEqual([[], Object.keys(all)]);
  });

  it('tell the share of the first users, though the operator was away until a later step', () => {
    expect(last(planOf(undefined, { rollout: at(6), ...inShadow(), runs: [compared] }))?.reason).toContain('Its first users (10%) received its answers.');
  });

  it('say so when somebody let it out of its shadow in Argo Rollouts', () => {
    expect(last(planOf(undefined, { rollout: at(3), ...inShadow() }))?.reason).toBe(
      '2.0.0 left its shadow phase: no passed gate was found for it, so someone may have resumed it in Argo Rollouts. Its first users (10%) received its answers.',
    );
  });

  it('do not change by an act on it, and an abort ends them', () => {
    const acting = (name: 'pause' | 'abort') => planOf(model('2.0.0', { ...shadowed(), annotations: { [actAnnotation(name)]: '2.0.0 1' } }), { rollout: at(1, undefined, true), ...inShadow() });
    expect(last(acting('pause'))).toMatchObject({ from: 'Shadow', to: 'Shadow', rule: 'PausedByHand' });
    expect(last(acting('abort'))).toMatchObject({ from: 'Shadow', to: 'Rejected', rule: 'AbortedByHand' });
  });

  it('end when spec.release names another version, and the next attempt waits until measurements do not see this one', () => {
    const moved = planOf(model('3.0.0', shadowed()), { rollout: at(1), versions: [...inShadow().versions, version('3.0.0')] });
    expect(last({ ...moved, versions: moved.versions.filter(({ spec }) => spec.version === '2.0.0') })).toMatchObject({ from: 'Shadow', to: 'Candidate', rule: 'WishMovedOn' });
    const again = [{ ...began, at: '2026-03-01T11:59:00Z' }, { ...began, at: '2026-03-01T11:58:00Z', from: 'Shadow', to: 'Candidate' }];
    const waiting = planOf(undefined, { rollout: rollout('1.0.0'), ...inShadow(...again) });
    expect(waiting.status.message).toContain('2.0.0 waits until 12:03:00 UTC');
  });
});

describe('a shadow that is to stop', () => {
  const desired = (text?: string) => model('2.0.0', { ...shadowed({ then: 'Stop' }), ...(text === undefined ? {} : { annotations: { [actAnnotation('approve')]: text } }) });
  const run = analysisRun('2.0.0', measured, { 'step-index': '2' });
  const there = { rollout: at(3, desired(), true), runs: [run] };

  it('waits without users for somebody to decide, and tells what was found', () => {
    const { status, patches } = planOf(desired(), there);
    expect(status).toMatchObject({
      phase: 'AwaitingApproval',
      message:
        '2.0.0 was shadowed (2,040 of its answers were compared, its overlap with the champion was 0.83) and awaits approval to serve its first users: recommender.dev/approve="2.0.0 TOKEN REASON".',
    });
    expect(patches).toEqual([]);
  });

  it('goes on when that is approved, and not a second time', () => {
    const approving = planOf(desired('2.0.0 1 looks alike'), there);
    expect(approving.status.lastAct?.outcome).toBe('Done');
    const noted = approving.versions[0] ?? version('2.0.0');
    const after = planOf(desired('2.0.0 1 looks alike'), { ...there, versions: [versions[0] ?? noted, noted] });
    expect(after.patches).toEqual([{ body: { status: { pauseConditions: null } }, subresource: 'status' }]);
  });

  it('stops all the same when that is changed meanwhile, and asks for as many approvals as when it started', () => {
    const asked = (then: 'Stop' | 'Canary') => {
      const { spec } = shadowed({ then });
      return model('2.0.0', { spec: { ...spec, delivery: { ...spec.delivery, approval: 'Manual' } } });
    };
    const [stop, changed] = [asked('Stop'), asked('Canary')];
    const approved = (times: number) => version('2.0.0', 'Shadow', {
      decisions: Array.from({ length: times }, (_, index) => ({ at: '2026-03-01T11:00:00Z', from: 'Shadow', to: 'Shadow', by: 'ann', reason: 'x.', act: `approve 2.0.0 ${String(index)}` })),
    });
    const awaits = (index: number, times: number) =>
      planOf(changed, { rollout: at(index, stop, true), runs: [run], versions: [version('1.0.0', 'Champion'), approved(times)] }).status.phase === 'AwaitingApproval';
    const [afterShadow, last] = [3, 10];
    expect([awaits(afterShadow, 1), awaits(afterShadow, 2), awaits(last, 2), awaits(last, 3)]).toEqual([true, false, true, false]);
  });
});
