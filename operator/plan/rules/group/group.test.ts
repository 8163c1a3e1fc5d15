import { describe, expect, it } from '@jest/globals';
import { POD_TEMPLATE_HASH_LABEL } from '../../../../serving/contract/carrier.ts';
import type { ReplicaSet } from '../../../api/argo.ts';
import type { RecommenderModel } from '../../../api/model.ts';
import { actAnnotation, ANNOTATIONS } from '../../../api/names.ts';
import { analysisRun, digestOf, model, NOW, rollout, version } from '../../../testing/builders.ts';
import { atRest, candidate, champion, desired, FIRST, GOES_ON, isReady, LAST, lost, moving, on, PASSED, planned, preparing, ranker, ready, record, REJECTED, rejected, started, STARTED, ungrouped, UNGROUPED_UNSEEN, UNSEEN } from '../../../testing/grouped.ts';
import { stepsOf } from '../../state/steps.ts';

describe('the steps of a member of a group', () => {
  const parts = (asked: RecommenderModel) => stepsOf(asked).filter(({ weight }) => weight > 0).map(({ part, number }) => `${part} ${String(number)}`);

  it.each([
    ['Canary', {}, ['Start 1', 'Hold 1', 'Gate 1', 'Together 1', 'Start 2', 'Hold 2', 'Gate 2', 'Together 2']],
    ['BlueGreen', { strategy: 'BlueGreen' as const }, ['Start 2', 'Hold 2', 'Gate 2', 'Together 2']],
    ['Shadow', { strategy: 'Shadow' as const }, ['Start 2', 'Hold 2', 'Gate 2', 'Together 2', 'Start 3', 'Hold 3', 'Gate 3', 'Together 3']],
    ['with approval', { approval: 'Manual' as const, canary: { steps: [{ weight: 10, hold: '1m' }] } }, ['Start 1', 'Hold 1', 'Gate 1', 'Approval 1', 'Together 1']],
  ])('%s: end with a pause for the group wherever there are users, the last one behind every approval', (_, delivery, expected) => {
    expect(parts(desired('2.0.0', delivery))).toEqual(expected);
  });

  it('stay those it started with, though it joins or leaves a group on its way', () => {
    const alone = model('2.0.0');
    const joined = planned(desired('2.0.0'), { versions: [champion, ready('2.0.0')], rollout: on(alone, 3), peers: [moving(FIRST)] });
    expect(joined).toMatchObject({ made: undefined, message: '2.0.0 at 50% of users, step 2 of 2: its pods are starting. It joins group home with the next candidate.' });
    const left = planned(alone, { versions: [champion, started('2.0.0')], rollout: on(desired('2.0.0'), FIRST) });
    expect([left.made, left.patches]).toEqual([undefined, GOES_ON]);
  });
});

describe('the start of a member of a group', () => {
  it.each([
    ['none has another desired version', [atRest], 'No other model of the group has a new version.'],
    ['the other one is ready', [isReady], 'It advances step by step together with ranker 3.0.0.'],
    ['the other one is at its first step', [moving(FIRST)], 'It advances step by step together with ranker 3.0.0.'],
    ['it is alone in its group', [], 'No other model of the group has a new version.'],
  ])('comes when %s, and is on record', (_, peers, then) => {
    const { runs, made, decision } = planned(desired('2.0.0'), { peers });
    expect([runs, decision?.rule, decision?.reason]).toEqual(['2.0.0', 'StartedTogether', `2.0.0 starts with its group home. ${then}`]);
    expect(made?.metadata.annotations?.[ANNOTATIONS.delivery]).toContain('"group":"home"');
  });

  it.each([
    ['is being validated', preparing, 'The bundle of ranker 3.0.0 is being fetched, verified and tested'],
    ['awaits approval', ranker(desired('3.0.0', { approval: 'Manual' }), { versions: [champion, ready('3.0.0')] }),
      'ranker 3.0.0 passed validation and awaits approval to serve its first users: recommender.dev/approve="3.0.0 TOKEN REASON"'],
    ['is its first version', ranker(desired('3.0.0'), { versions: [ready('3.0.0')], rollout: rollout('3.0.0', { phase: 'Progressing' }) }), 'ranker 3.0.0 is the first version: 2 of 2 pods ready'],
    ['is past its first step', moving(4), 'ranker 3.0.0 is already being released; a version that did not start with it follows once that one is champion or withdrawn'],
    ['has a Rollout that Argo Rollouts has not looked at', UNSEEN, 'ranker 3.0.0 is about to start'],
    ['was rejected', rejected(REJECTED, STARTED, PASSED),
      'ranker 3.0.0 was rejected; set spec.release of ranker to another version, or back to 1.0.0, or retry it (recommender.dev/retry="3.0.0 TOKEN")'],
  ])('waits while the other one %s, and says what for', (_, peer, why) => {
    const { runs, message, status } = planned(desired('2.0.0'), { peers: [atRest, peer] });
    expect([runs, message]).toEqual(['1.0.0', `2.0.0 waits for its group home: ${why}.`]);
    expect(status.conditions?.find(({ type }) => type === 'Progressing')).toMatchObject({ status: 'True', reason: 'WaitingForGroup' });
  });

  it('is on record once, though an operator died before it acted; and anew where another was lost since', () => {
    const again = { versions: [champion, started('2.0.0')] };
    expect(planned(desired('2.0.0'), { ...again, peers: [isReady] })).toMatchObject({ runs: '2.0.0', decision: undefined });
    const next = ranker(desired('3.1.0'), { versions: [champion, lost('3.0.0', REJECTED, STARTED, PASSED), ready('3.1.0')] });
    expect(planned(desired('2.0.0'), { ...again, peers: [next] })).toMatchObject({ runs: '2.0.0', decision: { rule: 'StartedTogether' } });
  });

  it('comes a moment after a loss, so that the records tell which was first', () => {
    const gone = ranker(desired('1.0.0'), { versions: [champion, lost('3.0.0', record('12:00:00', 'Challenger', 'Candidate', { rule: 'WishMovedOn' }), STARTED, PASSED)] });
    expect(planned(desired('2.0.0'), { peers: [gone] }, NOW + 300)).toMatchObject({ runs: '1.0.0', requeueAfterMs: 700 });
    expect(planned(desired('2.0.0'), { peers: [gone] }, NOW + 1000).runs).toBe('2.0.0');
  });
});

describe('a pause for the group', () => {
  const where = '2.0.0 at 10% of users, step 1 of 2, waits for its group home: ';

  it.each([
    ['is still measured', moving(2), 'ranker 3.0.0 at 10% of users, step 1 of 2: the gate is measuring'],
    ['is being prepared', preparing, 'The bundle of ranker 3.0.0 is being fetched, verified and tested'],
    ['is about to start', isReady, 'ranker 3.0.0 is about to start'],
    ['has a Rollout that Argo Rollouts has not looked at', UNSEEN, 'ranker 3.0.0 is about to start'],
    ['awaits approval there', moving(3, { approval: 'Manual', canary: { steps: [{ weight: 10, hold: '1m' }] } }), 'ranker 3.0.0 passed every step and awaits approval to serve everyone: recommender.dev/approve="3.0.0 TOKEN REASON"'],
    ['can only be helped by a person', ranker(desired('3.0.0'), { versions: [champion, lost('3.0.0', record('09:00:00', 'Challenger', 'Rejected'))] }),
      'ranker 3.0.0 was rejected; set spec.release of ranker to another version, or back to 1.0.0, or retry it (recommender.dev/retry="3.0.0 TOKEN")'],
  ])('holds while the other one %s', (_, peer, why) => {
    const { message, patches, status } = candidate(FIRST, [peer]);
    expect([message, patches]).toEqual([`${where}${why}.`, []]);
    expect(status).toMatchObject({ phase: 'Canary', candidate: { weight: 10, step: 1 } });
  });

  it.each([
    ['stands there too', FIRST, moving(FIRST)],
    ['has come further', FIRST, moving(5)],
    ['has no new version', FIRST, atRest],
    ['has only one pause and stands there', FIRST, moving(5, { strategy: 'BlueGreen' })],
    ['desired versions something new when it is too late to join', LAST, preparing],
    ['stands before everyone as well', LAST, moving(LAST)],
    ['started before its model was in the group', FIRST, ungrouped(1)],
    ['did, and Argo Rollouts has not looked at it', FIRST, UNGROUPED_UNSEEN],
    ['was promoted by hand', LAST, ranker(desired('3.0.0'), { versions: [champion, version('3.0.0', 'Challenger', { decisions: [record('11:05:00', 'Challenger', 'Challenger', { act: 'promote 3.0.0 a' }), STARTED, PASSED] })], rollout: on(desired('3.0.0'), 1) })],
  ])('ends when the other one %s', (_, at, peer) => {
    expect(candidate(at, [peer]).patches).toEqual(GOES_ON);
  });

  it('before everyone holds for one that Argo Rollouts has not looked at, which is at no step of its own', () => {
    expect(candidate(LAST, [UNSEEN])).toMatchObject({ patches: [], message: expect.stringContaining('waits for its group home: ranker 3.0.0 is about to start') });
  });

  it('before everyone ends when the other has arrived, though an autoscaler has changed its Rollout since', () => {
    const arrived = moving(8, {}, { observedGeneration: 'before', currentPodHash: 'hash-3.0.0', stableRS: 'hash-3.0.0' });
    const template = { metadata: { annotations: { [ANNOTATIONS.digest]: digestOf('3.0.0') } } };
    const pods: ReplicaSet = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'ranker-hash-3.0.0', namespace: 'shop', labels: { [POD_TEMPLATE_HASH_LABEL]: 'hash-3.0.0' } }, spec: { template } };
    expect(candidate(LAST, [{ ...arrived, replicaSets: [pods] }]).patches).toEqual(GOES_ON);
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
    expect(candidate(FIRST, [moving(FIRST)]).message).toBe('2.0.0 at 10% of users, step 1 of 2: it continues together with its group.');
  });
});

describe('acts on a member of a group', () => {
  it('promote is for that one alone', () => {
    const asked = desired('2.0.0', {}, { [actAnnotation('promote')]: '2.0.0 a urgent' });
    const { decision } = planned(asked, { versions: [champion, started('2.0.0')], rollout: on(asked, FIRST), peers: [moving(1)] });
    expect(decision).toMatchObject({ rule: 'PromotedByHand', reason: expect.stringContaining('at 10% of users, step 1 of 2, by annotation (urgent)') });
  });

  it('promoted on measurements all serve everyone, though a pause followed the last gate', () => {
    const numbers = Object.fromEntries(['error-rate', 'average-latency', 'p99-latency', 'inference-errors', 'throttled-rate', 'requests'].map((name) => [name, { phase: 'Successful' as const, value: '[0]' }]));
    const run = analysisRun('2.0.0', numbers, { 'step-index': '6', 'recommender.dev/attempt': '2.0.0_1772359200' });
    const done = on(desired('2.0.0'), 8, { stableRS: 'hash-2.0.0', phase: 'Healthy' });
    expect(candidate(8, [moving(LAST)], {}, { rollout: done, runs: [run] }).decision?.rule).toBe('GatesPassed');
  });
});
