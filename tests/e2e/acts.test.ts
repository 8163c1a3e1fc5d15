import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import type { AnalysisRun, Rollout } from '../../operator/api/argo.ts';
import type { ModelVersion, RecommenderModel } from '../../operator/api/model.ts';
import { statePaths } from '../../tools/cluster/layout.ts';
import type { Cluster } from '../../tools/scene/cluster.ts';
import { OPERATOR_NAMESPACE } from '../../tools/scene/install.ts';
import type { Shop } from '../../tools/scene/shop.ts';
import { until } from '../../tools/scene/until.ts';
import { chapters } from './chapters.ts';
import { openStage } from './stage.ts';

/**
 * What people do to releases with `kubectl recommender`, against the real Argo Rollouts, while users are there and operators
 * die. The tests are chapters: each starts from what the one before left. No user may ever get an error.
 */
jest.setTimeout(600_000);

const SHOP = 'e2e-acts';
const ANALYSIS = { interval: '1s', window: '6s', minRequests: 10, guardrails: { averageLatency: '150ms', p99Latency: '2s' } };
const QUICK = { canary: { steps: [{ weight: 20, hold: '2s' }] }, progressDeadline: '3m' };

let cluster: Cluster;
let shop: Shop;
let usersAreThere = false;

beforeAll(async () => {
  ({ cluster, shop } = await openStage(SHOP));
});

afterAll(async () => {
  await shop.close();
  await cluster.close();
});

/** Runs `kubectl recommender …`, not on a terminal. */
function recommender(...args: string[]): Promise<{ code: number; said: string }> {
  const options = { env: { ...process.env, KUBECONFIG: statePaths.kubeconfig } };
  return new Promise((resolve) => {
    execFile(process.execPath, ['tools/cli/kubectl-recommender.mjs', ...args, '--namespace', SHOP], options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, said: `${stdout}${stderr}` });
    });
  });
}

/** As the operator saw the wish of a version last; what Git holds is applied again and again. */
const wish = (version: string, approval = 'Automatic') => shop.wish(version, { delivery: { ...QUICK, approval }, analysis: ANALYSIS });
const untilStatus = (what: string, holds: (status: NonNullable<RecommenderModel['status']>) => boolean) =>
  until(what, async () => {
    const status = (await shop.model())?.status;
    return status && holds(status) ? status : undefined;
  }, 150_000);
const untilPhase = (phase: string, version: string) => untilStatus(`${version} is ${phase}`, (status) => status.phase === phase && status.message?.startsWith(version) === true);
const untilChampion = (version: string) => untilStatus(`${version} is champion`, ({ phase, champion }) => phase === 'Healthy' && champion?.version === version);
const untilAmongUsers = (version: string) => untilStatus(`${version} is among users`, ({ candidate }) => candidate?.version === version && candidate.weight === 20);
const rollout = async () => (await cluster.get('Rollout', { namespace: SHOP, name: 'books' })) as Rollout;
const decisions = async (number: string) =>
  ((await cluster.get('ModelVersion', { namespace: SHOP, name: `books-${number}` })) as ModelVersion | undefined)?.status?.decisions ?? [];
/** The decisions on a version that somebody asked for, oldest first, as `act by: reason`. */
const acts = async (number: string) =>
  (await decisions(number)).flatMap(({ act, by, reason }) => (act === undefined ? [] : [`${act.split(' ')[0] ?? ''} by ${by}: ${reason}`])).reverse();
const ADMIN = 'kubectl-recommender/recommender-admin';

/** Both at once and without warning: nobody can finish what it began, and the lease has to run out. */
async function killOperators(): Promise<void> {
  await cluster.kubectl(['delete', 'pods', '--namespace', OPERATOR_NAMESPACE, '--selector', 'app.kubernetes.io/name=recommender-operator', '--grace-period=0', '--force']);
}

/** How often the guardrails of the candidate have been measured. */
async function measurements(): Promise<number> {
  const name = (await rollout()).status?.canary?.currentBackgroundAnalysisRunStatus?.name ?? '';
  const run = (await cluster.get('AnalysisRun', { namespace: SHOP, name })) as AnalysisRun | undefined;
  return run?.status?.metricResults?.[0]?.measurements?.length ?? 0;
}

const chapter = chapters(async () => {
  if (!usersAreThere) return;
  const { failed, requests } = await until('the users tell what they saw', () => shop.seen());
  const failures = failed === 0 ? '' : await cluster.kubectl(['logs', 'users', '--namespace', SHOP]);
  expect(failures.split('\n').filter((line) => line.includes('"failure"'))).toEqual([]);
  expect({ failed, requests: requests > 0 }).toEqual({ failed: 0, requests: true });
});

describe('acts of people', () => {
  chapter('approve: asked for while no operator lives, it lets the version start once one is back', async () => {
    await wish('1.0.0');
    await untilChampion('1.0.0');
    await shop.openDoors(25);
    usersAreThere = true;
    await wish('2.0.0', 'Manual');
    await untilPhase('AwaitingApproval', '2.0.0');
    expect(await recommender('status', 'books', '--timeout', '1s')).toMatchObject({ code: 3, said: expect.stringContaining('awaits approval') });
    await killOperators();
    expect(await recommender('approve', 'books', '--reason', 'offline figures are good', '--no-wait')).toMatchObject({ code: 0 });
    await untilAmongUsers('2.0.0');
    expect(await acts('2.0.0')).toEqual([expect.stringMatching(`^approve by ${ADMIN}: .*offline figures are good`)]);
  });

  chapter('pause: holds the step while guardrails go on being measured, though the manifest is applied again; resume lets it go on', async () => {
    expect(await recommender('pause', 'books', '--reason', 'the shop is on sale')).toMatchObject({ code: 0, said: expect.stringContaining('was paused at 20% of users, step 1 of 1') });
    await wish('2.0.0', 'Manual');
    const before = await measurements();
    await until('its hold is over and it was measured several times', async () => (await measurements()) >= before + 4);
    const held = await rollout();
    expect([held.spec.paused, held.status?.canary?.weights?.canary.weight]).toEqual([true, 20]);
    expect((await recommender('get', 'books')).said).toContain('until recommender.dev/resume');
    expect(await recommender('pause', 'books')).toMatchObject({ code: 1, said: expect.stringContaining('paused already') });
    expect(await recommender('resume', 'books')).toMatchObject({ code: 0 });
  });

  chapter('approve: asked for again before everyone, and each is recorded once', async () => {
    await untilPhase('AwaitingApproval', '2.0.0');
    expect((await rollout()).status?.canary?.weights?.canary.weight).toBe(20);
    expect(await recommender('approve', 'books', '--reason', 'everyone')).toMatchObject({ code: 0, said: expect.stringContaining('may serve everyone') });
    expect(await recommender('approve', 'books')).toMatchObject({ code: 1 });
    await untilChampion('2.0.0');
    expect(await recommender('status', 'books', '--timeout', '10s')).toMatchObject({ code: 0 });
    expect((await acts('2.0.0')).map((each) => each.split(' ')[0])).toEqual(['approve', 'pause', 'resume', 'approve']);
  });

  chapter('rollback: everyone is back on the named version, through the end of the operator, and a sync of Git changes nothing', async () => {
    expect(await recommender('rollback', 'books', '--to', '9.0.0', '--reason', 'x')).toMatchObject({ code: 1, said: expect.stringContaining('registered are: 1.0.0, 2.0.0') });
    const asked = recommender('rollback', 'books', '--to', '1.0.0', '--reason', 'sales fell', '--timeout', '60s');
    await untilStatus('it is asked for', ({ lastAct }) => lastAct?.act === 'rollback');
    await cluster.kubectl(['rollout', 'restart', 'deployment/recommender-operator', '--namespace', OPERATOR_NAMESPACE]);
    expect(await asked).toMatchObject({ code: 0 });
    await untilStatus('1.0.0 serves everyone', ({ message }) => message?.includes('1.0.0 serves everyone') === true);
    const before = await rollout();
    await wish('2.0.0', 'Manual');
    const probe = await recommender('pause', 'books', '--version', '2.0.0');
    expect(probe.said).toContain('is not among users');
    expect((await rollout()).metadata.generation).toBe(before.metadata.generation);
    expect(await recommender('status', 'books')).toMatchObject({ code: 1, said: expect.stringContaining('RolledBack') });
    expect(await acts('1.0.0')).toEqual([expect.stringMatching(`^rollback by ${ADMIN}: .*sales fell`)]);
  });

  chapter('pause: is no shelter for a version that violates a guardrail', async () => {
    await wish('3.0.0');
    await untilAmongUsers('3.0.0');
    await recommender('pause', 'books', '--version', '3.0.0');
    await untilPhase('Rejected', '3.0.0');
    expect(await recommender('status', 'books')).toMatchObject({ code: 1 });
    await untilStatus('1.0.0 serves everyone', ({ message }) => message?.includes('1.0.0 serves everyone') === true);
  });

  chapter('retry: gives a rejected version another try; abort: ends it', async () => {
    expect(await recommender('retry', 'books', '--reason', 'the input was at fault')).toMatchObject({ code: 0 });
    await untilStatus('it is on its way', ({ candidate }) => candidate?.version === '3.0.0');
    expect(await recommender('abort', 'books', '--reason', 'no, it was not')).toMatchObject({ code: 0, said: expect.stringContaining('3.0.0 was aborted') });
    await untilPhase('Rejected', '3.0.0');
    expect((await decisions('3.0.0'))[0]).toMatchObject({ to: 'Rejected', by: ADMIN, reason: expect.stringContaining('no, it was not') });
  });

  chapter('promote: gives a candidate to everyone now, past a pause and the remaining steps', async () => {
    await wish('2.1.0');
    await untilAmongUsers('2.1.0');
    await recommender('pause', 'books');
    expect(await recommender('promote', 'books')).toMatchObject({ code: 2, said: expect.stringContaining('needs --reason') });
    expect(await recommender('promote', 'books', '--reason', 'a fix')).toMatchObject({ code: 0 });
    await untilChampion('2.1.0');
    expect((await decisions('2.1.0'))[0]?.reason).toContain('a fix');
  });

  chapter('why, history and doctor tell it afterwards', async () => {
    const why = await recommender('why', 'books@3.0.0');
    expect(why.said).toContain('no, it was not');
    expect(why.said).toMatch(/error-rate +Fail/);
    expect((await recommender('history', 'books')).said.split('\n').filter((line) => line.includes('sales fell'))).not.toHaveLength(0);
    const doctor = await recommender('doctor');
    expect(doctor).toMatchObject({ code: 0 });
  });
});
