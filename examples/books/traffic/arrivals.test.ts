import { describe, expect, it } from '@jest/globals';

import { random } from '../random.ts';
import { arriveUntil, gapMs } from './arrivals.ts';

describe('gapMs', () => {
  it('has the mean of 1/rate and the spread of an exponential', () => {
    const draw = random(1);
    const gaps = Array.from({ length: 20_000 }, () => gapMs(50, draw));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(Math.abs(mean / 20 - 1)).toBeLessThan(0.03);
    expect(Math.abs(deviation / 20 - 1)).toBeLessThan(0.05);
  });
});

describe('arriveUntil', () => {
  it('ends when it is told to, at once when told before', async () => {
    const stop = new AbortController();
    let arrivals = 0;
    await new Promise<void>((resolve) => {
      arriveUntil(stop.signal, 500, random(1), () => {
        if (++arrivals === 20) resolve();
      });
    });
    stop.abort();
    const atStop = arrivals;
    arriveUntil(stop.signal, 500, random(1), () => arrivals++);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(arrivals).toBe(atStop);
  });
});
