import { beforeAll, describe, expect, jest } from '@jest/globals';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import { digestOf } from '../../operator/testing/builders.ts';
import { until } from '../../tools/testenv/until.ts';
import { openE2E } from './e2e.ts';
import { endLeader } from './endLeader.ts';
import { ordered } from './ordered.ts';

/**
 * People follow and steer releases with `kubectl recommender`, under users, on a real cluster with real Argo Rollouts and
 * Prometheus. The tests build on each other. None of the users may ever get an error.
 */
jest.setTimeout(180_000);

const NAMESPACE = 'e2e-acts';
const BY = 'kubectl-recommender/recommender-admin';
const USERS_PER_SECOND = 40;

const e2e = await openE2E(NAMESPACE);

beforeAll(async () => {
  await apply('1.0.0');
  await Promise.all([e2e.untilServing('1.0.0'), e2e.startTraffic(USERS_PER_SECOND)]);
});

interface Settings {
  approval?: 'Automatic' | 'Manual';
  /** Of the first step: long where people have to be in time. */
  hold?: string;
  /** Share of users after the first step, which has 10%. */
  weights?: readonly number[];
  minRequests?: number;
}

const apply = (version: string, { approval = 'Automatic', hold = '3s', weights = [50], minRequests = 20 }: Settings = {}) =>
  e2e.apply(version, {
    delivery: { approval, canary: { steps: [{ weight: 10, hold }, ...weights.map((weight) => ({ weight, hold: '3s' }))] } },
    analysis: { interval: '3s', window: '10s', minRequests, guardrails: { averageLatency: '1s', p99Latency: '4s' } },
  });
const generation = async () => (await e2e.rollout())?.metadata.generation;
const isPaused = async () => (await e2e.rollout())?.spec.paused === true;

/** The annotation that asks for an act, as it was written last. */
const asked = async (act: string) => (await e2e.model())?.metadata.annotations?.[`recommender.dev/${act}`] ?? '';
/** How often the act with this annotation is on the record of the version. */
const times = async (number: string, act: string, text: string) => (await e2e.decisions(number)).filter((each) => each.act === `${act} ${text}`).length;

/** Runs the command, which has to succeed. */
async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await e2e.recommender(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}

/** The last decision on the version, told by status, Event, `why` and `history` in the same words. */
async function toldEverywhere(number: string) {
  const [decision] = await e2e.decisions(number);
  const { reason = '', rule = '' } = decision ?? {};
  expect((await e2e.model())?.status?.history).toContainEqual(expect.objectContaining({ version: number, rule, reason }));
  await until(`an Event tells: ${reason}`, async () => {
    const events = (await e2e.cluster.list('Event', NAMESPACE)) as (KubernetesObject & { reason: string; note: string })[];
    return events.some((each) => each.reason === rule && each.note === reason);
  });
  for (const words of [['why', 'books'], ['why', `books@${number}`], ['history', 'books']]) expect(await done(...words)).toContain(reason);
  return decision;
}

const step = ordered(() => e2e.nobodyGotAnError());

describe('people steer releases', () => {
  step('approve: nothing starts before somebody has looked, and not by an approval of something else', async () => {
    await apply('2.0.0', { approval: 'Manual' });
    await e2e.untilStatus('it awaits approval', ({ phase }) => phase === 'AwaitingApproval');
    const before = await generation();
    expect(await e2e.recommender('status', 'books', '--timeout', '1s')).toMatchObject({ code: 3, stdout: expect.stringMatching(/^AwaitingApproval: 2\.0\.0 passed validation/) });

    const other = `recommender.dev/approve=2.0.0@${digestOf('6.6.6')} other looks good`;
    await e2e.cluster.kubectl(['annotate', 'recommendermodel', 'books', '--namespace', NAMESPACE, other]);
    const { lastAct, phase } = await e2e.untilStatus('the approval of another digest is refused', (status) => status.lastAct?.outcome === 'Refused');
    expect(lastAct).toMatchObject({ by: 'kubectl-annotate', message: expect.stringContaining('2.0.0 is registered with a different digest') });
    expect([phase, await generation()]).toEqual(['AwaitingApproval', before]);

    const said = await done('approve', 'books', '--reason', 'ndcg looks good');
    expect(said).toBe(`2.0.0 was approved by ${BY} (ndcg looks good). It may serve its first users.`);
    const record = await toldEverywhere('2.0.0');
    expect(record).toMatchObject({ rule: 'ApprovedByHand', by: BY, reason: said });
    expect(Math.abs(Date.now() - Date.parse(record?.at ?? ''))).toBeLessThan(60_000);
    await e2e.untilShare('2.0.0', 10);
  });

  step('pause and resume: each acts once, though the operator is ended and killed in the middle', async () => {
    await done('pause', 'books', '--reason', 'lunch', '--no-wait');
    const pause = await asked('pause');
    await endLeader(e2e.cluster, 'SIGTERM');
    await until('the Rollout is paused', isPaused);
    const { candidate } = await e2e.untilStatus('it is told', ({ message }) => /^2\.0\.0 was paused at \d+% of users, .* by kubectl-recommender\/recommender-admin \(lunch\)/.test(message ?? ''));
    expect(await times('2.0.0', 'pause', pause)).toBe(1);
    const again = await e2e.recommender('pause', 'books');
    expect(again).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('was refused: pause 2.0.0 requested by') });
    expect((await e2e.model())?.status?.candidate?.weight).toBe(candidate?.weight);

    await done('resume', 'books', '--reason', 'lunch is over', '--no-wait');
    await endLeader(e2e.cluster, 'SIGKILL');
    await until('the Rollout goes on', async () => !(await isPaused()));
    await e2e.untilStatus('it awaits approval again', ({ phase }) => phase === 'AwaitingApproval');
    expect([await times('2.0.0', 'pause', pause), await times('2.0.0', 'resume', await asked('resume'))]).toEqual([1, 1]);
  });

  step('approve: nobody is given to everyone unseen either', async () => {
    expect(await done('approve', 'books')).toBe(`2.0.0 was approved by ${BY}. It may serve everyone.`);
    expect(await done('status', 'books', '--timeout', '1m')).toMatch(/^Healthy: 2\.0\.0 (was promoted: .*\. It )?serves everyone/);
    expect(await toldEverywhere('2.0.0')).toMatchObject({ rule: 'GatesPassed', to: 'Champion', by: 'recommender-operator' });
    const late = await e2e.recommender('approve', 'books');
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('2.0.0 is not waiting for approval') });
  });

  /** So many that the first step lasts for minutes. */
  const MANY = { hold: '10s', minRequests: 600 };

  step('follow: until when a step holds, and which share of users it is to have and has', async () => {
    await apply('2.1.0', MANY);
    const { candidate } = await e2e.untilStatus('the first step holds', ({ candidate }) => candidate?.holdsUntil !== undefined && candidate.version === '2.1.0');
    expect(candidate).toMatchObject({ weight: 10, desiredWeight: 10, step: 1, steps: 2 });
    expect(await done('get', 'books')).toMatch(/├─ step 1 of 2, desired 10%, actual 10% of users\n(.*\n)?.*└─ holding: the gate is checked (in \d+s|any moment now)\n/);
  });

  step('follow: how many users it has, how many requests are missing, and about how long that takes', async () => {
    const { message, candidate } = await e2e.untilStatus('the gate can tell how long it takes', ({ candidate }) => candidate?.verdictExpectedAt !== undefined);
    expect(message).toMatch(/^2\.1\.0 at 10% of users, step 1 of 2: \d+ of 600 requests needed, about \d min to a verdict\.$/);
    expect(candidate?.users).toBeGreaterThan(0);
    expect(await done('get', 'books')).toMatch(/├─ \d+ users seen in five minutes\n.*└─ measuring: a verdict is expected (in about (\d+m)?(\d+s)?|any moment now)\n/);
  });

  step('follow: other steps count from the next candidate on, and it is at the same step as before', async () => {
    await apply('2.1.0', { ...MANY, weights: [40, 60] });
    const { message } = await e2e.untilStatus('the change is seen', ({ message }) => message?.includes('delivery.canary') === true);
    expect(message).toMatch(/, step 1 of 2: .* The change of delivery\.canary takes effect with the next candidate\.$/);
  });

  step('abort: everyone is back, the reason is on record, and a script is told', async () => {
    const said = await done('abort', 'books', '--reason', 'wrong catalogue');
    expect(said).toMatch(/^2\.1\.0 was aborted at 10% of users, step 1 of 2, by kubectl-recommender\/recommender-admin \(wrong catalogue\)\. Its users went back to 2\.0\.0\.$/);
    expect(await toldEverywhere('2.1.0')).toMatchObject({ rule: 'AbortedByHand', to: 'Rejected', by: BY, reason: said });
    const status = await e2e.recommender('status', 'books', '--timeout', '1m');
    expect(status).toMatchObject({ code: 1, stdout: expect.stringContaining(`Rejected: ${said} It is not retried until`) });
  });

  step('retry and promote: what was rejected gets another try, and is given to everyone at once from its first users', async () => {
    expect(await done('retry', 'books', '--reason', 'it was the right one')).toMatch(/^2\.1\.0 is retried, as requested by .* \(it was the right one\)\. It is validated again\.$/);
    expect(await times('2.1.0', 'retry', await asked('retry'))).toBe(1);
    await e2e.untilShare('2.1.0', 10);
    const said = await done('promote', 'books', '--reason', 'it cannot wait');
    expect(said).toMatch(/^2\.1\.0 was promoted at 10% of users, step 1 of 3, by kubectl-recommender\/recommender-admin \(it cannot wait\)/);
    expect(await done('status', 'books', '--timeout', '1m')).toMatch(/^Healthy: 2\.1\.0 serves everyone/);
    expect(await times('2.1.0', 'promote', await asked('promote'))).toBe(1);
    expect(await toldEverywhere('2.1.0')).toMatchObject({ rule: 'PromotedByHand', to: 'Champion' });
  });

  step('promote: with half of the users on it already', async () => {
    await apply('1.0.0');
    await e2e.untilShare('1.0.0', 50);
    await done('promote', 'books', '--reason', 'as before');
    await done('status', 'books', '--timeout', '1m');
    expect(await toldEverywhere('1.0.0')).toMatchObject({ rule: 'PromotedByHand', to: 'Champion' });
  });
});
