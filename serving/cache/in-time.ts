import { Unavailable } from './redis-failures.ts';

/**
 * An answer, or its failure, within so many milliseconds.
 * @throws Unavailable when there was none
 */
export async function inTime<T>(answer: Promise<T>, withinMs: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    // After a long pause of this process timers come before what has arrived meanwhile: look at that first.
    setImmediate(() => reject(new Unavailable(`no answer within ${withinMs} ms`)));
  }, withinMs);
  timer.unref();
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
