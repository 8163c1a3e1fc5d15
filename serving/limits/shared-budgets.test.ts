import { beforeEach, describe, expect, it } from '@jest/globals';
import { createSharedBudgets, type TakeLease } from './shared-budgets.ts';
import { createTokenBuckets } from './token-buckets.ts';

const LIMIT = { requestsPerSecond: 100, burst: 50 };
let now = 0;
const clock = () => now;
/** Lets what has been answered be taken in. */
const settled = () => new Promise((done) => setImmediate(done));

/** What Redis keeps, by the same clock. */
function sharedBucket() {
  let tokens = LIMIT.burst;
  let at = now;
  let asked = 0;
  const take: TakeLease = (_caller, wanted) => {
    asked += 1;
    tokens = Math.min(LIMIT.burst, tokens + ((now - at) * LIMIT.requestsPerSecond) / 1000);
    at = now;
    const granted = Math.min(wanted, Math.floor(tokens));
    tokens -= granted;
    return Promise.resolve({ granted, waitMs: Math.max(0, 1 - tokens) * 10 });
  };
  return { take, asked: () => asked };
}

const podOf = (take: TakeLease) => createSharedBudgets(LIMIT, take, createTokenBuckets(LIMIT, clock), clock);

/** Requests every millisecond, to one pod after the other. @returns how many were let in */
async function flood(pods: ReturnType<typeof podOf>[], milliseconds: number): Promise<number> {
  let allowed = 0;
  for (let tick = 0; tick < milliseconds; tick += 1) {
    now += 1;
    for (const pod of pods) if (pod.take('shop').allowed) allowed += 1;
    await settled();
  }
  return allowed;
}

beforeEach(() => {
  now = 1_000;
});

describe('a shared budget', () => {
  it('is one for all pods: together they let in what one bucket would, and a lease a pod more', async () => {
    const { take, asked } = sharedBucket();
    const allowed = await flood([podOf(take), podOf(take), podOf(take)], 5_000);
    // 50 at once, 100 a second, leases of 10.
    expect(allowed).toBeGreaterThanOrEqual(50 + 500 - 3 * 10);
    expect(allowed).toBeLessThanOrEqual(50 + 500 + 3 * 10);
    // 15,000 requests came, most of them in vain.
    expect(asked()).toBeLessThan(200);
  });

  it('lets a caller who stays within the limit through, whichever pod answers', async () => {
    const { take } = sharedBucket();
    const pods = [podOf(take), podOf(take)];
    for (let tick = 0; tick < 500; tick += 1) {
      now += 12;
      expect(pods[tick % 2]?.take('shop').allowed).toBe(true);
      await settled();
    }
  });

  it('keeps nobody waiting: while the answer is on its way a lease is let in, and no more', () => {
    const pod = podOf(() => new Promise(() => undefined));
    const taken = Array.from({ length: 30 }, () => pod.take('shop').allowed);
    expect(taken.filter(Boolean)).toHaveLength(10);
  });

  it('that cannot be reached leaves each pod to its own, and is tried again', async () => {
    let isDown = true;
    const { take, asked } = sharedBucket();
    const pod = podOf((caller, wanted) => (isDown ? Promise.reject(new Error('gone')) : take(caller, wanted)));
    const alone = await flood([pod], 1_000);
    expect(alone).toBeGreaterThanOrEqual(145);
    expect(alone).toBeLessThanOrEqual(155);
    isDown = false;
    await flood([pod], 5_000);
    expect(asked()).toBeGreaterThan(0);
  });

  it('of one caller that cannot be had is no reason to limit the others alone', async () => {
    const { take, asked } = sharedBucket();
    const pod = podOf((caller, wanted) => (caller === 'mallory' ? Promise.reject(new Error('WRONGTYPE')) : take(caller, wanted)));
    pod.take('mallory');
    await settled();
    expect(await flood([pod, podOf(take)], 2_000)).toBeLessThanOrEqual(50 + 200 + 2 * 10);
    expect(asked()).toBeGreaterThan(0);
  });

  it('says when to come back', async () => {
    const pod = podOf(() => Promise.resolve({ granted: 0, waitMs: 2_500 }));
    pod.take('shop');
    await settled();
    expect(pod.take('shop')).toEqual({ allowed: false, retryAfterMs: 2_500 });
  });
});
