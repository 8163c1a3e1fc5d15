/** How long to rest so that the work done so far is no more than its share of the time. */
export interface Pace {
  /** @returns milliseconds, for the work done since it was last asked */
  rest(): number;
}

/** A thread that stood still in the middle of its work, with its process or for want of a processor, is not to do so for long after. */
export const LONGEST_REST_MS = 1_000;

/**
 * A thread of the lowest priority still holds the processor for a moment when somebody who comes first wakes up, and the
 * more often it works, the more often it does. Time for which it is interrupted in its work counts as work, so where there
 * is little of the processor left it asks for less.
 *
 * @param share of the time, more than 0, at most 1
 * @param busyMs how long the thread has been busy since its start, milliseconds
 */
export function createPace(share: number, busyMs: () => number): Pace {
  let before = busyMs();
  return {
    rest() {
      const now = busyMs();
      const worked = now - before;
      before = now;
      return Math.min(LONGEST_REST_MS, (worked * (1 - share)) / share);
    },
  };
}
