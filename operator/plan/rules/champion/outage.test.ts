import { describe, expect, it } from '@jest/globals';
import type { ModelVersion, RecommenderModel } from '../../../api/model.ts';
import { actAnnotation, ANNOTATIONS } from '../../../api/names.ts';
import type { Pod } from '../../../api/workload.ts';
import { candidateRollout, CONFIG, digestOf, model, NOW, observed, out, replicaSet, rollout, validation, version } from '../../../testing/builders.ts';
import { expectInvariants } from '../../../testing/invariants.ts';
import { planned, runs, stages } from '../../../testing/planned.ts';
import { type Plan, plan } from '../../plan.ts';
import type { Observed } from '../../state/observed.ts';

type Delivery = RecommenderModel['spec']['delivery'];

const champion = version('1.0.0', 'Champion');
const passed = { at: '2026-03-01T10:00:00Z', from: 'Validating', to: 'Challenger', by: 'x', reason: 'x.' };
const challenger = version('2.0.0', 'Challenger', { decisions: [passed] });
/** The pods of 1.0.0 do not come back: their bundle is gone from the store. */
const dead = rollout('1.0.0', { phase: 'Degraded', availableReplicas: 0, message: 'ProgressDeadlineExceeded: ReplicaSet "books-1" has timed out progressing.' });
const pods: Pod[] = [
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'books-1', namespace: 'shop', annotations: { [ANNOTATIONS.digest]: digestOf('1.0.0') } },
    status: { phase: 'Pending', initContainerStatuses: [{ name: 'fetch', state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { exitCode: 1, message: 'The store answered 404.' } } }] },
  },
];
const NOBODY = 'Nobody is served: champion 1.0.0 has had no ready pod since 2026-03-01 11:45 UTC (container fetch: The store answered 404).';
const JUST_NOW = '2026-03-01T11:59:00Z';

/** @param since when the outage began; of the builder, it lasts */
const wanting = (number: string, delivery: Partial<Delivery> = {}, since?: string): RecommenderModel =>
  out(model(number, { spec: { delivery: { ...model(number).spec.delivery, ...delivery } } }), since);
const beside = (desired: RecommenderModel, versions: readonly ModelVersion[], more: Partial<Observed> = {}): Observed =>
  observed(desired, { versions, rollout: dead, pods, ...more });
const alone = (since?: string) => beside(wanting('1.0.0', {}, since), [champion]);
const waiting = (delivery: Partial<Delivery> = {}, more: Partial<Observed> = {}, since?: string) => beside(wanting('2.0.0', delivery, since), [champion, challenger], more);

const holds = ({ status }: Plan, type: string) => status.conditions?.find((each) => each.type === type)?.status;
/** The plan once the writes of the one before are in the caches. */
function next(situation: Observed, { versions, status }: Plan, more: Partial<Observed> = {}): Observed {
  const after = situation.versions.map((each) => versions.find(({ spec }) => spec.version === each.spec.version) ?? each);
  return { ...situation, versions: after, model: { ...situation.model, status }, ...more };
}

describe('a champion without a ready pod', () => {
  it('is reported as an outage, which may be over soon', () => {
    const result = planned(alone(JUST_NOW));
    expect(result.status.phase).toBe('Degraded');
    expect(result.status.message).toBe(
      'Nobody is served: champion 1.0.0 has had no ready pod since 2026-03-01 11:59 UTC (container fetch: The store answered 404). ' +
      'Release another version or roll back to an earlier one if it does not recover.',
    );
    expect(['Ready', 'Progressing', 'Stalled'].map((type) => holds(result, type))).toEqual(['False', 'True', 'False']);
    expect(result.requeueAfterMs).toBe(9 * 60_000);
  });

  it('is stalled once that has lasted for progressDeadline', () => {
    const result = planned(alone());
    expect(['Ready', 'Progressing', 'Stalled'].map((type) => holds(result, type))).toEqual(['False', 'False', 'True']);
    expect(result.status.conditions).toContainEqual(expect.objectContaining({ type: 'Stalled', reason: 'LastingOutage', message: result.status.message }));
  });

  it('begins when it is seen, with one Event', () => {
    const served = planned(observed(model('1.0.0'), { versions: [champion], rollout: rollout('1.0.0') }));
    const situation = { ...alone(), model: { ...model('1.0.0'), status: served.status } };
    const first = planned(situation);
    expect(first.announcements).toEqual([{ type: 'Warning', reason: 'Outage', message: expect.stringMatching(/^Nobody is served: champion 1\.0\.0 has had no ready pod since 2026-03-01 12:00 UTC/) }]);
    expect(planned(next(situation, first)).announcements).toEqual([]);
    expect(planned(next(situation, first, { rollout: rollout('1.0.0') })).status).toMatchObject({ phase: 'Healthy', message: '1.0.0 serves everyone.' });
  });

  it('is none while one of its pods is ready', () => {
    const result = planned({ ...alone(), rollout: rollout('1.0.0', { phase: 'Progressing', availableReplicas: 1 }) });
    expect([result.status.phase, holds(result, 'Ready'), result.status.conditions?.find(({ type }) => type === 'Progressing')?.reason]).toEqual(['Healthy', 'True', 'RollingOut']);
  });

  it('is one although pods of a candidate are ready, which serve nobody but their share', () => {
    const [stable, other] = [replicaSet('1.0.0', { available: 0 }), replicaSet('2.0.0')];
    const moving = candidateRollout(model('2.0.0'), { currentStepIndex: 1 });
    const result = planned(waiting({}, { rollout: moving, replicaSets: [stable, other] }, JUST_NOW));
    expect(result.status.message).toMatch(/^Nobody is served: champion 1\.0\.0 .* 2\.0\.0 at 0% of users, step 1 of 2: .* To let 2\.0\.0 take over now, set recommender\.dev\/promote="2\.0\.0 TOKEN REASON"\.$/);
    expect(result.versions).toEqual([]);
  });

  it.each<[string, Observed, string, 'True' | 'False']>([
    ['is being validated', beside(wanting('2.0.0'), [champion, version('2.0.0', 'Validating')], validation('2.0.0')), 'The bundle of 2.0.0 is being fetched, verified and tested.', 'False'],
    ['was rejected', beside(wanting('2.0.0'), [champion, version('2.0.0', 'Rejected')]), 'It is not retried until spec.release changes', 'True'],
    ['has pods that were given up', { ...alone(), rollout: { ...dead, status: { ...dead.status, abort: true } } }, 'kubectl argo rollouts retry rollout NAME', 'True'],
  ])('comes first in the status of a desired version that %s', (_, situation, words, isStalled) => {
    const { pods: jobPods } = validation('2.0.0');
    const result = planned({ ...situation, pods: [...pods, ...jobPods] });
    expect(result.status.phase).toBe('Degraded');
    expect(result.status.message?.startsWith(NOBODY)).toBe(true);
    expect(result.status.message).toContain(words);
    expect(holds(result, 'Stalled')).toBe(isStalled);
  });

  it('is reported to receivers once it is no restart', () => {
    const notifications = [{ webhook: { url: 'https://hooks.example/' }, format: 'Json' as const }];
    const told = (since: string) => {
      const desired = wanting('1.0.0', {}, since);
      const status = { ...desired.status, notifications: { since: '2026-03-01T11:00:00Z' } };
      return planned(beside({ ...desired, spec: { ...desired.spec, notifications }, status }, [champion]));
    };
    expect(told('2026-03-01T11:59:40Z')).toMatchObject({ status: { notifications: { since: expect.anything() } }, requeueAfterMs: 10_000 });
    expect(told('2026-03-01T11:59:40Z').status.notifications).not.toHaveProperty('pending');
    const first = told(JUST_NOW);
    expect(first.status.notifications?.pending).toEqual([expect.objectContaining({ event: 'Outage', version: '1.0.0', at: JUST_NOW, text: expect.stringMatching(/^Nobody is served.*404\)\.$/) })]);
    const later = plan(next(beside({ ...wanting('1.0.0'), spec: { ...model('1.0.0').spec, notifications } }, [champion]), first), CONFIG, NOW + 7_200_000);
    expect(later.status.notifications?.pending).toHaveLength(1);
  });
});

describe('a validated version beside a champion that serves nobody', () => {
  it('waits for it as long as it may come back', () => {
    const result = planned(waiting({}, {}, JUST_NOW));
    expect([stages(result), runs(result), holds(result, 'Stalled')]).toEqual([[], '1.0.0', 'False']);
    expect(result.status.message).toMatch(/404\)\. 2\.0\.0 takes over at 2026-03-01 12:09 UTC if that lasts\. To let 2\.0\.0 take over now, set /);
  });

  it.each<[Delivery['strategy'], string]>([
    ['Canary', 'Challenger'],
    ['BlueGreen', 'Challenger'],
    ['Shadow', 'Shadow'],
  ])('takes over after progressDeadline, and is watched (%s)', (strategy, stage) => {
    const { after } = model('2.0.0').spec.delivery;
    const desired = wanting('2.0.0', { strategy, after: { ...after, watchFor: '1h' } });
    const start = beside(desired, [champion, version('2.0.0', stage as 'Shadow', { decisions: [{ ...passed, to: stage }] })]);
    const first = planned(start);
    expect([stages(first), runs(first), first.status.phase, holds(first, 'Stalled')]).toEqual([[['2.0.0', stage]], '2.0.0', 'Degraded', 'False']);
    expect(first.status.history?.[0]).toMatchObject({ rule: 'ChampionServedNobody', by: 'recommender-operator' });
    // Argo Rollouts has seen the new pods; their first step can never have an effect.
    const live = candidateRollout(desired, { availableReplicas: 0, phase: 'Progressing' });
    const second = planned(next(start, first, { rollout: live }));
    expect(second.patches).toEqual([{ body: { status: { promoteFull: true } }, subresource: 'status' }]);
    expect([second.versions, second.status.phase, holds(second, 'Stalled')]).toEqual([[], 'Degraded', 'False']);
    const third = planned(next(start, first, { rollout: rollout('2.0.0'), pods: [] }));
    expect(stages(third)).toEqual([['2.0.0', 'Champion'], ['1.0.0', 'Retired']]);
    expect(third.status).toMatchObject({ phase: 'Watching', champion: { version: '2.0.0' } });
    expect(third.status.message).toBe(
      '2.0.0 serves everyone. 2.0.0 was promoted without further steps: champion 1.0.0 had no ready pod since 2026-03-01 11:45 UTC ' +
      '(container fetch: The store answered 404). It takes over as soon as its pods are ready.',
    );
  });

  it('is rejected if its pods do not come either', () => {
    const start = waiting();
    const gone = rollout('2.0.0', { stable: '1.0.0', abort: true, phase: 'Degraded', availableReplicas: 0, message: 'Rollout aborted: ReplicaSet "books-2" has timed out progressing.' });
    const result = planned(next(start, planned(start), { rollout: gone }));
    expect([stages(result), runs(result), holds(result, 'Stalled')]).toEqual([[['2.0.0', 'Rejected']], '1.0.0', 'True']);
    expect(result.status.message).toMatch(/^Nobody is served: .* 2\.0\.0 was rejected before any user saw it: its pods did not become ready within 10m\./);
  });

  it('takes over from the middle of its steps too', () => {
    const desired = wanting('2.0.0');
    const moving = candidateRollout(desired, { currentStepIndex: 2, canary: { weights: { canary: { weight: 10 } } } });
    const start = beside(desired, [champion, challenger], { rollout: moving, replicaSets: [replicaSet('1.0.0', { available: 0 }), replicaSet('2.0.0')] });
    const first = planned(start);
    expect(first.versions[0]?.status?.decisions?.[0]).toMatchObject({ rule: 'ChampionServedNobody', from: 'Challenger', to: 'Challenger' });
    expect(planned(next(start, first)).patches).toContainEqual({ body: { status: { promoteFull: true } }, subresource: 'status' });
  });

  const paused = version('2.0.0', 'Challenger', { decisions: [{ ...passed, at: '2026-03-01T11:00:00Z', from: 'Challenger', act: 'pause 2.0.0 a' }, passed] });
  it.each<[string, Observed]>([
    ['the model says so', waiting({ outage: 'Wait' })],
    ['a person approves what serves users', waiting({ approval: 'Manual' })],
    ['a person decides after the shadow', waiting({ strategy: 'Shadow', shadow: { percent: 100, holdFor: '30m', then: 'Stop' } })],
    ['somebody has paused it', beside(wanting('2.0.0'), [champion, paused], { rollout: candidateRollout(model('2.0.0'), { availableReplicas: 0 }) })],
    ['nothing new may start now', waiting({ freeze: [{ from: '2026-03-01T11:00:00Z', to: '2026-03-01T13:00:00Z', timeZone: 'UTC' }] })],
    ['another model must prove it first', waiting({ requires: [{ name: 'films', championFor: '1h' }] })],
  ])('waits where %s, which is stalled, and tells how it takes over', (_, situation) => {
    const result = planned(situation);
    expect([stages(result), holds(result, 'Stalled')]).toEqual([[], 'True']);
    expect(result.status.message).toMatch(/^Nobody is served: .*\. To let 2\.0\.0 take over now, set recommender\.dev\/promote="2\.0\.0 TOKEN REASON"\.$/);
  });

  it.each<[string, Partial<Delivery>]>([
    ['before it lasts', {}],
    ['although the model waits', { outage: 'Wait' }],
    ['past approval and freeze', { approval: 'Manual', freeze: [{ from: '2026-03-01T11:00:00Z', to: '2026-03-01T13:00:00Z', timeZone: 'UTC' }] }],
  ])('takes over by promote, %s', (_, delivery) => {
    const desired = wanting('2.0.0', delivery, JUST_NOW);
    const asked = { ...desired, metadata: { ...desired.metadata, annotations: { [actAnnotation('promote')]: '2.0.0 a the shop is down' } } };
    const start = beside(asked, [champion, challenger]);
    const first = planned(start);
    expect(first.status.lastAct).toMatchObject({
      outcome: 'Done',
      message: '2.0.0 was promoted by annotation (the shop is down), because champion 1.0.0 served nobody. The remaining steps and gates are skipped.',
    });
    const second = planned(next(start, first));
    expect([second.versions, runs(second), holds(second, 'Stalled')]).toEqual([[], '2.0.0', 'False']);
    const third = planned(next(start, first, { rollout: candidateRollout(asked, { availableReplicas: 0, phase: 'Progressing' }) }));
    expect(third.patches).toContainEqual({ body: { status: { promoteFull: true } }, subresource: 'status' });
  });

  it('is not promoted before it is validated, nor while the champion serves', () => {
    const asked = { ...wanting('2.0.0'), metadata: { ...model('2.0.0').metadata, annotations: { [actAnnotation('promote')]: '2.0.0 a' } } };
    for (const situation of [beside(asked, [champion, version('2.0.0', 'Validating')], { pods: [] }), beside(asked, [champion, challenger], { rollout: rollout('1.0.0'), pods: [] })]) {
      expect(planned(situation).status.lastAct).toMatchObject({ outcome: 'Refused' });
    }
  });

  it('waits until Argo Rollouts knows the pods of the champion, or it would count as a first version', () => {
    const { status: _, ...unseen } = dead;
    expect(runs(planned(waiting({}, { rollout: unseen })))).toBe('1.0.0');
  });
});

describe('a group with a champion that serves nobody', () => {
  const grouped = (desired: RecommenderModel): RecommenderModel => ({ ...desired, spec: { ...desired.spec, group: 'home' } });
  const ranker = (stage: 'Challenger' | 'Validating') => {
    const desired = grouped(model('3.0.0'));
    return observed({ ...desired, metadata: { ...desired.metadata, name: 'ranker' } }, { versions: [champion, version('3.0.0', stage)], rollout: rollout('1.0.0') });
  };
  const start = (stage: 'Challenger' | 'Validating') => beside(grouped(wanting('2.0.0')), [champion, challenger], { peers: [ranker(stage)] });

  it('waits until all can start; then its version takes over alone', () => {
    const held = planned(start('Validating'));
    expect([stages(held), runs(held), holds(held, 'Stalled')]).toEqual([[], '1.0.0', 'True']);
    expect(held.status.message).toContain('2.0.0 waits for its group home: ');
    const free = planned(start('Challenger'));
    expect([runs(free), free.versions[0]?.status?.decisions?.map(({ rule }) => rule)]).toEqual(['2.0.0', ['ChampionServedNobody', undefined]]);
  });

  it('is not waited for by promote', () => {
    const situation = start('Validating');
    const asked = { ...situation, model: { ...situation.model, metadata: { ...situation.model.metadata, annotations: { [actAnnotation('promote')]: '2.0.0 a now' } } } };
    expect(runs(planned(next(asked, planned(asked))))).toBe('2.0.0');
  });
});

describe('a champion that is watched and serves nobody', () => {
  const { delivery } = model('2.0.0').spec;
  const at = '2026-03-01T11:40:00Z';
  const newer = version('2.0.0', 'Champion', { championSince: at, decisions: [{ ...passed, at, from: 'Challenger', to: 'Champion' }] });
  const before = version('1.0.0', 'Retired', { championSince: '2026-02-01T00:00:00Z', decisions: [{ ...passed, at, from: 'Champion', to: 'Retired' }] });
  const desired = out(model('2.0.0', { spec: { delivery: { ...delivery, after: { ...delivery.after, watchFor: '1h' } } } }));
  const situation = observed(desired, { versions: [newer, before], rollout: rollout('2.0.0', { phase: 'Degraded', availableReplicas: 0 }), ...validation('1.0.0', { result: 'Passed', reason: 'Valid', message: 'fine' }) });

  it('is replaced by the champion before it', () => {
    const result = planned(situation);
    expect([stages(result), runs(result)]).toEqual([[['1.0.0', 'Champion'], ['2.0.0', 'RolledBack']], '1.0.0']);
    expect(result.versions[0]?.status?.decisions?.[0]?.reason).toBe(
      '1.0.0 is champion again because 2.0.0 served nobody after its promotion: it had no ready pod since 2026-03-01 11:45 UTC. Everyone returns to it.',
    );
  });

  it('stays where there is none', () => {
    const result = plan({ ...situation, versions: [newer] }, CONFIG, NOW);
    expectInvariants(situation, result);
    expect([stages(result), result.status.conditions?.find(({ type }) => type === 'Stalled')?.reason]).toEqual([[], 'LastingOutage']);
  });
});

describe('a first version whose pods do not come in time', () => {
  it('is stalled, and says what its pods lack', () => {
    const result = planned(observed(model('1.0.0'), { versions: [version('1.0.0', 'Challenger')], rollout: dead, pods }));
    expect([result.status.phase, holds(result, 'Stalled')]).toEqual(['Degraded', 'True']);
    expect(result.status.message).toBe(
      'The pods of 1.0.0 did not become ready (container fetch: The store answered 404): ' +
      'ProgressDeadlineExceeded: ReplicaSet "books-1" has timed out progressing. Correct what they lack, or change the spec.',
    );
  });
});
