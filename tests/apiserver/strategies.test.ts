import { describe, expect, it, jest } from '@jest/globals';
import type { ModelVersion, RecommenderModel } from '../../operator/api/model.ts';
import { release } from '../../operator/testing/builders.ts';
import { fakeArgo } from './fakeArgo.ts';
import { fakeControllers } from './fakeControllers.ts';
import { runOperator } from './crashRuns.ts';
import { NAMESPACE, openEnv } from './env.ts';

/** Every pause of a strategy that waits for a person, with the real loop and an Argo Rollouts that moves as soon as it may. */

jest.setTimeout(90_000);

const { env } = await openEnv({ watchCache: false });

/** A model beside whose champion 1.0.0 the version 2.0.0 is released as `delivery` says. */
function releasing(name: string, delivery: object) {
  const move = fakeArgo(env, fakeControllers(env, name), name, { bad: [] });
  const apply = (version: string, annotations: Record<string, string> = {}, more: object = delivery) =>
    env.apply({
      apiVersion: 'recommender.dev/v1alpha1',
      kind: 'RecommenderModel',
      metadata: { name, namespace: NAMESPACE, annotations },
      spec: { release: release(version), serving: { replicas: { min: 2, max: 2 } }, delivery: { ...more, after: { watchFor: '0s' } } },
    });
  const rest = async () => {
    do await runOperator(env.client, name, Date.now);
    while (await move());
    return ((await env.get('RecommenderModel', name)) as RecommenderModel).status;
  };
  const record = async () => ((await env.get('ModelVersion', `${name}-2.0.0`)) as ModelVersion).status;
  return {
    record,
    begin: async () => {
      await apply('1.0.0', {}, {});
      await rest();
      await apply('2.0.0');
      return rest();
    },
    act: async (act: 'approve' | 'abort', token: string) => {
      await apply('2.0.0', { [`recommender.dev/${act}`]: `2.0.0 ${token}` });
      return rest();
    },
  };
}

const SHADOW = { strategy: 'Shadow', shadow: { percent: 100, holdFor: '1s', then: 'Stop' } };

describe('approval: Manual and a shadow that stops', () => {
  it('waits three times: before the start, after the shadow, and before everyone', async () => {
    const books = releasing('shadowed', { ...SHADOW, approval: 'Manual' });
    const start = await books.begin();
    expect(start?.message).toContain('2.0.0 passed validation and awaits approval to serve its first users');
    const shadowed = await books.act('approve', 'start');
    expect([shadowed?.phase, shadowed?.candidate?.weight]).toEqual(['AwaitingApproval', 0]);
    expect(shadowed?.message).toContain('2.0.0 was shadowed (');
    const last = await books.act('approve', 'users');
    expect([last?.phase, last?.candidate?.weight]).toEqual(['AwaitingApproval', 50]);
    expect(last?.message).toContain('2.0.0 passed every step and awaits approval to serve everyone');
    const ended = await books.act('approve', 'everyone');
    expect([ended?.phase, ended?.champion?.version]).toEqual(['Healthy', '2.0.0']);
  });

  it('that is aborted there leaves everyone with the champion, and says that nobody went back', async () => {
    const books = releasing('aborted', SHADOW);
    expect((await books.begin())?.message).toContain('awaits approval to serve its first users');
    await books.act('abort', 'no');
    const decided = (await books.record())?.decisions?.[0];
    expect([decided?.rule, decided?.reason]).toEqual(['AbortedByHand', expect.stringContaining('Everyone stayed on 1.0.0.')]);
  });
});

describe('approval: Manual and a second stack', () => {
  it('waits twice: before the start and, with users on it, before everyone', async () => {
    const books = releasing('bluegreen', { strategy: 'BlueGreen', blueGreen: { weight: 20, validateFor: '1s', keepPrevious: '0s' }, approval: 'Manual' });
    expect((await books.begin())?.phase).toBe('AwaitingApproval');
    const last = await books.act('approve', 'start');
    expect([last?.phase, last?.candidate?.weight]).toEqual(['AwaitingApproval', 20]);
    const ended = await books.act('approve', 'everyone');
    expect([ended?.phase, ended?.champion?.version]).toEqual(['Healthy', '2.0.0']);
    const rules = (await books.record())?.decisions?.map(({ rule }) => rule);
    expect(rules).toEqual(['GatesPassed', 'ApprovedByHand', 'ApprovedByHand', 'ValidationPassed', 'ValidationStarted']);
  });
});
