import { describe, expect, it } from '@jest/globals';
import { createIntake, SLICE_MS } from './intake.ts';

/** An event loop in simulated time: taking an item takes 1 ms, reading it nothing. */
function eventLoop() {
  let now = 0;
  const afterReading: (() => void)[] = [];
  const soon: (() => void)[] = [];
  const taken: number[] = [];
  const intake = createIntake<number>(
    (item) => {
      taken.push(item);
      now += 1;
    },
    { now: () => now, afterReading: (act) => afterReading.push(act), soon: (act) => soon.push(act) },
  );
  const runSoon = () => {
    for (let act = soon.shift(); act !== undefined; act = soon.shift()) act();
  };
  return {
    taken,
    kept: intake.kept,
    offer(...items: number[]) {
      for (const item of items) intake.offer(item);
      runSoon();
    },
    /** All sockets have been read. */
    endTurn() {
      for (const act of afterReading.splice(0)) act();
      runSoon();
    },
    /** Something else is done: one is refused, say. */
    refuse(milliseconds: number) {
      now += milliseconds;
      intake.kept();
      runSoon();
    },
    isIdle: () => afterReading.length === 0,
  };
}

describe('the intake', () => {
  it('takes at once what comes while there is time', () => {
    const loop = eventLoop();
    loop.offer(1, 2);
    expect(loop.taken).toEqual([1, 2]);
    loop.endTurn();
    expect(loop.isIdle()).toBe(true);
  });

  it('takes the rest slice by slice, in the order of its coming, and reads in between', () => {
    const loop = eventLoop();
    loop.offer(1, 2, 3, 4, 5, 6, 7);
    expect(loop.taken).toHaveLength(SLICE_MS);
    loop.endTurn();
    expect(loop.taken).toEqual([1, 2, 3, 4]);
    // Nobody overtakes those who wait.
    loop.offer(8);
    loop.endTurn();
    loop.endTurn();
    expect(loop.taken).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    loop.endTurn();
    expect(loop.isIdle()).toBe(true);
  });

  it('gives what is kept its share of a turn that does not end', () => {
    const loop = eventLoop();
    loop.offer(1, 2, 3, 4, 5, 6, 7, 8);
    for (let refused = 0; refused < 40; refused += 1) loop.refuse(0.25);
    expect(loop.taken.length).toBeGreaterThan(6);
    expect(loop.kept()).toBeLessThan(2);
  });

  it('takes at once again when everything kept has been taken', () => {
    const loop = eventLoop();
    loop.offer(1, 2, 3);
    loop.endTurn();
    loop.endTurn();
    loop.offer(4);
    expect(loop.taken).toEqual([1, 2, 3, 4]);
  });
});
