/** What a thread may do so that its work is no more than a share of the time. */
interface DutyCycle {
  /** Whether one more piece of work may begin; where not, a rest comes first. */
  allows(): boolean;
  /** Ends a burst. @returns how long to rest, milliseconds */
  rest(): number;
}

/** A thread that stood still in the middle of its work, with its process or for want of a processor, is not to do so for long after. */
export const LONGEST_REST_MS = 1_000;

/**
 * A thread of the lowest priority still holds the processor for a moment when somebody who comes first wakes up, and the
 * more often it works, the more often it does. Time for which it is interrupted in its work counts as work, so where there
 * is little of the processor left it asks for less. It works in bursts, since the first piece after a rest finds every cache cold; one
 * that has worked for as long as the longest rest makes up for is over.
 *
 * @param share of the time, more than 0, at most 1
 * @param burst how many pieces of work may come before a rest
 * @param busyMs how long the thread has been busy since its start, milliseconds
 */
export function createDutyCycle(share: number, burst: number, busyMs: () => number): DutyCycle {
  let before = busyMs();
  let begun = 0;
  return {
    allows() {
      if (begun >= burst || (begun > 0 && busyMs() - before > share * LONGEST_REST_MS)) return false;
      begun += 1;
      return true;
    },
    rest() {
      const now = busyMs();
      const worked = now - before;
      before = now;
      begun = 0;
      return Math.min(LONGEST_REST_MS, (worked * (1 - share)) / share);
    },
  };
}
