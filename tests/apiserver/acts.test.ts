import { once } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import type { Rollout } from '../../operator/api/argo.ts';
import type { ModelVersion, RecommenderModel } from '../../operator/api/model.ts';
import { until } from '../../tools/testenv/until.ts';
import { digestOf, release } from '../../operator/testing/builders.ts';
import { fakeControllers } from './fakeControllers.ts';
import { NAMESPACE, openEnv } from './env.ts';

/** Acts and gates with the whole operator on a real API server, which is killed and started again on the way. */

jest.setTimeout(90_000);

const { env } = await openEnv();
const controllers = fakeControllers(env, 'books');
/** The successor of a killed operator waits for its lease. A busy machine may stand still for seconds, and two thirds of it are the deadline for renewing. */
const LEASE_SECONDS = '6';
const start = (name = 'operator-a') => env.startOperator({ POD_NAME: name, LEASE_SECONDS });
let operator = start();

/** Killed it leaves its lease behind, which the next one has to wait for; ended it gives the lease back. */
async function stopOperator(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  operator.kill(signal);
  await once(operator, 'exit');
}

const TAKEOVER_MS = 40_000;

const PASSED = { result: 'Passed', reason: 'Valid', message: 'fine' } as const;

/** Applied as Git would: annotations that are not named go. */
const apply = (version: string, annotations: Record<string, string> = {}, delivery: object = { approval: 'Manual' }) =>
  env.apply({
    apiVersion: 'recommender.dev/v1alpha1',
    kind: 'RecommenderModel',
    metadata: { name: 'books', namespace: NAMESPACE, annotations: Object.fromEntries(Object.entries(annotations).map(([act, text]) => [`recommender.dev/${act}`, text])) },
    spec: { release: release(version), serving: { replicas: { min: 2, max: 2 } }, delivery },
  });

const model = async () => (await env.get('RecommenderModel', 'books')) as RecommenderModel;
const decisions = async (number: string) => ((await env.get('ModelVersion', `books-${number}`)) as ModelVersion | undefined)?.status?.decisions ?? [];
const times = async (number: string, act: string) => (await decisions(number)).filter((each) => each.act === act).length;
const rollout = async () => (await env.get('Rollout', 'books')) as Rollout;
const untilPhase = (phase: string) => until(`phase ${phase}`, async () => (await model()).status?.phase === phase);
const untilStage = (number: string, wanted: string) => until(`${number} is ${wanted}`, async () => (await decisions(number))[0]?.to === wanted);
const untilAnswered = (act: 'approve' | 'pause' | 'resume' | 'rollback' | 'promote', text: string) =>
  until(`${act} ${text} is answered`, async () => {
    const { status } = await model();
    return status?.acts?.[act] === text && status.lastAct;
  }, TAKEOVER_MS);
const runs = async () => (await rollout()).spec.template.metadata?.annotations?.['recommender.dev/version'];

describe('acts on a real API server', () => {
  it('approve: for another version or digest nothing starts; the right one starts it', async () => {
    await apply('1.0.0', {}, {});
    await controllers.reportValidation('1.0.0', PASSED);
    await controllers.settle('one');
    await untilStage('1.0.0', 'Champion');
    await apply('2.0.0', { approve: '2.0.0 early' });
    expect((await untilAnswered('approve', '2.0.0 early')).outcome).toBe('Refused');
    await controllers.reportValidation('2.0.0', PASSED);
    await untilPhase('AwaitingApproval');
    for (const wrong of ['1.0.0 late', `2.0.0@${digestOf('6.6.6')} other`]) {
      await apply('2.0.0', { approve: wrong });
      expect(await untilAnswered('approve', wrong)).toMatchObject({ outcome: 'Refused', by: 'a-person' });
    }
    expect([await runs(), (await model()).status?.phase]).toEqual(['1.0.0', 'AwaitingApproval']);
    await apply('2.0.0', { approve: `2.0.0@${digestOf('2.0.0')} a looks good` });
    await until('it started', async () => (await runs()) === '2.0.0');
    expect((await decisions('2.0.0'))[0]).toMatchObject({ by: 'a-person', reason: expect.stringContaining('looks good') });
  });

  it('pause: asked for while no operator runs, it acts once and through another restart', async () => {
    await controllers.move('two', 'one', { currentStepIndex: 1, canary: { weights: { canary: { weight: 10, serviceName: 'x' }, stable: { weight: 90, serviceName: 'y' } } } });
    await untilPhase('Canary');
    await stopOperator('SIGTERM');
    await apply('2.0.0', { pause: '2.0.0 b wait for the meeting' });
    operator = start();
    await until('the Rollout is paused', async () => (await rollout()).spec.paused);
    await stopOperator('SIGKILL');
    // Git takes the annotation away; the pause stays and is not done again when it comes back.
    await apply('2.0.0');
    operator = start('operator-b');
    await apply('2.0.0', { pause: '2.0.0 b wait for the meeting', approve: '2.0.0 twice' });
    expect((await untilAnswered('approve', '2.0.0 twice')).message).toContain('is not waiting for approval at this point');
    expect([(await rollout()).spec.paused, await times('2.0.0', 'pause 2.0.0 b wait for the meeting')]).toEqual([true, 1]);
    await apply('2.0.0', { resume: '2.0.0 c' });
    await until('the Rollout goes on', async () => (await rollout()).spec.paused === false);
  });

  it('approve: before everyone it is asked for again, and the same words do not count twice', async () => {
    const waiting = { phase: 'Paused', currentStepIndex: 6, controllerPause: true, pauseConditions: [{ reason: 'CanaryPauseStep', startTime: new Date().toISOString() }] };
    await controllers.move('two', 'one', waiting);
    await untilPhase('AwaitingApproval');
    await apply('2.0.0', { approve: '2.0.0 twice', promote: '1.0.0 late' });
    expect((await untilAnswered('promote', '1.0.0 late')).outcome).toBe('Refused');
    expect((await rollout()).status?.pauseConditions).toHaveLength(1);
    await apply('2.0.0', { approve: '2.0.0 everyone' });
    await until('the pause is lifted', async () => (await rollout()).status?.pauseConditions === undefined);
    await controllers.settle('two');
    await untilStage('2.0.0', 'Champion');
  });

  it('rollback: tries the bundle, goes back once, and holds through a restart and a sync', async () => {
    await apply('2.0.0', { rollback: '1.0.0 d sales fell' });
    await until('it is under way', async () => (await model()).status?.lastAct?.outcome === 'Underway');
    expect(await runs()).toBe('2.0.0');
    await stopOperator('SIGKILL');
    operator = start();
    await controllers.reportValidation('1.0.0', PASSED);
    await until('it goes back', async () => (await runs()) === '1.0.0', TAKEOVER_MS);
    expect((await rollout()).spec.strategy?.canary?.steps).toBeUndefined();
    await controllers.settle('one');
    await untilStage('2.0.0', 'RolledBack');
    await stopOperator('SIGTERM');
    await apply('2.0.0');
    operator = start('operator-b');
    await apply('2.0.0', { rollback: '1.0.0 d sales fell', pause: '2.0.0 probe' });
    await untilAnswered('pause', '2.0.0 probe');
    expect((await model()).status).toMatchObject({ phase: 'RolledBack', champion: { version: '1.0.0' } });
    expect([await runs(), await times('1.0.0', 'rollback 1.0.0 d sales fell')]).toEqual(['1.0.0', 1]);
  });

  it('abort and promote reach Argo Rollouts: the way back, and the rest skipped', async () => {
    await apply('3.0.0', {}, {});
    await controllers.reportValidation('3.0.0', PASSED);
    await until('it started', async () => (await runs()) === '3.0.0');
    await controllers.move('three', 'one', { currentStepIndex: 1 });
    await apply('3.0.0', { promote: '3.0.0 e urgent' }, {});
    await until('the rest is skipped', async () => (await rollout()).status?.promoteFull);
    await apply('3.0.0', { abort: '3.0.0 f no after all' }, {});
    await until('it is back', async () => (await runs()) === '1.0.0');
    expect((await decisions('3.0.0'))[0]).toMatchObject({ to: 'Rejected', act: 'abort 3.0.0 f no after all', by: 'a-person' });
  });
});
