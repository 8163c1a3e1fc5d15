import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../testing/http.ts';
import { InferenceTimedOut, WorkerEnded } from './failures.ts';
import { watchModelHealth } from './model-health.ts';

type Outcome = string[] | Error;

let stop: (() => void) | undefined;
afterEach(() => stop?.());

/** Watches a model that answers its golden requests like this, one outcome a replay, the last for ever. */
function watch(outcomes: Outcome[], answer: (outcome: Outcome) => Promise<string[]> = settled, lastRunAt = () => 0) {
  const seen: (readonly string[])[] = [];
  let replays = 0;
  const check = () => {
    const outcome = outcomes[Math.min(replays, outcomes.length - 1)] ?? [];
    replays += 1;
    return answer(outcome);
  };
  stop = watchModelHealth({ model: { check }, intervalMs: 5, onChecked: (faults) => seen.push(faults), lastRunAt });
  return { seen, replays: () => replays };
}

const settled = (outcome: Outcome) => (outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome));

describe('model health', () => {
  it('hears of each replay, right or wrong', async () => {
    const { seen } = watch([[], ['wrong'], []]);
    await eventually('three replays', () => seen.length >= 3);
    expect(seen.slice(0, 3)).toEqual([[], ['wrong'], []]);
  });

  it('hears nothing of a replay that was not answered in time, and goes on', async () => {
    const { seen, replays } = watch([new InferenceTimedOut('late'), new InferenceTimedOut('late'), ['wrong']]);
    await eventually('an answer', () => seen.length > 0);
    expect(seen[0]).toEqual(['wrong']);
    expect(replays()).toBeGreaterThanOrEqual(3);
  });

  it('hears that a worker has ended, until golden requests are answered again', async () => {
    const { seen } = watch([new WorkerEnded(1, undefined), []]);
    await eventually('an answer', () => seen.length > 1);
    expect(seen.slice(0, 2)).toEqual([['A golden request failed: the inference worker ended with code 1.'], []]);
  });

  it.each([
    ['hears that nothing has ended in the time a caller waits', () => 0, ['No inference run has ended for 5 s.']],
    ['hears nothing while runs end, as many as wait for one', () => performance.now() - 100, []],
  ])('%s', async (_what, lastRunAt, expected) => {
    const late = async (outcome: Outcome) => {
      if (outcome instanceof Error) await new Promise((done) => setTimeout(done, 5_010));
      return settled(outcome);
    };
    const { seen } = watch([new InferenceTimedOut('late'), []], late, lastRunAt);
    await eventually('a replay that was answered', () => seen.some((faults) => faults.length === 0), 10_000);
    expect(seen.flat()).toEqual(expected);
  });

  it('never replays twice at once', async () => {
    let running = 0;
    let most = 0;
    const slow = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((done) => setTimeout(done, 30));
      running -= 1;
      return [];
    };
    const { seen } = watch([[]], slow);
    await eventually('three replays', () => seen.length >= 3);
    expect(most).toBe(1);
  });

  it('is silent once it is stopped, even about a replay on its way', async () => {
    const { promise, resolve } = Promise.withResolvers<string[]>();
    const { seen, replays } = watch([[]], () => promise);
    await eventually('a replay', () => replays() === 1);
    stop?.();
    resolve(['wrong']);
    await promise;
    expect([seen, replays()]).toEqual([[], 1]);
  });
});
