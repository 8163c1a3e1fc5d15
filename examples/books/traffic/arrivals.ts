import type { Random } from '../random.ts';

/** An arrival later than this is forgotten: after a stall the traffic goes on, it does not flood. */
const CATCH_UP_MS = 250;

/**
 * Time from one arrival to the next in an open loop, milliseconds: exponential gaps make a Poisson process of
 * `rate` arrivals a second, whatever the answers take.
 */
export const gapMs = (rate: number, draw: Random): number => (-1000 * Math.log(1 - draw.uniform())) / rate;

/** Calls `arrive` at `rate` a second on average until the signal aborts. */
export function arriveUntil(signal: AbortSignal, rate: number, draw: Random, arrive: () => void): void {
  let due = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const step = () => {
    const now = performance.now();
    due = Math.max(due, now - CATCH_UP_MS);
    for (; due <= now; due += gapMs(rate, draw)) arrive();
    timer = setTimeout(step, due - now);
  };
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  if (!signal.aborted) step();
}
