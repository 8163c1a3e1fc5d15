import { describe, expect, it } from '@jest/globals';
import { createDutyCycle, LONGEST_REST_MS } from './duty-cycle.ts';

/** A thread of which the test says how long it has worked. */
function paced(share: number, burst = 16) {
  let busy = 100;
  const dutyCycle = createDutyCycle(share, burst, () => busy);
  return { ...dutyCycle, work: (ms: number) => void (busy += ms) };
}

describe('the duty cycle of the shadow thread', () => {
  it('rests nine times as long as it worked for a tenth of the time', () => {
    const { work, rest } = paced(0.1);
    work(2);
    expect(rest()).toBeCloseTo(18);
    expect(rest()).toBe(0);
    work(1);
    expect(rest()).toBeCloseTo(9);
  });

  it('works in bursts, and after a rest begins another one', () => {
    const { allows, rest } = paced(0.1, 3);
    const burst = () => Array.from({ length: 4 }, allows);
    expect(burst()).toEqual([true, true, true, false]);
    rest();
    expect(burst()).toEqual([true, true, true, false]);
  });

  it('ends a burst that no rest could make up for, but begins each', () => {
    const { work, allows, rest } = paced(0.1);
    allows();
    work(100);
    expect(allows()).toBe(true);
    work(0.1);
    expect(allows()).toBe(false);
    expect(rest()).toBeCloseTo(900.9);
    expect(allows()).toBe(true);
  });

  it('rests for a second at most, though the thread was interrupted for a minute', () => {
    const { work, rest } = paced(0.1);
    work(60_000);
    expect(rest()).toBe(LONGEST_REST_MS);
    expect(rest()).toBe(0);
  });

  it('never rests when all of the time is its own', () => {
    const { work, rest } = paced(1);
    work(5);
    expect(rest()).toBe(0);
  });
});
