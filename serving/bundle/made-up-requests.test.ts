import { describe, expect, it } from '@jest/globals';
import type { Bundle } from './bundle.ts';
import type { Input } from './inputs.ts';
import { madeUpRequests } from './made-up-requests.ts';
import type { RecommendRequest } from './request.ts';

const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, row) => `${prefix}${row}`);
const rowsOf = (words: string[]) => new Map(words.map((word, row) => [word, row]));
const items = ids('i', 6).map((id) => ({ id, title: `Title of ${id}`, price: 5 }));

/** Made from one golden request, for a graph of one input. */
function madeUp(input: Input, golden: RecommendRequest, count = 3): RecommendRequest[] {
  const vocabularies = new Map([['words.json', rowsOf(ids('w', 100))]]);
  const bundle = { manifest: { inputs: [input] }, vocabularies, items, itemRows: rowsOf(ids('i', 6)), classes: [], golden: [{ request: golden }] };
  return madeUpRequests(bundle as unknown as Bundle, count);
}

describe('made-up requests', () => {
  it.each<[string, Input, RecommendRequest, RecommendRequest[]]>([
    [
      'users from the whole vocabulary',
      { name: 'user', from: 'user_id', vocabulary: 'words.json', whenUnknown: 'Fallback' },
      { user_id: 'w7', context: { hour: 3 } },
      [{ user_id: 'w0', context: { hour: 3 } }, { user_id: 'w33', context: { hour: 3 } }, { user_id: 'w66', context: { hour: 3 } }],
    ],
    [
      'histories of several lengths',
      { name: 'history', from: 'history', encoding: 'MultiHot', length: 5, padding: -1 },
      { history: ['i5'] },
      [{ history: ['i0'] }, { history: ['i2', 'i4'] }, { history: ['i4', 'i0', 'i2'] }],
    ],
    [
      'words of a text that is looked up whole',
      { name: 'text', from: 'text', vocabulary: 'words.json', whenUnknown: 'Fallback' },
      { text: 'w1' },
      [{ text: 'w0' }, { text: 'w33' }, { text: 'w66' }],
    ],
    [
      'texts of items before the golden text, no longer than allowed',
      { name: 'text', from: 'text', maxLength: 20 },
      { text: 'red' },
      [{ text: 'i0 Title of i0 red' }, { text: 'i2 Title of i2 red' }, { text: 'i4 Title of i4 red' }],
    ],
    [
      'whole numbers between the golden one and 0',
      { name: 'age', from: 'context.age' },
      { context: { age: 12 } },
      [{ context: { age: 6 } }, { context: { age: 4 } }, { context: { age: 3 } }],
    ],
    [
      'lists of numbers made of the default',
      { name: 'taste', from: 'context.taste', default: [0.5, -1.5] },
      {},
      [{ context: { taste: [0.25, -0.75] } }, { context: { taste: [0.5 / 3, -0.5] } }, { context: { taste: [0.125, -0.375] } }],
    ],
    [
      'lists of several lengths',
      { name: 'tokens', from: 'context.tokens', length: 4 },
      { context: { tokens: [12, 24, 36] } },
      [{ context: { tokens: [6] } }, { context: { tokens: [4, 8] } }, { context: { tokens: [3, 6, 9] } }],
    ],
    ['the golden user where only the graph knows others', { name: 'user', from: 'user_id' }, { user_id: 'u1' }, [1, 2, 3].map(() => ({ user_id: 'u1' }))],
    ['what the length of a list follows from', { name: 'n', from: 'length', of: 'tokens' }, { user_id: 'u1' }, [1, 2, 3].map(() => ({ user_id: 'u1' }))],
    ['both truths', { name: 'member', from: 'context.member' }, { context: { member: true } }, [true, false, true].map((member) => ({ context: { member } }))],
    ['the golden text where nothing says which others there are', { name: 'x', from: 'context.x' }, { context: { x: 'de' } }, [1, 2, 3].map(() => ({ context: { x: 'de' } }))],
  ])('have %s', (_what, input, golden, expected) => {
    expect(madeUp(input, golden)).toEqual(expected);
  });

  it('have every word of a short vocabulary, and start over', () => {
    const input: Input = { name: 'history', from: 'history', encoding: 'Indices', length: 1, padding: -1 };
    const first = madeUp(input, {}, 8).map(({ history }) => history?.[0]);
    expect(first).toEqual(['i0', 'i1', 'i2', 'i3', 'i4', 'i5', 'i0', 'i1']);
  });
});
