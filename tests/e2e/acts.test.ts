import { beforeAll, describe, expect, jest } from '@jest/globals';
import { digestOf } from '../../operator/testing/builders.ts';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import { until } from '../../tools/testenv/until.ts';
import { chapters, endLeader, openStage } from './stage.ts';

/**
 * People steer releases with `kubectl recommender`, under users, on a real cluster with real Argo Rollouts and Prometheus. The
 * tests are chapters. None of the users may ever get an error.
 */
jest.setTimeout(180_000);

const SHOP = 'e2e-acts';
const BY = 'kubectl-recommender/recommender-admin';

const stage = await openStage(SHOP);

beforeAll(async () => {
  await wish('1.0.0');
  await stage.untilServing('1.0.0');
  await stage.shop.openDoors(40);
});

/** @param hold of the first step: long where people have to be in time */
const wish = (version: string, { approval = 'Automatic', hold = '3s' }: { approval?: 'Automatic' | 'Manual'; hold?: string } = {}) =>
  stage.shop.wish(version, {
    delivery: { approval, canary: { steps: [{ weight: 10, hold }, { weight: 50, hold: '3s' }] }, progressDeadline: '1m', after: { watchFor: '0s' }, validation: { load: { requestsPerSecond: 0 } } },
    analysis: { interval: '3s', window: '10s', minRequests: 20, guardrails: { averageLatency: '1s', p99Latency: '4s' } },
  });
const generation = async () => (await stage.rollout())?.metadata.generation;
const isPaused = async () => (await stage.rollout())?.spec.paused === true;

/** The annotation that asks for an act, as it was written last. */
const asked = async (act: string) => (await stage.shop.model())?.metadata.annotations?.[`recommender.dev/${act}`] ?? '';
/** How often the act with this annotation is on the record of the version. */
const times = async (number: string, act: string, text: string) => (await stage.decisions(number)).filter((each) => each.act === `${act} ${text}`).length;

/** Runs the command, which has to succeed. */
async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await stage.recommender(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}

/** The last decision on the version, told by status, Event, `why` and `history` in the same words. */
async function toldEverywhere(number: string) {
  const [decision] = await stage.decisions(number);
  const { reason = '', rule = '' } = decision ?? {};
  expect((await stage.shop.model())?.status?.history).toContainEqual(expect.objectContaining({ version: number, rule, reason }));
  await until(`an Event tells: ${reason}`, async () => {
    const events = (await stage.cluster.list('Event', SHOP)) as (KubernetesObject & { reason: string; note: string })[];
    return events.some((each) => each.reason === rule && each.note === reason);
  });
  for (const words of [['why', 'books'], ['why', `books@${number}`], ['history', 'books']]) expect(await done(...words)).toContain(reason);
  return decision;
}

const chapter = chapters(() => stage.nobodyGotAnError());

describe('people steer releases', () => {
  chapter('approve: nothing starts before somebody has looked, and not by an approval of something else', async () => {
    await wish('2.0.0', { approval: 'Manual' });
    await stage.untilStatus('it awaits approval', ({ phase }) => phase === 'AwaitingApproval');
    const before = await generation();
    expect(await stage.recommender('status', 'books', '--timeout', '1s')).toMatchObject({ code: 3, stdout: expect.stringMatching(/^AwaitingApproval: 2\.0\.0 passed validation/) });

    const other = `recommender.dev/approve=2.0.0@${digestOf('6.6.6')} other looks good`;
    await stage.cluster.kubectl(['annotate', 'recommendermodel', 'books', '--namespace', SHOP, other]);
    const { lastAct, phase } = await stage.untilStatus('the approval of another digest is refused', (status) => status.lastAct?.outcome === 'Refused');
    expect(lastAct).toMatchObject({ by: 'kubectl-annotate', message: expect.stringContaining('2.0.0 is registered with a different digest') });
    expect([phase, await generation()]).toEqual(['AwaitingApproval', before]);

    const said = await done('approve', 'books', '--reason', 'ndcg looks good');
    expect(said).toBe(`2.0.0 was approved by ${BY} (ndcg looks good). It may serve its first users.`);
    const record = await toldEverywhere('2.0.0');
    expect(record).toMatchObject({ rule: 'ApprovedByHand', by: BY, reason: said });
    expect(Math.abs(Date.now() - Date.parse(record?.at ?? ''))).toBeLessThan(60_000);
    await stage.untilShare('2.0.0', 10);
  });

  chapter('pause and resume: each acts once, though the operator is ended and killed in the middle', async () => {
    await done('pause', 'books', '--reason', 'lunch', '--no-wait');
    const pause = await asked('pause');
    await endLeader(stage.cluster, 'SIGTERM');
    await until('the Rollout is paused', isPaused);
    const { candidate } = await stage.untilStatus('it is told', ({ message }) => /^2\.0\.0 was paused at \d+% of users, .* by kubectl-recommender\/recommender-admin \(lunch\)/.test(message ?? ''));
    expect(await times('2.0.0', 'pause', pause)).toBe(1);
    const again = await stage.recommender('pause', 'books');
    expect(again).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('was refused: pause 2.0.0 requested by') });
    expect((await stage.shop.model())?.status?.candidate?.weight).toBe(candidate?.weight);

    await done('resume', 'books', '--reason', 'lunch is over', '--no-wait');
    await endLeader(stage.cluster, 'SIGKILL');
    await until('the Rollout goes on', async () => !(await isPaused()));
    await stage.untilStatus('it awaits approval again', ({ phase }) => phase === 'AwaitingApproval');
    expect([await times('2.0.0', 'pause', pause), await times('2.0.0', 'resume', await asked('resume'))]).toEqual([1, 1]);
  });

  chapter('approve: nobody is given to everyone unseen either', async () => {
    expect(await done('approve', 'books')).toBe(`2.0.0 was approved by ${BY}. It may serve everyone.`);
    expect(await done('status', 'books', '--timeout', '1m')).toMatch(/^Healthy: 2\.0\.0 (was promoted: .*\. It )?serves everyone/);
    expect(await toldEverywhere('2.0.0')).toMatchObject({ rule: 'GatesPassed', to: 'Champion', by: 'recommender-operator' });
    const late = await stage.recommender('approve', 'books');
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('2.0.0 is not waiting for approval') });
  });

  chapter('abort: everyone is back, the reason is on record, and a script is told', async () => {
    await wish('2.1.0', { hold: '1m' });
    await stage.untilShare('2.1.0', 10);
    const said = await done('abort', 'books', '--reason', 'wrong catalogue');
    expect(said).toMatch(/^2\.1\.0 was aborted at 10% of users, step 1 of 2, by kubectl-recommender\/recommender-admin \(wrong catalogue\)\. Its users went back to 2\.0\.0\.$/);
    expect(await toldEverywhere('2.1.0')).toMatchObject({ rule: 'AbortedByHand', to: 'Rejected', by: BY, reason: said });
    const status = await stage.recommender('status', 'books', '--timeout', '1m');
    expect(status).toMatchObject({ code: 1, stdout: expect.stringContaining(`Rejected: ${said} It is not retried until`) });
  });

  chapter('retry and promote: what was rejected gets another try, and is given to everyone at once from its first users', async () => {
    expect(await done('retry', 'books', '--reason', 'it was the right one')).toMatch(/^2\.1\.0 is retried, as requested by .* \(it was the right one\)\. It is validated again\.$/);
    expect(await times('2.1.0', 'retry', await asked('retry'))).toBe(1);
    await stage.untilShare('2.1.0', 10);
    const said = await done('promote', 'books', '--reason', 'it cannot wait');
    expect(said).toMatch(/^2\.1\.0 was promoted at 10% of users, step 1 of 2, by kubectl-recommender\/recommender-admin \(it cannot wait\)/);
    expect(await done('status', 'books', '--timeout', '1m')).toMatch(/^Healthy: 2\.1\.0 serves everyone/);
    expect(await times('2.1.0', 'promote', await asked('promote'))).toBe(1);
    expect(await toldEverywhere('2.1.0')).toMatchObject({ rule: 'PromotedByHand', to: 'Champion' });
  });

  chapter('promote: with half of the users on it already', async () => {
    await wish('1.0.0');
    await stage.untilShare('1.0.0', 50);
    await done('promote', 'books', '--reason', 'as before');
    await done('status', 'books', '--timeout', '1m');
    expect(await toldEverywhere('1.0.0')).toMatchObject({ rule: 'PromotedByHand', to: 'Champion' });
  });
});
