import { describe, expect, it } from '@jest/globals';

import { createPace, LONGEST_REST_MS } from './pace.ts';

describe('the pace of the shadow', () => {
  it('rests nine times as long as it worked for a tenth of the time', () => {
    let busy = 100;
    const pace = createPace(0.1, () => busy);
    busy += 2;
    expect(pace.rest()).toBeCloseTo(18);
    expect(pace.rest()).toBe(0);
    busy += 1;
    expect(pace.rest()).toBeCloseTo(9);
  });

  it('rests for a second at most, though the thread was interrupted for a minute', () => {
    let busy = 0;
    const pace = createPace(0.1, () => busy);
    busy += 60_000;
    expect(pace.rest()).toBe(LONGEST_REST_MS);
    expect(pace.rest()).toBe(0);
  });

  it('never rests when all of the time is its own', () => {
    let busy = 0;
    const pace = createPace(1, () => busy);
    busy += 5;
    expect(pace.rest()).toBe(0);
  });
});
