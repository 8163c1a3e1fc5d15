import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks again and again until the answer is yes.
 * @param what for the failure's sentence: “kube-apiserver does not answer”
 * @param limitMs throws an Error with `what` after this time
 */
export async function until(
  what: string,
  limitMs: number,
  holds: () => Promise<boolean> | boolean,
  everyMs = 100,
): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`${what} (waited ${Math.round(limitMs / 1000)} s)`);
    await pause(everyMs);
  }
}
