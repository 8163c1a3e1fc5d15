import { describe, expect, it, jest } from '@jest/globals';
import type { Rollout } from '../../operator/api/argo.ts';
import { until } from '../../tools/testenv/until.ts';
import { openStage } from './stage.ts';

/** A version that turns out bad when it serves everyone, with real Argo Rollouts, Prometheus and users. */
jest.setTimeout(240_000);

const SHOP = 'e2e-watching';
const USERS_PER_SECOND = 40;

const { cluster, shop, untilStatus, version, nobodyGotAnError } = await openStage(SHOP);

/**
 * Limits so wide that 3.0.0, which throws for a part of the readers, passes its canary. What is left is the comparison with the
 * champion before.
 */
const spec = {
  delivery: { canary: { steps: [{ weight: 20, hold: '3s' }] }, progressDeadline: '1m', after: { watchFor: '10m' } },
  analysis: { interval: '3s', window: '20s', minRequests: 20, guardrails: { errorRate: '1', inferenceErrorsPerMinute: 100_000, p99Latency: '4s' } },
};

const untilWatched = (version: string) => untilStatus(`${version} is watched`, ({ phase, champion }) => phase === 'Watching' && champion?.version === version);

describe('the watch after a promotion', () => {
  it('returns everyone from a version that is worse than the one before, without a failed request', async () => {
    await shop.wish('1.0.0', spec);
    await untilWatched('1.0.0');
    await shop.openDoors(USERS_PER_SECOND);
    await untilStatus('the first one holds its limits', ({ verdicts }) => verdicts?.some(({ metric, verdict }) => metric === 'error-rate' && verdict === 'Pass') === true);

    await shop.wish('3.0.0', spec);
    const { message, champion } = await untilStatus('everyone is back', ({ phase }) => phase === 'RolledBack');
    expect(champion?.version).toBe('1.0.0');
    expect(message).toMatch(/because 3\.0\.0 violated its guardrails after its promotion: its share of failed requests was [\d.]+ times that of 1\.0\.0/);
    const record = (await version('3.0.0'))?.status;
    expect(record).toMatchObject({ stage: 'RolledBack', decisions: [{ rule: 'WatchViolated', by: 'recommender-operator' }, { to: 'Champion' }, {}, {}] });
    const passed = record?.decisions?.[0]?.evidence?.filter(({ verdict }) => verdict === 'Pass').map(({ metric }) => metric);
    expect(passed).toEqual(expect.arrayContaining(['error-rate', 'average-latency', 'inference-errors', 'throttled-rate', 'average-latency-ratio']));

    const rollout = await until('1.0.0 serves, and the step of the way back is gone from the Rollout', async () => {
      const now = (await cluster.get('Rollout', { namespace: SHOP, name: 'books' })) as Rollout | undefined;
      const isSettled = now?.status?.phase === 'Healthy' && now.status.observedGeneration === String(now.metadata.generation);
      return isSettled && now.spec.strategy?.canary?.steps === undefined ? now : undefined;
    }, 60_000);

    // Git syncs what it has: nothing may change.
    const sync = '9.9.9 a sync of the same manifest';
    await shop.wish('3.0.0', spec, { annotations: { 'recommender.dev/retry': sync } });
    await untilStatus('the operator has seen the sync', ({ acts }) => acts?.retry === sync);
    expect(await shop.model()).toMatchObject({ status: { phase: 'RolledBack', champion: { version: '1.0.0' } } });
    expect((await cluster.get('Rollout', { namespace: SHOP, name: 'books' }))?.metadata.generation).toBe(rollout.metadata.generation);

    await nobodyGotAnError();
  });
});
