import { describe, expect, it } from '@jest/globals';
import { actAnnotation } from '../../api/names.ts';
import { model, observed, replicaSet, rollout, validation, version } from '../../testing/builders.ts';
import { planned } from '../../testing/planned.ts';
import type { Observed } from '../state/observed.ts';

const KEPT_UNTIL = '2026-03-02T12:00:00Z';
const { delivery } = model('2.0.0').spec;
const blueGreen = { delivery: { ...delivery, strategy: 'BlueGreen' as const } };
const former = version('1.0.0', 'Retired', { championSince: '2026-02-01T00:00:00Z' });
const champion = version('2.0.0', 'Champion');
const kept = replicaSet('1.0.0', { keptUntil: KEPT_UNTIL });
const serving = replicaSet('2.0.0');

interface Canary {
  steps?: unknown[];
  scaleDownDelaySeconds: number;
}

/** The canary strategy of the Rollout to apply. */
function canary(situation: Observed): Canary | undefined {
  const found = planned(situation).objects.find(({ kind }) => kind === 'Rollout');
  return (found?.['spec'] as { strategy: { canary: Canary } } | undefined)?.strategy.canary;
}

const asking = (spec = blueGreen) => model('2.0.0', { spec, annotations: { [actAnnotation('rollback')]: '1.0.0 t1 clicks fell' } });
const situation = { versions: [former, champion], rollout: rollout('2.0.0'), replicaSets: [serving, kept] };

describe('pods of the champion before', () => {
  it('are told of, with the time until which they stand by', () => {
    const { status } = planned(observed(model('2.0.0', { spec: blueGreen }), situation));
    expect(status.previous).toEqual({ version: '1.0.0', digest: former.spec.digest, keptUntil: KEPT_UNTIL });
    expect(status.message).toBe('2.0.0 serves everyone; the pods of 1.0.0 are kept until 2026-03-02 12:00 UTC.');
    expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', message: '2.0.0 is served by 2 pods.' }));
    const gone = planned(observed(model('2.0.0', { spec: blueGreen }), { ...situation, replicaSets: [serving] }));
    expect(gone.status).toMatchObject({ message: '2.0.0 serves everyone.' });
    expect(gone.status.previous).toBeUndefined();
  });

  it('stay for keepPrevious from the promotion on, and nothing else that is replaced does', () => {
    const desired = model('2.0.0', { spec: blueGreen });
    const before = { versions: [version('1.0.0', 'Champion'), version('2.0.0', 'Challenger')], replicaSets: [replicaSet('1.0.0')] };
    expect(canary(observed(desired, { ...before, rollout: rollout('1.0.0') }))?.scaleDownDelaySeconds).toBe(86_400);
    // Promoted, but Argo Rollouts has not noted yet when the pods of 1.0.0 are to go.
    const promoted = observed(desired, { ...before, rollout: rollout('2.0.0'), replicaSets: [replicaSet('1.0.0'), serving] });
    expect(canary(promoted)?.scaleDownDelaySeconds).toBe(86_400);
    expect(canary(observed(desired, situation))?.scaleDownDelaySeconds).toBe(30);
    const rejected = { versions: [champion, version('3.0.0', 'Rejected')], rollout: rollout('2.0.0'), replicaSets: [serving, replicaSet('3.0.0')] };
    expect(canary(observed(model('3.0.0', { spec: blueGreen }), rejected))?.scaleDownDelaySeconds).toBe(30);
  });

  it('stay as long for a canary where after.keepPrevious says so', () => {
    const challenger = { versions: [former, champion, version('3.0.0', 'Challenger')], rollout: rollout('2.0.0'), replicaSets: [serving] };
    const delay = (keepPrevious: string) =>
      canary(observed(model('3.0.0', { spec: { delivery: { ...delivery, after: { ...delivery.after, keepPrevious } } } }), challenger))?.scaleDownDelaySeconds;
    expect([delay('0s'), delay('1h')]).toEqual([30, 3600]);
  });

  it.each([
    ['neither is set', {}, {}, 86_400, undefined],
    ['both hold the defaults of an earlier release', { keepPrevious: '24h' }, { keepPrevious: '0s' }, 86_400, undefined],
    ['the deprecated field alone is set', { keepPrevious: '2h' }, {}, 7_200, 'set spec.delivery.after.keepPrevious to 2h instead.'],
    ['the deprecated field says not at all', { keepPrevious: '0s' }, { keepPrevious: '0s' }, 30, 'set spec.delivery.after.keepPrevious to 0s instead.'],
    ['both are set', { keepPrevious: '2h' }, { keepPrevious: '1h' }, 3_600, undefined],
    ['the new field alone says not at all', {}, { keepPrevious: '0s' }, 30, undefined],
  ])('of a blue-green release stay as long as said where %s', (_, old, after, delay, notice) => {
    const spec = { delivery: { ...delivery, strategy: 'BlueGreen' as const, blueGreen: { ...delivery.blueGreen, ...old }, after: { ...delivery.after, ...after } } };
    const before = { versions: [version('1.0.0', 'Champion'), version('2.0.0', 'Challenger')], replicaSets: [replicaSet('1.0.0')], rollout: rollout('1.0.0') };
    const situation = observed(model('2.0.0', { spec }), before);
    expect(canary(situation)?.scaleDownDelaySeconds).toBe(delay);
    const told = planned(situation).status.conditions?.find(({ type }) => type === 'DeprecatedFields');
    expect(told?.message).toEqual(notice === undefined ? undefined : `spec.delivery.blueGreen.keepPrevious is deprecated: remove it and ${notice}`);
  });
});

describe('a rollback to pods that still stand', () => {
  it('needs no validation and no steps: all users are given to them at once', () => {
    const desired = observed(asking(), situation);
    const { versions, status, objects } = planned(desired);
    expect(versions.map(({ spec, status: after }) => [spec.version, after?.stage])).toEqual([['1.0.0', 'Champion'], ['2.0.0', 'RolledBack']]);
    expect(canary(desired)?.steps).toEqual([{ setWeight: 100 }]);
    expect(objects.map(({ kind }) => kind)).not.toContain('Job');
    expect(status.message).toBe('1.0.0 is champion again, with its pods still running, rolled back from 2.0.0 by annotation (clicks fell). Everyone returns to it.');
  });

  it('keeps that step until Argo Rollouts has made them the stable ones, and then has none', () => {
    const versions = [version('1.0.0', 'Champion'), version('2.0.0', 'RolledBack', { championSince: '2026-02-02T00:00:00Z' })];
    const replicaSets = [serving, replicaSet('1.0.0')];
    const desired = model('2.0.0', { spec: blueGreen });
    const onItsWay = observed(desired, { versions, replicaSets, rollout: rollout('1.0.0', { stable: '2.0.0' }) });
    expect(canary(onItsWay)?.steps).toEqual([{ setWeight: 100 }]);
    const there = canary(observed(desired, { versions, replicaSets, rollout: rollout('1.0.0') }));
    expect([there?.steps, there?.scaleDownDelaySeconds]).toEqual([undefined, 30]);
  });

  it.each<[string, Partial<Observed>]>([
    ['they are gone', { replicaSets: [serving] }],
    ['one of them is not ready', { replicaSets: [serving, replicaSet('1.0.0', { keptUntil: KEPT_UNTIL, available: 1 })] }],
    [
      'spec.serving asks for others by now',
      { replicaSets: [serving, replicaSet('1.0.0', { keptUntil: KEPT_UNTIL, desired: model('1.0.0', { spec: { serving: { replicas: { min: 2, max: 2 }, targetCPU: 70, resources: { limits: { memory: '1Gi' } } } } }) })] },
    ],
  ])('validates first, as any other, where %s', (_, more) => {
    const { versions, status } = planned(observed(asking(), { ...situation, ...more }));
    expect(versions).toEqual([]);
    expect(status.message).toContain('The bundle of 1.0.0 is being fetched and validated');
    const tried = validation('1.0.0', { result: 'Passed', reason: 'Passed', message: 'Fine.' });
    expect(planned(observed(asking(), { ...situation, ...more, ...tried })).versions).toHaveLength(2);
  });
});
