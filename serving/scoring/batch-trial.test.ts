import { describe, expect, it } from '@jest/globals';
import type { RankedItem } from '../bundle/ranked.ts';
import { type AskedAlone, differenceTogether } from './batch-trial.ts';

const ranked = (...scores: number[]): RankedItem[] => scores.map((score, row) => ({ row, score }));

/** How the answers of two requests differ that are `alone` alone and these together, for a graph that is steady alone. */
async function difference(alone: RankedItem[], together: RankedItem[]): Promise<string | undefined> {
  const asked: AskedAlone[] = ['golden request 1', 'golden request 2'].map((which) => ({ which, request: {}, answer: alone, milliseconds: 1 }));
  let left = asked.length;
  const recommend = () => {
    left -= 1;
    return Promise.resolve({ items: left < 0 ? alone : together, fallback: false });
  };
  return differenceTogether(asked, [0, 1], 1, recommend);
}

describe('answers to requests that are scored together', () => {
  it.each<[string, RankedItem[], RankedItem[]]>([
    ['sums of float32 that differ in the last digits', ranked(0.812_345, 0.712_345), ranked(0.812_347, 0.712_344)],
    ['equal scores of items that change places', ranked(0.9, 0.7, 0.7), [{ row: 0, score: 0.9 }, { row: 2, score: 0.7 }, { row: 1, score: 0.7 }]],
    ['another item of the last score', ranked(0.9, 0.7), [{ row: 0, score: 0.9 }, { row: 5, score: 0.7 }]],
    ['a score near 0 beside large ones', ranked(-0.0001, -9.1, -9.3), ranked(-0.000_101, -9.1, -9.3)],
    ['half precision that is rounded the other way', ranked(1.5, 0.75), ranked(1.501_953_125, 0.75)],
    ['no answer of the graph', [], []],
  ])('are the same: %s', async (_what, alone, together) => {
    expect(await difference(alone, together)).toBeUndefined();
  });

  it.each<[string, RankedItem[], RankedItem[], string]>([
    ['another score', ranked(0.9, 0.7), ranked(0.9, 0.71), 'golden request 1 gets the score 0.71 instead of the score 0.7 at place 2 beside 1 more'],
    ['another item', ranked(0.9, 0.7, 0.1), [{ row: 0, score: 0.9 }, { row: 2, score: 0.7 }, { row: 1, score: 0.1 }], 'gets another item at place 2'],
    ['a score beside masks', ranked(0.9, 0.7, 0.6, -1e9), ranked(0.9, 0.7, 0.5, -1e9), 'the score 0.5 instead of the score 0.6 at place 3'],
    ['items where alone there are none', [], ranked(0.9), 'gets the score 0.9 instead of nothing at place 1'],
    ['fewer items', ranked(0.9, 0.7), ranked(0.9), 'gets nothing instead of the score 0.7 at place 2'],
  ])('differ: %s', async (_what, alone, together, sentence) => {
    expect(await difference(alone, together)).toContain(sentence);
  });

  it('prove nothing if the graph answers differently alone too', async () => {
    let answers = 0;
    const recommend = () => Promise.resolve({ items: ranked((answers += 1)), fallback: false });
    const asked: AskedAlone[] = [0, 1].map(() => ({ which: 'one', request: {}, answer: ranked(0), milliseconds: 1 }));
    expect(await differenceTogether(asked, [0, 1], 1, recommend)).toBeUndefined();
  });
});
