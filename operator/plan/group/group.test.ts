import { describe, expect, it } from '@jest/globals';
import { analysisRun, candidateRollout, CONFIG, model, NOW, observed, rollout, validation, version } from '../../../tests/builders.ts';
import { expectInvariants } from '../../../tests/invariants.ts';
import type { Rollout } from '../../api/argo.ts';
import type { Decision, ModelVersion, RecommenderModel } from '../../api/model.ts';
import { actAnnotation, ANNOTATIONS } from '../../api/names.ts';
import type { Observed } from '../observed.ts';
import { plan } from '../plan.ts';
import { stepsOf } from '../steps/steps.ts';

/** Two models of one group: `books`, which is planned, and `ranker`. */

type Delivery = RecommenderModel['spec']['delivery'];

const record = (at: string, from: string, to: string, more: Partial<Decision> = {}): Decision => ({ at: `2026-03-01T${at}Z`, from, to, by: 'x', reason: 'x. y.', ...more });
const PASSED = record('10:00:00', 'Validating', 'Challenger');
const STARTED = record('11:00:00', 'Challenger', 'Challenger', { rule: 'StartedTogether' });
const PROMOTED = record('11:30:00', 'Challenger', 'Champion', { rule: 'GatesPassed' });
const REJECTED = record('11:20:00', 'Challenger', 'Rejected', { rule: 'GuardrailViolated', reason: '3.0.0 was rejected. Its users went back to 1.0.0.' });

const champion = version('1.0.0', 'Champion');
const ready = (number: string) => version(number, 'Challenger', { decisions: [PASSED] });
const started = (number: string) => version(number, 'Challenger', { decisions: [STARTED, PASSED] });
/** @param decisions newest first */
const lost = (number: string, ...decisions: Decision[]) => version(number, decisions[0]?.to as 'Rejected', { decisions });

function wish(number: string, delivery: Partial<Delivery> = {}, annotations: Record<string, string> = {}): RecommenderModel {
  const { spec } = model(number);
  return model(number, { spec: { group: 'home', delivery: { ...spec.delivery, ...delivery } }, annotations });
}

/** The Rollout of a candidate as Argo Rollouts has it at one of its steps; at a pause without end it waits there. */
function on(asked: RecommenderModel, currentStepIndex: number, status: Rollout['status'] = {}): Rollout {
  const { part, weight = 100 } = stepsOf(asked)[currentStepIndex] ?? {};
  const pauseConditions = part === 'Together' || part === 'Approval' ? { pauseConditions: [{ reason: 'CanaryPauseStep', startTime: '2026-03-01T11:10:00Z' }] } : {};
  return candidateRollout(asked, { currentStepIndex, canary: { weights: { canary: { weight } } }, ...pauseConditions, ...status });
}

function ranker(asked: RecommenderModel, more: Partial<Observed> = {}): Observed {
  const named = { ...asked, metadata: { ...asked.metadata, name: 'ranker' } };
  return observed(named, { versions: [champion], rollout: rollout('1.0.0'), ...more });
}
const atRest = ranker(wish('1.0.0'));
const preparing = ranker(wish('3.0.0'), { versions: [champion, version('3.0.0', 'Validating')] });
const isReady = ranker(wish('3.0.0'), { versions: [champion, ready('3.0.0')] });
const moving = (index: number, delivery: Partial<Delivery> = {}, status: Rollout['status'] = {}) =>
  ranker(wish('3.0.0', delivery), { versions: [champion, started('3.0.0')], rollout: on(wish('3.0.0', delivery), index, status) });
/** With the status of the version before, which has all its steps behind it. */
const UNSEEN = moving(8, {}, { observedGeneration: 'before', currentPodHash: 'hash-1.0.0', stableRS: 'hash-1.0.0' });
const rejected = (...decisions: Decision[]) => ranker(wish('3.0.0'), { versions: [champion, lost('3.0.0', ...decisions)] });

function planned(asked: RecommenderModel, more: Partial<Observed>, now = NOW) {
  const situation = observed(asked, { versions: [champion, ready('2.0.0')], rollout: rollout('1.0.0'), ...more });
  const result = plan(situation, CONFIG, now);
  expectInvariants(situation, result);
  const made = result.objects.find(({ kind }) => kind === 'Rollout') as Rollout | undefined;
  return { ...result, message: result.status.message, runs: made?.spec.template.metadata?.annotations?.[ANNOTATIONS.version], made, decision: result.versions[0]?.status?.decisions?.[0] };
}
/** With 2.0.0 on its way at a step of Argo Rollouts. */
const candidate = (index: number, peers: Observed[], delivery: Partial<Delivery> = {}, more: Partial<Observed> = {}) =>
  planned(wish('2.0.0', delivery), { versions: [champion, started('2.0.0')], rollout: on(wish('2.0.0', delivery), index), peers, ...more });

/** Pauses of the usual canary: at 10% and, before everyone, at 50% of users. */
const [FIRST, LAST] = [3, 7];
const GOES_ON = [{ body: { status: { pauseConditions: null } }, subresource: 'status' }];

describe('the steps of a member of a group', () => {
  const parts = (asked: RecommenderModel) => stepsOf(asked).filter(({ weight }) => weight > 0).map(({ part, number }) => `${part} ${String(number)}`);

  it.each([
    ['Canary', {}, ['Start 1', 'Hold 1', 'Gate 1', 'Together 1', 'Start 2', 'Hold 2', 'Gate 2', 'Together 2']],
    ['BlueGreen', { strategy: 'BlueGreen' as const }, ['Start 2', 'Hold 2', 'Gate 2', 'Together 2']],
    ['Shadow', { strategy: 'Shadow' as const }, ['Start 2', 'Hold 2', 'Gate 2', 'Together 2', 'Start 3', 'Hold 3', 'Gate 3', 'Together 3']],
    ['with approval', { approval: 'Manual' as const, canary: { steps: [{ weight: 10, hold: '1m' }] } }, ['Start 1', 'Hold 1', 'Gate 1', 'Approval 1', 'Together 1']],
  ])('%s: end with a pause for the group wherever there are users, the last one behind every approval', (_, delivery, expected) => {
    expect(parts(wish('2.0.0', delivery))).toEqual(expected);
  });

  it('stay those it started with, though it joins or leaves a group on its way', () => {
    const alone = model('2.0.0');
    const joined = planned(wish('2.0.0'), { versions: [champion, ready('2.0.0')], rollout: on(alone, 3), peers: [moving(FIRST)] });
    expect(joined).toMatchObject({ made: undefined, message: '2.0.0 at 50% of users, step 2 of 2: its pods are starting. It is of group home from the next candidate on.' });
    const left = planned(alone, { versions: [champion, started('2.0.0')], rollout: on(wish('2.0.0'), FIRST) });
    expect([left.made, left.patches]).toEqual([undefined, GOES_ON]);
  });
});

describe('the start of a member of a group', () => {
  it.each([
    ['none has another wish', [atRest], 'Nothing else of the group has another wish.'],
    ['the other one is ready', [isReady], 'It goes from step to step together with ranker 3.0.0.'],
    ['the other one is at its first step', [moving(FIRST)], 'It goes from step to step together with ranker 3.0.0.'],
    ['it is alone in its group', [], 'Nothing else of the group has another wish.'],
  ])('comes when %s, and is on record', (_, peers, then) => {
    const { runs, made, decision } = planned(wish('2.0.0'), { peers });
    expect([runs, decision?.rule, decision?.reason]).toEqual(['2.0.0', 'StartedTogether', `2.0.0 starts with its group home. ${then}`]);
    expect(made?.metadata.annotations?.[ANNOTATIONS.delivery]).toContain('"group":"home"');
  });

  it.each([
    ['is being validated', preparing, 'The bundle of ranker 3.0.0 is being fetched, verified and tried'],
    ['awaits approval', ranker(wish('3.0.0', { approval: 'Manual' }), { versions: [champion, ready('3.0.0')] }),
      'ranker 3.0.0 passed validation and awaits approval to be given to its first users: recommender.dev/approve="3.0.0 TOKEN REASON"'],
    ['is its first version', ranker(wish('3.0.0'), { versions: [ready('3.0.0')], rollout: rollout('3.0.0', { phase: 'Progressing' }) }), 'ranker 3.0.0 is the first version: 2 of 2 pods ready'],
    ['is past its first step', moving(4), 'ranker 3.0.0 is on its way already; who did not start with it follows when it is champion or given up'],
    ['has a Rollout that Argo Rollouts has not looked at', UNSEEN, 'ranker 3.0.0 is about to start'],
    ['was rejected', rejected(REJECTED, STARTED, PASSED),
      'ranker 3.0.0 was rejected; that ends when spec.release of ranker asks for another version, goes back to 1.0.0, or is told to try again (recommender.dev/retry="3.0.0 TOKEN")'],
  ])('waits while the other one %s, and says what for', (_, peer, why) => {
    const { runs, message, status } = planned(wish('2.0.0'), { peers: [atRest, peer] });
    expect([runs, message]).toEqual(['1.0.0', `2.0.0 waits for its group home: ${why}.`]);
    expect(status.conditions?.find(({ type }) => type === 'Progressing')).toMatchObject({ status: 'True', reason: 'WaitingForGroup' });
  });

  it('is on record once, though an operator died before it acted; and anew where another was lost since', () => {
    const again = { versions: [champion, started('2.0.0')] };
    expect(planned(wish('2.0.0'), { ...again, peers: [isReady] })).toMatchObject({ runs: '2.0.0', decision: undefined });
    const next = ranker(wish('3.1.0'), { versions: [champion, lost('3.0.0', REJECTED, STARTED, PASSED), ready('3.1.0')] });
    expect(planned(wish('2.0.0'), { ...again, peers: [next] })).toMatchObject({ runs: '2.0.0', decision: { rule: 'StartedTogether' } });
  });

  it('comes a moment after a loss, so that the records tell which was first', () => {
    const gone = ranker(wish('1.0.0'), { versions: [champion, lost('3.0.0', record('12:00:00', 'Challenger', 'Candidate', { rule: 'WishMovedOn' }), STARTED, PASSED)] });
    expect(planned(wish('2.0.0'), { peers: [gone] }, NOW + 300)).toMatchObject({ runs: '1.0.0', requeueAfterMs: 700 });
    expect(planned(wish('2.0.0'), { peers: [gone] }, NOW + 1000).runs).toBe('2.0.0');
  });
});

describe('a pause for the group', () => {
  const where = '2.0.0 at 10% of users, step 1 of 2, waits for its group home: ';

  it.each([
    ['is still measured', moving(2), 'ranker 3.0.0 at 10% of users, step 1 of 2: the gate is measuring'],
    ['is being prepared', preparing, 'The bundle of ranker 3.0.0 is being fetched, verified and tried'],
    ['is about to start', isReady, 'ranker 3.0.0 is about to start'],
    ['has a Rollout that Argo Rollouts has not looked at', UNSEEN, 'ranker 3.0.0 is about to start'],
    ['awaits approval there', moving(3, { approval: 'Manual', canary: { steps: [{ weight: 10, hold: '1m' }] } }), 'ranker 3.0.0 passed every step and awaits approval to serve everyone: recommender.dev/approve="3.0.0 TOKEN REASON"'],
    ['can only be helped by a person', ranker(wish('3.0.0'), { versions: [champion, lost('3.0.0', record('09:00:00', 'Challenger', 'Rejected'))] }),
      'ranker 3.0.0 was rejected; that ends when spec.release of ranker asks for another version, goes back to 1.0.0, or is told to try again (recommender.dev/retry="3.0.0 TOKEN")'],
  ])('holds while the other one %s', (_, peer, why) => {
    const { message, patches, status } = candidate(FIRST, [peer]);
    expect([message, patches]).toEqual([`${where}${why}.`, []]);
    expect(status).toMatchObject({ phase: 'Canary', candidate: { weight: 10, step: 1 } });
  });

  it.each([
    ['stands there too', FIRST, moving(FIRST)],
    ['has come further', FIRST, moving(5)],
    ['has no other wish', FIRST, atRest],
    ['has only one pause and stands there', FIRST, moving(5, { strategy: 'BlueGreen' })],
    ['wishes something new when it is too late to join', LAST, preparing],
    ['stands before everyone as well', LAST, moving(LAST)],
    ['was promoted by hand', LAST, ranker(wish('3.0.0'), { versions: [champion, version('3.0.0', 'Challenger', { decisions: [record('11:05:00', 'Challenger', 'Challenger', { act: 'promote 3.0.0 a' }), STARTED, PASSED] })], rollout: on(wish('3.0.0'), 1) })],
  ])('ends when the other one %s', (_, at, peer) => {
    expect(candidate(at, [peer]).patches).toEqual(GOES_ON);
  });

  it('before everyone holds for one that Argo Rollouts has not looked at, which is at no step of its own', () => {
    expect(candidate(LAST, [UNSEEN])).toMatchObject({ patches: [], message: expect.stringContaining('waits for its group home: ranker 3.0.0 is about to start') });
  });

  it('before everyone holds for one with more steps to go, which does not wait for it before its own last', () => {
    const long = { canary: { steps: [1, 2, 3].map((weight) => ({ weight, hold: '1m' })) } };
    expect(candidate(LAST, [moving(LAST, long)])).toMatchObject({ patches: [], message: expect.stringContaining('step 2 of 2, waits for its group home: ranker 3.0.0') });
    expect(candidate(LAST, [moving(LAST)], long).patches).toEqual(GOES_ON);
    expect(candidate(11, [moving(LAST)], long).patches).toEqual(GOES_ON);
    expect(candidate(11, [moving(6)], long).patches).toEqual([]);
  });

  it('does not wait for one that cannot join any more, since a third is past it: that one waits for the third, and the third for this one', () => {
    const third = moving(5);
    const other = { ...third, model: { ...third.model, metadata: { ...third.model.metadata, name: 'filter' } } };
    expect(candidate(FIRST, [other, isReady]).patches).toEqual(GOES_ON);
    expect(candidate(FIRST, [moving(FIRST), { ...isReady, model: { ...isReady.model, metadata: { ...isReady.model.metadata, name: 'filter' } } }]).patches).toEqual([]);
  });

  it('is no approval, and an approval is no such pause', () => {
    const manual = { approval: 'Manual' as const };
    const approved = record('10:30:00', 'Challenger', 'Challenger', { act: 'approve 2.0.0 a' });
    const versions = [champion, version('2.0.0', 'Challenger', { decisions: [STARTED, approved, PASSED] })];
    expect(candidate(FIRST, [moving(FIRST)], manual, { versions }).patches).toEqual(GOES_ON);
    expect(candidate(7, [moving(LAST)], manual, { versions })).toMatchObject({ patches: [], status: { phase: 'AwaitingApproval' } });
  });

  it('says nothing while nobody is waited for', () => {
    expect(candidate(FIRST, [moving(FIRST)]).message).toBe('2.0.0 at 10% of users, step 1 of 2: it goes on together with its group.');
  });
});

describe('a failure in a group', () => {
  const back = (peer: Observed, index = 5) => candidate(index, [peer], {}, { model: { ...wish('2.0.0'), status: { candidate: { version: '2.0.0', digest: wish('2.0.0').spec.release.digest, since: '', weight: 10 } } } });

  it.each([
    ['was rejected', rejected(REJECTED, STARTED, PASSED)],
    ['was aborted', rejected(record('11:20:00', 'Challenger', 'Rejected', { rule: 'AbortedByHand', act: 'abort 3.0.0 a' }), STARTED, PASSED)],
    ['was abandoned', ranker(wish('3.1.0'), { versions: [champion, version('3.1.0', 'Validating'), lost('3.0.0', record('11:20:00', 'Challenger', 'Candidate', { rule: 'WishMovedOn' }), STARTED, PASSED)] })],
    ['was rolled back', rejected(record('11:40:00', 'Champion', 'RolledBack', { rule: 'WatchViolated' }), PROMOTED, STARTED, PASSED)],
    ['was taken back', ranker(wish('3.0.0'), { versions: [champion, lost('3.0.0', record('11:20:00', 'Challenger', 'Candidate', { rule: 'GroupFailed' }), STARTED, PASSED)] })],
  ])('takes the others back, as what they were: 3.0.0 %s', (became, peer) => {
    const { versions, runs, decision, announcements } = back(peer);
    expect([runs, versions[0]?.status?.stage]).toEqual(['1.0.0', 'Candidate']);
    expect(decision).toMatchObject({ rule: 'GroupFailed', reason: `2.0.0 was taken back at 10% of users: ranker 3.0.0 of its group home ${became}. Its users went back to 1.0.0.` });
    expect(announcements).toContainEqual(expect.objectContaining({ type: 'Warning', reason: 'GroupFailed' }));
  });

  it('names the one that failed, and not those that go back with it', () => {
    const taken = lost('4.0.0', record('11:21:00', 'Challenger', 'Candidate', { rule: 'GroupFailed' }), STARTED, PASSED);
    const other = ranker(wish('4.0.0'), { versions: [champion, taken] });
    const innocent = { ...other, model: { ...other.model, metadata: { ...other.model.metadata, name: 'a-filter' } } };
    const { decision } = candidate(5, [innocent, rejected(REJECTED, STARTED, PASSED)]);
    expect(decision?.reason).toContain('ranker 3.0.0 of its group home was rejected');
  });

  it('in validation counts for those that would have waited for it', () => {
    const refused = rejected(record('11:20:00', 'Validating', 'Rejected', { rule: 'ValidationFailed' }));
    expect(candidate(FIRST, [refused]).decision?.rule).toBe('GroupFailed');
    expect(candidate(5, [refused]).decision).toBeUndefined();
  });

  it.each([
    ['was over before this one started', rejected(record('10:59:00', 'Challenger', 'Rejected'), STARTED, PASSED)],
    ['is a rollback by hand', rejected(record('11:40:00', 'Champion', 'RolledBack', { rule: 'RolledBackByHand' }), PROMOTED, STARTED, PASSED)],
    ['is of a version that had started outside of the group', rejected(REJECTED, PASSED)],
  ])('leaves the others alone where it %s', (_, peer) => {
    const late = version('2.0.0', 'Challenger', { decisions: [STARTED, PASSED] });
    const { decision, made } = candidate(5, [peer], {}, { versions: [champion, late] });
    expect([decision, made]).toEqual([undefined, undefined]);
  });

  it('leaves alone what a person promoted, and what Argo Rollouts has given up is judged for itself', () => {
    const failed = rejected(REJECTED, STARTED, PASSED);
    const promoted = version('2.0.0', 'Challenger', { decisions: [record('11:10:00', 'Challenger', 'Challenger', { act: 'promote 2.0.0 a', rule: 'PromotedByHand' }), STARTED, PASSED] });
    expect(candidate(5, [failed], {}, { versions: [champion, promoted] }).decision).toBeUndefined();
    const aborted = on(wish('2.0.0'), 0, { abort: true, phase: 'Degraded', message: 'RolloutAborted: Rollout aborted update to revision 2' });
    expect(candidate(5, [failed], {}, { rollout: aborted }).decision?.rule).toBe('AbortedInArgoRollouts');
  });

  it('is over for the one that was taken back: it is validated anew and starts with the next wish of the other', () => {
    const taken = [record('11:20:01', 'Challenger', 'Candidate', { rule: 'GroupFailed' }), STARTED, PASSED];
    const failed = lost('3.0.0', REJECTED, STARTED, PASSED);
    const anew = planned(wish('2.0.0'), { versions: [champion, version('2.0.0', 'Candidate', { decisions: taken })], peers: [rejected(REJECTED, STARTED, PASSED)] });
    expect(anew.decision?.rule).toBe('ValidationStarted');
    const passed = version('2.0.0', 'Challenger', { decisions: [record('11:22:00', 'Validating', 'Challenger'), record('11:21:00', 'Candidate', 'Validating'), ...taken] });
    const next = ranker(wish('3.1.0'), { versions: [champion, failed, ready('3.1.0')] });
    expect(planned(wish('2.0.0'), { versions: [champion, passed], peers: [next] })).toMatchObject({ runs: '2.0.0', decision: { reason: '2.0.0 starts with its group home. It goes from step to step together with ranker 3.1.0.' } });
  });
});

describe('a failure after the promotion', () => {
  const delivery = { after: { ...wish('2.0.0').spec.delivery.after, watchFor: '1h' } };
  const before = version('1.0.0', 'Retired', { decisions: [record('11:30:00', 'Champion', 'Retired')] });
  const now = (...decisions: Decision[]) => version('2.0.0', 'Champion', { championSince: '2026-03-01T11:30:00Z', decisions });
  const served = (peer: Observed, mine: ModelVersion = now(PROMOTED, STARTED, PASSED)) =>
    planned(wish('2.0.0', delivery), { versions: [before, mine], rollout: rollout('2.0.0'), peers: [peer], ...validation('1.0.0', { result: 'Passed', reason: 'Valid', message: 'fine' }) });
  const failed = rejected(record('11:40:00', 'Champion', 'RolledBack', { rule: 'WatchViolated' }), PROMOTED, STARTED, PASSED);

  it('takes a champion back that is still watched, by the way of a failed watch', () => {
    const { versions, runs, decision } = served(failed);
    expect([runs, decision?.rule, decision?.reason]).toEqual(['1.0.0', 'GroupFailed', '1.0.0 is champion again, because 2.0.0 has to go back with its group: ranker 3.0.0 of its group home was rolled back. Everyone returns to it.']);
    expect(versions.map(({ spec, status }) => [spec.version, status?.stage])).toEqual([['1.0.0', 'Champion'], ['2.0.0', 'RolledBack']]);
  });

  it('leaves one alone that a person promoted, whose watch is over, or that is beside a later release', () => {
    const byHand = record('11:20:00', 'Challenger', 'Challenger', { rule: 'PromotedByHand', act: 'promote 2.0.0 a' });
    expect(served(failed, now(PROMOTED, byHand, STARTED, PASSED)).runs).toBe('2.0.0');
    expect(served(failed, now(record('11:50:00', 'Champion', 'Champion', { rule: 'WatchKept' }), PROMOTED, STARTED, PASSED)).runs).toBe('2.0.0');
    const later = rejected(record('11:50:00', 'Challenger', 'Rejected'), { ...STARTED, at: '2026-03-01T11:45:00Z' }, PASSED);
    expect(served(later).runs).toBe('2.0.0');
  });
});

describe('acts on a member of a group', () => {
  it('promote is for that one alone', () => {
    const asked = wish('2.0.0', {}, { [actAnnotation('promote')]: '2.0.0 a urgent' });
    const { decision } = planned(asked, { versions: [champion, started('2.0.0')], rollout: on(asked, FIRST), peers: [moving(1)] });
    expect(decision).toMatchObject({ rule: 'PromotedByHand', reason: expect.stringContaining('at 10% of users, step 1 of 2, by annotation (urgent)') });
  });

  it('promoted on measurements all serve everyone, though a pause followed the last gate', () => {
    const numbers = Object.fromEntries(['error-rate', 'average-latency', 'p99-latency', 'inference-errors', 'throttled-rate', 'requests'].map((name) => [name, { phase: 'Successful' as const, value: '[0]' }]));
    const run = analysisRun('2.0.0', numbers, { 'step-index': '6', 'recommender.dev/attempt': '2.0.0_1772359200' });
    const done = on(wish('2.0.0'), 8, { stableRS: 'hash-2.0.0', phase: 'Healthy' });
    expect(candidate(8, [moving(LAST)], {}, { rollout: done, runs: [run] }).decision?.rule).toBe('GatesPassed');
  });
});
