import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { AnalysisRun } from '../../operator/api/argo.ts';
import { versionReplicaSetsOf } from '../../operator/plan/state/replicaSets.ts';
import { lastAnswerOf } from '../../tools/testenv/lastAnswer.ts';
import { until } from '../../tools/testenv/until.ts';
import { openStage } from './stage.ts';

/**
 * A promotion by BlueGreen and an instant way back, under users, on a real cluster with real Argo Rollouts and Prometheus.
 * The tests are chapters.
 */
jest.setTimeout(240_000);

const SHOP = 'e2e-bluegreen';
const DELIVERY = { strategy: 'BlueGreen', blueGreen: { weight: 20, validateFor: '5s', keepPrevious: '2m' }, after: { watchFor: '0s' }, progressDeadline: '1m' };
/** All users are back on the champion before within this time after the command, milliseconds. */
const BACK_WITHIN_MS = 5_000;

const { cluster, shop, untilStatus, nobodyGotAnError } = await openStage(SHOP);

beforeAll(async () => {
  await shop.wish('1.0.0', { delivery: DELIVERY });
  await untilStatus('1.0.0 serves', ({ phase }) => phase === 'Healthy');
  await shop.openDoors(50);
});

const stacks = async () => versionReplicaSetsOf(await cluster.list('ReplicaSet', SHOP));
const stackOf = async (version: string) => (await stacks()).find((each) => each.version === version);
const answersOf = async (version: string) => (await shop.seen()).versions[version]?.requests ?? 0;

describe('a second stack', () => {
  it('is as large as the first one, is checked without users, and keeps its size with a share of them', async () => {
    await shop.wish('2.1.0', { delivery: DELIVERY });
    await untilStatus('2.1.0 is tried by some', ({ candidate }) => candidate?.weight === 20);
    expect(await stackOf('2.1.0')).toMatchObject({ replicas: 2, available: 2 });
    const [check] = ((await cluster.list('AnalysisRun', SHOP)) as AnalysisRun[]).filter(({ metadata }) => metadata.labels?.['step-index'] === '1');
    const passed = check?.status?.metricResults?.map(({ name, phase }) => [name, phase]);
    expect(passed).toEqual(expect.arrayContaining([['measured-pods', 'Successful'], ['golden-failures', 'Successful'], ['inference-errors', 'Successful']]));
  });

  it('takes over, while the first one stands by', async () => {
    await untilStatus('2.1.0 is champion', ({ phase, champion }) => phase === 'Healthy' && champion?.version === '2.1.0');
    const { previous } = await untilStatus('1.0.0 stands by', ({ message }) => /; the pods of 1\.0\.0 are kept until .* UTC\.$/.test(message ?? ''));
    expect(Date.parse(previous?.keptUntil ?? '') - Date.now()).toBeGreaterThan(90_000);
    expect(await stackOf('1.0.0')).toMatchObject({ replicas: 2, available: 2 });
    const before = await answersOf('2.1.0');
    await until('everyone is on it', async () => (await answersOf('2.1.0')) > before + 50);
  });
});

describe('an instant rollback', () => {
  it('gives all users back within seconds, and none of them an error', async () => {
    await shop.wish('2.1.0', { delivery: DELIVERY }, { annotations: { 'recommender.dev/rollback': '1.0.0 now clicks fell' } });
    const took = await lastAnswerOf(shop, '2.1.0');
    expect(took).toBeLessThan(BACK_WITHIN_MS);
    const { message, champion } = await untilStatus('it is on record', ({ phase }) => phase === 'RolledBack');
    expect([champion?.version, message]).toEqual(['1.0.0', expect.stringContaining('its pods still standing, rolled back from 2.1.0')]);
    await nobodyGotAnError();
    process.stdout.write(`all users were back ${took.toFixed(0)} ms after the command\n`);
  });

  it('lets the stack go that was left', async () => {
    await until('the pods of 2.1.0 go', async () => (await stackOf('2.1.0')) === undefined, 60_000);
    expect(await stackOf('1.0.0')).toMatchObject({ available: 2, keptUntil: undefined });
    await nobodyGotAnError();
  });
});
