import { describe, expect, it } from '@jest/globals';
import type { Bundle } from '../bundle/bundle.ts';
import type { GoldenRequest } from '../bundle/golden.ts';
import type { RankedItem } from '../bundle/ranked.ts';
import { InferenceFailed, InferenceTimedOut, WorkerEnded } from './failures.ts';
import { replayGolden } from './golden.ts';
import type { Recommender } from './recommender.ts';

/** What the model answers to every request: items a, b, c with these scores, in this order. */
function replay(answer: [string, number][], expected: [string, number][], { tolerance = 1e-4, task = 'user-to-items', fallback = false } = {}): Promise<string[]> {
  const ids = ['a', 'b', 'c'];
  const golden: GoldenRequest = {
    request: { user_id: 'u' },
    expected: expected.map(([id, score]) => ({ id, score })),
    tolerance,
    isOwn: false,
  };
  const items: RankedItem[] = answer.map(([id, score]) => ({ row: ids.indexOf(id), score }));
  const recommender: Recommender = {
    recommend: () => Promise.resolve({ items, fallback }),
    popular: () => ({ items, fallback: true }),
  };
  return replayGolden({ manifest: { task }, items: ids.map((id) => ({ id })), classes: [], golden: [golden] } as unknown as Bundle, recommender);
}

describe('golden requests', () => {
  it('pass with the expected items and scores', async () => {
    expect(await replay([['a', 0.9], ['b', 0.5]], [['a', 0.9], ['b', 0.5]])).toEqual([]);
  });

  it('pass within the tolerance, which is absolute', async () => {
    expect(await replay([['a', 0.90009]], [['a', 0.9]])).toEqual([]);
    expect(await replay([['a', 0.9002]], [['a', 0.9]])).toHaveLength(1);
  });

  it('let items of equal score change places', async () => {
    expect(await replay([['b', 0.5], ['a', 0.5]], [['a', 0.5], ['b', 0.5]])).toEqual([]);
  });

  it('let an item that is as good as the last one be cut off', async () => {
    expect(await replay([['a', 4], ['b', 4]], [['a', 4], ['c', 4]])).toEqual([]);
    expect(await replay([['a', 4], ['b', 3]], [['a', 4], ['c', 4]])).toEqual([expect.stringContaining('item "c" is expected at place 2 but missing')]);
    expect(await replay([['a', 4]], [['a', 4], ['c', 4]])).toEqual([expect.stringContaining('"c" is not at place 2')]);
  });

  it('say so when a stated tolerance is narrower than float32', async () => {
    const narrow = await replay([['a', 4_056_935.75]], [['a', 4_056_935.8216528594]]);
    expect(narrow).toEqual([expect.stringMatching(/± 0\.0001; float32 is no more exact: leave the tolerance out\.$/)]);
    expect(await replay([['a', 4_056_900]], [['a', 4_057_000]])).toEqual([expect.stringMatching(/± 0\.0001\.$/)]);
  });

  it('do not look beyond the expected items', async () => {
    expect(await replay([['a', 0.9], ['c', 0.4]], [['a', 0.9]])).toEqual([]);
  });

  it('do not ask for items of which the program that recorded them says nothing', async () => {
    expect(await replay([['a', 0.9]], [['a', 0.9], ['b', -3.4e38], ['c', -3.4e38]])).toEqual([]);
    expect(await replay([['a', 0.9]], [['a', 0.9], ['b', 0]], { task: 'items-to-items' })).toEqual([]);
    expect(await replay([['a', 0.9]], [['a', 0.9], ['b', 0]])).toEqual([expect.stringContaining('item "b" is expected')]);
    expect(await replay([['c', 0]], [['a', 0], ['b', 0]], { task: 'items-to-items', fallback: true })).toEqual([]);
    expect(await replay([['c', 0]], [['a', 0.9], ['b', 0]], { fallback: true })).toEqual([expect.stringContaining('item "a" is expected')]);
  });

  it.each<[string, [string, number][], string]>([
    ['a missing item', [['a', 0.9]], 'item "b" is expected at place 2 but missing'],
    ['another order', [['b', 0.9], ['a', 0.5]], 'item "a" scored 0.5'],
    ['an item pushed in front', [['c', 1], ['a', 0.9], ['b', 0.5]], '"a" is not at place 1'],
  ])('fail on %s, with one sentence', async (_what, answer, sentence) => {
    const faults = await replay(answer, [['a', 0.9], ['b', 0.5]]);
    expect(faults).toEqual([expect.stringContaining(sentence)]);
  });

  const replayFailing = (error: Error) => {
    const recommender = { recommend: () => Promise.reject(error), popular: () => ({ items: [], fallback: true }) };
    const golden = { request: {}, expected: [], tolerance: 0 };
    return replayGolden({ manifest: {}, items: [], classes: [], golden: [golden] } as unknown as Bundle, recommender);
  };

  it('fail when the model fails', async () => {
    expect(await replayFailing(new InferenceFailed('boom'))).toEqual(['Golden request 1 of 1: the model failed: boom.']);
  });

  it('prove nothing when the model is late', async () => {
    const late = replayFailing(new InferenceTimedOut('no answer within 5000 ms'));
    await expect(late).rejects.toThrow('Golden request 1 of 1: no answer within 5000 ms.');
    await expect(late).rejects.toBeInstanceOf(InferenceTimedOut);
  });

  it('prove nothing when the worker ends, as it does for lack of memory', async () => {
    await expect(replayFailing(new WorkerEnded(1, undefined))).rejects.toBeInstanceOf(WorkerEnded);
  });
});
