import { describe, expect, jest } from '@jest/globals';
import type { ModelVersion } from '../../operator/api/model.ts';
import { openE2E, statusWaiter } from './e2e.ts';
import { ordered } from './ordered.ts';

/** A retriever and a ranker of one group, each with users of its own, with real Argo Rollouts and Prometheus. The tests build on each other. */
jest.setTimeout(300_000);

const NAMESPACE = 'e2e-lockstep';
const USERS_PER_SECOND = 20;

const e2e = await openE2E(NAMESPACE);
const { cluster, seen, nobodyGotAnError } = e2e;

/** The ranker waits longer for data. Only errors are judged, and users wait longer than a pod for another: how fast pods are depends on the machine. */
const MIN_REQUESTS = { retriever: 20, ranker: 120 };
type Name = keyof typeof MIN_REQUESTS;
const NAMES: readonly Name[] = ['retriever', 'ranker'];

function apply(name: Name, version: string): Promise<void> {
  const analysis = { interval: '3s', window: '20s', minRequests: MIN_REQUESTS[name], guardrails: { averageLatency: '5s', p99Latency: '10s', throttledRate: '1' } };
  const delivery = { canary: { steps: [{ weight: 20, hold: '3s' }, { weight: 50, hold: '3s' }] }, progressDeadline: '2m' };
  const serving = { replicas: { min: 1, max: 1 }, resources: { requests: { cpu: '50m', memory: '192Mi' }, limits: { memory: '512Mi' } } };
  return e2e.apply(version, { group: 'home', analysis, delivery, serving }, { name });
}

const untilStatus = { retriever: statusWaiter(() => e2e.model('retriever')), ranker: statusWaiter(() => e2e.model('ranker')) };
const untilChampion = (name: Name, version: string) => untilStatus[name](`${version} of ${name} is champion`, ({ phase, champion }) => phase === 'Healthy' && champion?.version === version);
const decisions = async (name: Name, version: string) =>
  ((await cluster.get('ModelVersion', { namespace: NAMESPACE, name: `${name}-${version}` })) as ModelVersion | undefined)?.status?.decisions ?? [];

const step = ordered(async () => {
  for (const name of NAMES) await nobodyGotAnError(name);
});

describe('a retriever and its ranker', () => {
  step('are promoted together, though one waits longer for data', async () => {
    for (const name of NAMES) await apply(name, '1.0.0');
    await Promise.all(NAMES.flatMap((name) => [untilChampion(name, '1.0.0'), e2e.startTraffic(USERS_PER_SECOND, { TIMEOUT_MS: '15000' }, name)]));

    for (const name of NAMES) await apply(name, '2.0.0');
    const { candidate } = await untilStatus.retriever('it waits for the ranker', ({ message }) => /2\.0\.0 at 20% of users, step 1 of 2, waits for its group home: ranker 2\.0\.0 at 20% of users.* of 120 requests needed/.test(message ?? ''));
    expect(candidate?.weight).toBe(20);
    for (const name of NAMES) await untilChampion(name, '2.0.0');
    for (const name of NAMES) {
      expect((await decisions(name, '2.0.0')).map(({ rule }) => rule)).toEqual(['GatesPassed', 'StartedTogether', 'ValidationPassed', 'ValidationStarted']);
      const { switches } = await seen(name);
      expect([name, (switches['1.0.0->2.0.0'] ?? 0) > 0, switches['2.0.0->1.0.0'] ?? 0]).toEqual([name, true, 0]);
    }
  });

  step('go back together where one throws, and start together again with the next version of that one', async () => {
    await apply('retriever', '2.1.0');
    await apply('ranker', '3.0.0');
    await untilStatus.ranker('it is rejected', ({ phase, message }) => phase === 'Rejected' && message?.startsWith('3.0.0 was rejected') === true);
    const { champion } = await untilStatus.retriever('the innocent one waits', ({ message }) => message?.includes('2.1.0 waits for its group home: ranker 3.0.0 was rejected') === true);
    expect(champion?.version).toBe('2.0.0');
    const back = (await decisions('retriever', '2.1.0')).find(({ rule }) => rule === 'GroupFailed');
    expect(back).toMatchObject({ to: 'Candidate', reason: expect.stringMatching(/^2\.1\.0 was withdrawn.*: ranker 3\.0\.0 of its group home was rejected\. .* 2\.0\.0\.$/) });

    await apply('ranker', '2.1.0');
    for (const name of NAMES) await untilChampion(name, '2.1.0');
    expect((await decisions('retriever', '2.1.0')).filter(({ rule }) => rule === 'StartedTogether')).toHaveLength(2);
  });
});
