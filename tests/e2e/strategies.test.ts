import { beforeAll, describe, expect, jest } from '@jest/globals';
import type { AnalysisRun } from '../../operator/api/argo.ts';
import { versionReplicaSetsOf } from '../../operator/plan/state/replicaSets.ts';
import { lastAnswerOf } from '../../tools/testenv/lastAnswer.ts';
import { until } from '../../tools/testenv/until.ts';
import { openE2E } from './e2e.ts';
import { ordered } from './ordered.ts';
import { undisturbed } from './undisturbed.ts';

/**
 * Versions are shadowed before anybody sees them, then one is promoted by BlueGreen and left again at once, under users, on a real
 * cluster with real Argo Rollouts and Prometheus. The tests build on each other.
 */
jest.setTimeout(240_000);

const NAMESPACE = 'e2e-strategies';
/** All users are back on the champion before within this time after the command, milliseconds. */
const BACK_WITHIN_MS = 5_000;

const e2e = await openE2E(NAMESPACE);
const { cluster, untilStatus, untilServing, decisions, answersOf } = e2e;

beforeAll(async () => {
  await shadow('1.0.0', {});
  await Promise.all([untilServing('1.0.0'), e2e.startTraffic(50)]);
});

/** Shadowed for a few seconds, held against these limits. */
const shadow = (version: string, limits: Record<string, string>) =>
  e2e.apply(version, {
    delivery: { strategy: 'Shadow', shadow: { holdFor: '6s' }, canary: { steps: [{ weight: 20, hold: '3s' }] } },
    analysis: { interval: '3s', window: '20s', minRequests: 40, guardrails: { averageLatency: '1s', p99Latency: '4s' }, shadow: limits },
  });
const blueGreen = (version: string, metadata?: Record<string, unknown>) =>
  e2e.apply(version, { delivery: { strategy: 'BlueGreen', blueGreen: { weight: 20, validateFor: '5s' }, after: { watchFor: '0s', keepPrevious: '2m' } } }, metadata);

const stacks = async () => versionReplicaSetsOf(await cluster.list('ReplicaSet', NAMESPACE));
const stackOf = async (version: string) => (await stacks()).find((each) => each.version === version);

const step = ordered(() => e2e.nobodyGotAnError());

describe('a shadow', () => {
  step('stops a version that ranks otherwise by what was compared, before any user saw it', async () => {
    await shadow('2.0.0', { minOverlap: '0.99' });
    await untilStatus('it is shadowed', ({ phase }) => phase === 'Shadow');
    const { message } = await untilStatus('it is rejected', ({ phase }) => phase === 'Rejected');
    expect(message).toMatch(/^2\.0\.0 was rejected before any user saw it: its overlap with the champion was 0\.\d+[^,]*, below the minimum of 0\.99/);
    const [rejection] = await decisions('2.0.0');
    const overlap = rejection?.evidence?.find(({ metric }) => metric === 'shadow-overlap');
    expect(Number(overlap?.estimate)).toBeLessThan(0.99);
    expect(Object.keys((await e2e.seen()).versions)).toEqual(['1.0.0']);
  });

  step('lets a good one go on to users and to everyone, and tells how it compared', async () => {
    await shadow('2.1.0', { minCoverage: '0.9' });
    await untilStatus('it is shadowed', ({ phase, candidate }) => phase === 'Shadow' && candidate?.version === '2.1.0');
    expect(Object.keys((await e2e.seen()).versions)).toEqual(['1.0.0']);
    await untilServing('2.1.0');
    const [promotion, ...before] = await decisions('2.1.0');
    expect(before.map(({ to, rule }) => [to, rule])).toEqual([['Challenger', 'ShadowEnded'], ['Shadow', 'ValidationPassed'], ['Validating', 'ValidationStarted']]);
    expect(before[0]?.reason).toMatch(/^2\.1\.0 passed its shadow phase: [\d,]+ of its answers were compared, .*Its first users \(20%\) received its answers\.$/);
    const passed = promotion?.evidence?.filter(({ verdict }) => verdict === 'Pass').map(({ metric }) => metric);
    expect(passed).toEqual(expect.arrayContaining(['shadow-requests', 'shadow-error-rate', 'shadow-p99-latency', 'shadow-overlap', 'shadow-coverage', 'error-rate', 'requests']));
    expect((await e2e.seen()).versions['2.0.0']).toBeUndefined();
  });
});

describe('a second stack', () => {
  step('is as large as the first one, is checked without users, and keeps its size with a share of them', async () => {
    await blueGreen('1.0.0');
    await untilStatus('1.0.0 is tried by some', ({ candidate }) => candidate?.version === '1.0.0' && candidate.weight === 20);
    // Its pods of before, made for other guardrails, may still be on their way out.
    const second = (await stacks()).find(({ version, keptUntil }) => version === '1.0.0' && keptUntil === undefined);
    expect(second).toMatchObject({ replicas: 2, available: 2 });
    const runs = (await cluster.list('AnalysisRun', NAMESPACE, `rollouts-pod-template-hash=${second?.hash ?? ''}`)) as AnalysisRun[];
    const check = runs.find(({ metadata }) => metadata.labels?.['step-index'] === '1');
    const passed = check?.status?.metricResults?.map(({ name, phase }) => [name, phase]);
    expect(passed).toEqual(expect.arrayContaining([['measured-pods', 'Successful'], ['golden-failures', 'Successful'], ['inference-errors', 'Successful']]));
  });

  step('takes over, while the first one stands by', async () => {
    await untilStatus('1.0.0 is champion', ({ phase, champion }) => phase === 'Healthy' && champion?.version === '1.0.0');
    // Its pods of before, made for other settings, are kept for half a minute only and may still be there.
    await untilStatus('2.1.0 stands by', ({ message, previous }) =>
      /; the pods of 2\.1\.0 are kept until .* UTC\.$/.test(message ?? '') && Date.parse(previous?.keptUntil ?? '') - Date.now() > 90_000);
    expect(await stackOf('2.1.0')).toMatchObject({ replicas: 2, available: 2 });
    const before = await answersOf('1.0.0');
    await until('everyone is on it', async () => (await answersOf('1.0.0')) > before + 50);
  });
});

describe('an instant rollback', () => {
  step('gives all users back within seconds, and none of them an error', async () => {
    const took = await undisturbed(async () => {
      await blueGreen('1.0.0', { annotations: { 'recommender.dev/rollback': '2.1.0 now clicks fell' } });
      return lastAnswerOf(e2e, '1.0.0');
    });
    expect(took).toBeLessThan(BACK_WITHIN_MS);
    const { message, champion } = await untilStatus('it is on record', ({ phase }) => phase === 'RolledBack');
    expect([champion?.version, message]).toEqual(['2.1.0', expect.stringContaining('with its pods still running, rolled back from 1.0.0')]);
    process.stdout.write(`all users were back ${took.toFixed(0)} ms after the command\n`);
  });

  step('lets the stack go that was left', async () => {
    await until('the pods of 1.0.0 go', async () => (await stackOf('1.0.0')) === undefined, 60_000);
    expect(await stackOf('2.1.0')).toMatchObject({ available: 2, keptUntil: undefined });
  });
});
