import { setTimeout as pause } from 'node:timers/promises';

import { request } from 'undici';

const KNOCK_EVERY_MS = 50;
const KNOCK_TIMEOUT_MS = 1_000;

/**
 * Knocks until somebody opens: the nodes of a cluster lead to the first pods of a Service a moment after those are ready.
 * @returns false when nobody has within `withinMs`
 */
export async function isOpen(target: string, withinMs = 120_000): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    if (await answers(target)) return true;
    await pause(KNOCK_EVERY_MS);
  }
  return false;
}

/** Each time over a connection of its own, as a reader who comes would. */
async function answers(target: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(new URL('/healthz', target), { reset: true, signal: AbortSignal.timeout(KNOCK_TIMEOUT_MS) });
    await body.dump();
    return statusCode < 500;
  } catch {
    return false;
  }
}
