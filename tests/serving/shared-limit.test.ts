import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

import { eventually } from '../../serving/testing/http.ts';
import { startServing } from '../../serving/testing/serving-process.ts';
import type { ServingProcess } from '../../serving/testing/serving-process.ts';
import { removeTinyBundles, tinyBundle } from '../../serving/testing/tiny-bundle.ts';
import { startRedis } from './redis.ts';
import type { TestRedis } from './redis.ts';

jest.setTimeout(90_000);
const PER_SECOND = 20;
const BURST = 20;
/** A tenth of a second's requests, for each of two pods. */
const LEASES = 2 * 2;

let redis: TestRedis;
let pods: ServingProcess[];
beforeAll(async () => {
  redis = await startRedis();
  const bundle = await tinyBundle();
  const env = { REDIS_URL: redis.url, RATE_LIMIT_PER_SECOND: String(PER_SECOND), RATE_LIMIT_BURST: String(BURST) };
  pods = await Promise.all([startServing(bundle, env), startServing(bundle, env)]);
  await Promise.all(pods.map((pod) => pod.ready()));
});
afterAll(async () => {
  await Promise.all(pods.map((pod) => pod.kill()));
  await redis.stop();
  await removeTinyBundles();
});

async function isLetIn({ origin }: ServingProcess): Promise<boolean> {
  const headers = { 'content-type': 'application/json' };
  const { status } = await fetch(`${origin}/recommend`, { method: 'POST', headers, body: '{"user_id":"u1"}' });
  expect([200, 429]).toContain(status);
  return status === 200;
}

/** Asks both pods, one after the other, for a while. @returns how many were let in, in how many seconds */
async function flood(milliseconds: number): Promise<{ allowed: number; seconds: number }> {
  const started = performance.now();
  let allowed = 0;
  while (performance.now() - started < milliseconds) {
    for (const pod of pods) if (await isLetIn(pod)) allowed += 1;
  }
  return { allowed, seconds: (performance.now() - started) / 1000 };
}

describe('a limit shared through Redis', () => {
  it('is one for both pods, and each goes on alone when Redis dies', async () => {
    // Until a pod is connected it limits alone.
    await eventually('both pods to ask Redis', async () => {
      await flood(50);
      return (await Promise.all(pods.map(isLetIn))).every((isIn) => !isIn);
    }, 15_000);

    // A pod that Redis answers too late on a busy machine limits alone for five seconds.
    await eventually('one limit, which is made use of', async () => {
      const { allowed, seconds } = await flood(4_000);
      return allowed <= PER_SECOND * seconds + LEASES + 2 && allowed >= PER_SECOND * seconds * 0.7 - LEASES;
    }, 20_000);

    await redis.kill();
    const alone = await flood(3_000);
    expect(alone.allowed).toBeGreaterThan(PER_SECOND * alone.seconds * 1.3);
    expect(alone.allowed).toBeLessThanOrEqual(2 * (PER_SECOND * alone.seconds + BURST));

    await redis.start();
    await eventually('the shared limit again', async () => {
      const { allowed, seconds } = await flood(1_000);
      return allowed <= PER_SECOND * seconds + LEASES + 2;
    }, 20_000);
  });
});
