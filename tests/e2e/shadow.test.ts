import { describe, expect, it, jest } from '@jest/globals';
import { openStage } from './stage.ts';

/** A shop whose versions are shadowed before anybody sees them. The tests are chapters; the users stay to the end. */
jest.setTimeout(240_000);

const SHOP = 'e2e-shadow';
const { shop, untilStatus, untilServing, decisions, nobodyGotAnError } = await openStage(SHOP);

/** A version that is shadowed for a few seconds, held against these limits. */
const wish = (version: string, limits: Record<string, string>) =>
  shop.wish(version, {
    delivery: { strategy: 'Shadow', shadow: { holdFor: '6s' }, canary: { steps: [{ weight: 20, hold: '3s' }] }, after: { watchFor: '0s' }, progressDeadline: '1m' },
    analysis: { interval: '3s', window: '20s', minRequests: 40, guardrails: { averageLatency: '1s', p99Latency: '4s' }, shadow: limits },
  });

describe('a shop that shadows its versions', () => {
  it('stops one that ranks otherwise by what was compared, before any user saw it', async () => {
    await wish('1.0.0', {});
    await untilServing('1.0.0');
    await shop.openDoors(25);
    await wish('2.0.0', { minOverlap: '0.99' });
    await untilStatus('it is shadowed', ({ phase }) => phase === 'Shadow');
    const { message } = await untilStatus('it is rejected', ({ phase }) => phase === 'Rejected');
    expect(message).toMatch(/^2\.0\.0 was rejected before any user saw it: its overlap with the champion was 0\.\d+[^,]*, below the minimum of 0\.99/);
    const [rejection] = await decisions('2.0.0');
    const overlap = rejection?.evidence?.find(({ metric }) => metric === 'shadow-overlap');
    expect(Number(overlap?.estimate)).toBeLessThan(0.99);
    expect(Object.keys((await shop.seen()).versions)).toEqual(['1.0.0']);
    await nobodyGotAnError();
  });

  it('lets a good one go on to users and to everyone, and tells how it compared', async () => {
    await wish('2.1.0', { minCoverage: '0.9' });
    await untilStatus('it is shadowed', ({ phase, candidate }) => phase === 'Shadow' && candidate?.version === '2.1.0');
    const shadowed = await shop.seen();
    expect(Object.keys(shadowed.versions)).toEqual(['1.0.0']);
    await untilServing('2.1.0');
    const [promotion, ...before] = await decisions('2.1.0');
    expect(before.map(({ to, rule }) => [to, rule])).toEqual([['Challenger', 'ShadowEnded'], ['Shadow', 'ValidationPassed'], ['Validating', 'ValidationStarted']]);
    expect(before[0]?.reason).toMatch(/^2\.1\.0 passed its shadow phase: [\d,]+ of its answers were compared, .*Its first users \(20%\) received its answers\.$/);
    const passed = promotion?.evidence?.filter(({ verdict }) => verdict === 'Pass').map(({ metric }) => metric);
    expect(passed).toEqual(expect.arrayContaining(['shadow-requests', 'shadow-error-rate', 'shadow-p99-latency', 'shadow-overlap', 'shadow-coverage', 'error-rate', 'requests']));
    expect((await shop.seen()).versions['2.0.0']).toBeUndefined();
    await nobodyGotAnError();
  });
});
