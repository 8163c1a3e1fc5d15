import { describe, expect, it } from '@jest/globals';
import { MAX_BATCH } from '../scoring/slot.ts';
import { createAdmission } from './admission.ts';

const BATCH = 16;

/** A pod with one worker in simulated time: requests come, wait, and are scored in batches. */
function simulate({ perRequestMs, batchMs = 0, most = BATCH }: { perRequestMs: number; batchMs?: number; most?: number }) {
  let now = 0;
  let freeAt = 0;
  let hangs = false;
  const queue: number[] = [];
  const waits: number[] = [];
  let refused = 0;
  const admission = createAdmission({ waiting: () => queue.length, workers: 1, onRefused: () => (refused += 1), now: () => now });

  function work(): void {
    while (queue.length > 0 && freeAt <= now && !hangs) {
      const batch = queue.splice(0, most);
      const milliseconds = batchMs + batch.length * perRequestMs;
      waits.push(...batch.map((arrived) => Math.max(freeAt, arrived) + milliseconds - arrived));
      freeAt = Math.max(freeAt, now) + milliseconds;
      admission.scored(batch.length, milliseconds);
    }
  }

  return {
    hang: () => (hangs = true),
    refused: () => refused,
    waits: () => waits,
    /** Requests at a steady rate. @returns how many were admitted */
    offer(perSecond: number, seconds: number): number {
      let admitted = 0;
      for (let count = 0; count < perSecond * seconds; count += 1) {
        now += 1000 / perSecond;
        work();
        try {
          admission.check();
          queue.push(now);
          admitted += 1;
        } catch {
          // Counted by onRefused.
        }
      }
      return admitted;
    },
  };
}

describe('admission', () => {
  it('refuses nobody below capacity', () => {
    const pod = simulate({ perRequestMs: 0.3 });
    pod.offer(3_000, 10);
    expect(pod.refused()).toBe(0);
  });

  it('does not take the first run of a cold pod for the pace of the next ones', () => {
    const admission = createAdmission({ waiting: () => 4, workers: 1, onRefused: () => undefined, now: () => 0 });
    admission.scored(1, 300);
    for (let run = 0; run < 16; run += 1) admission.scored(1, 1);
    expect(admission.refuses(0)).toBe(false);
  });

  it.each([
    [2, 0.3, 0],
    [5, 0.3, 0],
    [2, 0.05, 0.5],
    [2, 5, 0],
    [2, 0.1, 20],
  ])('at %d times the capacity (%d ms a request, %d ms a batch) still answers what it can, soon', (times, perRequestMs, batchMs) => {
    const capacity = 1000 / (perRequestMs + batchMs / BATCH);
    const pod = simulate({ perRequestMs, batchMs });
    const admitted = pod.offer(times * capacity, 10);
    expect(admitted).toBeGreaterThan(0.95 * capacity * 10);
    const slowest = pod.waits().reduce((most, wait) => Math.max(most, wait), 0);
    // The budget, what is admitted whatever the estimate, and the batch that runs.
    expect(slowest).toBeLessThan(250 + (2 * BATCH + 2 * BATCH) * (perRequestMs + batchMs));
  });

  it('makes nobody wait for a slow model of single requests longer than the budget and the runs at hand', () => {
    const pod = simulate({ perRequestMs: 100, most: 1 });
    expect(pod.offer(20, 20)).toBeGreaterThan(0.95 * 10 * 20);
    const known = pod.waits().slice(50);
    expect(Math.max(...known)).toBeLessThanOrEqual(250 + 2 * 100);
  });

  it('lets everybody in again when the flood is over', () => {
    const pod = simulate({ perRequestMs: 0.3 });
    pod.offer(10_000, 2);
    pod.offer(1_000, 1);
    const before = pod.refused();
    pod.offer(1_000, 5);
    expect(pod.refused()).toBe(before);
  });

  it('counts those who have been let in and do not wait for a worker yet', () => {
    const admission = createAdmission({ waiting: () => 0, workers: 1, onRefused: () => undefined, now: () => 0 });
    admission.scored(100, 100);
    expect([0, 100, 250, 300].map((ahead) => admission.refuses(ahead))).toEqual([false, false, false, true]);
  });

  it('lets no more in ahead of the workers than there are connections, however quick they are', () => {
    const admission = createAdmission({ waiting: () => 0, workers: 1, onRefused: () => undefined, now: () => 0 });
    admission.scored(100, 1);
    expect([4_095, 4_096].map((ahead) => admission.refuses(ahead))).toEqual([false, true]);
  });

  it('does not take a long turn of the event loop for workers that do not get on', () => {
    let now = 0;
    const admission = createAdmission({ waiting: () => 0, workers: 1, onRefused: () => undefined, now: () => now });
    admission.scored(1, 0.1);
    now = 10_000;
    expect(admission.refuses(50)).toBe(false);
  });

  it('does not take a time in which the process was stopped for workers that do not get on', () => {
    let now = 0;
    const admission = createAdmission({ waiting: () => MAX_BATCH + 1, workers: 1, onRefused: () => undefined, now: () => now });
    admission.scored(1, 1);
    now += 450;
    expect([1, 2, 3].map(() => admission.refuses(0))).toEqual([false, false, false]);
    for (let turn = 0; turn < 250; turn += 1) {
      now += 1;
      admission.refuses(0);
    }
    expect(admission.refuses(0)).toBe(true);
  });

  it('refuses nobody whom the next batch will answer, however long the worker has been without a processor', () => {
    const pod = simulate({ perRequestMs: 1 });
    pod.offer(20, 5);
    pod.hang();
    expect(pod.offer(20, 1.5)).toBe(30);
    expect(pod.offer(20, 10)).toBeLessThan(5);
  });

  it('refuses when the workers do not get on at all, whatever the estimate', () => {
    const pod = simulate({ perRequestMs: 0.01 });
    pod.offer(1_000, 1);
    pod.hang();
    expect(pod.offer(1_000, 2)).toBeLessThan(400);
  });
});
