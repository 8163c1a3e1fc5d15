import { describe, expect, it } from '@jest/globals';
import { createSingleFlight } from './single-flight.ts';

/** One piece of work that ends when told to. */
function flight() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const singleFlight = createSingleFlight<string>();
  let seen: AbortSignal | undefined;
  const start = (signal?: AbortSignal) =>
    singleFlight.start('key', signal, (work) => {
      seen = work;
      return promise;
    });
  const join = (signal?: AbortSignal) => {
    const joined = singleFlight.join('key', signal);
    if (joined === undefined) throw new Error('nothing is under way');
    return joined;
  };
  return { singleFlight, start, join, resolve, reject, isAborted: () => seen?.aborted };
}

describe('those who ask the same at the same time', () => {
  it('get one answer; whoever asks later gets one of their own', async () => {
    const { singleFlight, start, join, resolve } = flight();
    const all = [start(), join(), join()];
    expect(singleFlight.join('another key')).toBeUndefined();
    resolve('answer');
    expect(await Promise.all(all)).toEqual(['answer', 'answer', 'answer']);
    expect(singleFlight.join('key')).toBeUndefined();
  });

  it('get one failure, and it is not remembered', async () => {
    const { singleFlight, start, join, reject } = flight();
    const all = [start(), join()];
    reject(new Error('no'));
    const outcomes = await Promise.allSettled(all);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(singleFlight.join('key')).toBeUndefined();
  });

  it('get it though the one who asked first has gone', async () => {
    const { start, join, resolve, isAborted } = flight();
    const first = new AbortController();
    void start(first.signal);
    const second = join(new AbortController().signal);
    first.abort();
    expect(isAborted()).toBe(false);
    resolve('answer');
    expect(await second).toBe('answer');
  });

  it('end the work when all have gone; then nobody joins it any more', () => {
    const { singleFlight, start, join, isAborted } = flight();
    const callers = [new AbortController(), new AbortController()];
    void start(callers[0]?.signal);
    void join(callers[1]?.signal);
    callers[1]?.abort();
    expect(isAborted()).toBe(false);
    callers[0]?.abort();
    expect(isAborted()).toBe(true);
    expect(singleFlight.join('key')).toBeUndefined();
  });

  it('end the work when those who are left had gone before they asked', () => {
    const { start, join, isAborted } = flight();
    const caller = new AbortController();
    void start(caller.signal);
    void join(AbortSignal.abort());
    caller.abort();
    expect(isAborted()).toBe(true);
  });

  it('do not end the work when one of them, without a way to go, still waits', () => {
    const { start, join, isAborted } = flight();
    const caller = new AbortController();
    void start(caller.signal);
    void join();
    caller.abort();
    expect(isAborted()).toBe(false);
  });
});
