import { afterAll, describe, expect, it } from '@jest/globals';
import { cleanUp, served } from '../testing/served-model.ts';
import { node, onnxFile, tensor } from '../testing/tiny-onnx.ts';
import { itemsBundle } from '../testing/tiny-tasks.ts';

afterAll(cleanUp);

const LOWEST = -3.4028234663852886e38;
/** By user, what the graph scores or ranks. Popular are item 4, 3, 2 … */
const users = JSON.stringify(['u0', 'u1', 'u2', 'u3', 'u4']);

const bundleOf = (outputs: Parameters<typeof onnxFile>[0]['outputs'], tables: Record<string, number[][]>, first: { id: string; score: number }) =>
  itemsBundle({
    task: 'user-to-items',
    inputs: [{ name: 'user', from: 'user_id', vocabulary: 'users.json', whenUnknown: 'Fallback' }],
    outputs: 'items' in outputs ? { items: 'items', scores: 'scores' } : { scores: 'scores' },
    model: onnxFile({
      inputs: { user: ['int64', ['batch']] },
      outputs,
      nodes: Object.keys(tables).map((name) => node('Gather', [`${name}_table`, 'user'], [name], { axis: 0 })),
      tensors: Object.entries(tables).map(([name, rows]) =>
        tensor(`${name}_table`, name === 'items' ? 'int64' : 'float', [rows.length, rows[0]?.length ?? 0], rows.flat())),
    }),
    golden: [{ request: { user_id: 'u0' }, response: { items: [first] } }],
    files: { 'users.json': users },
  });

describe('a graph that scores all items', () => {
  const scores = [
    [5, 4, 3, 2, 1],
    [-Infinity, 4, LOWEST, 2, -3e38],
    [0, 0, 0, 0, 0],
    [-2, 0, -1, -9, 1],
    [-Infinity, -Infinity, -Infinity, -Infinity, -Infinity],
  ];
  const bundle = () => bundleOf({ scores: ['float', ['batch', 5]] }, { scores }, { id: 'item 0', score: 5 });

  it('rules items out by −∞ and by numbers that stand for it: the answer is shorter', async () => {
    const { ask, ids } = await served(await bundle());
    expect(await ids({ user_id: 'u1' })).toEqual([1, 3]);
    expect(await ask({ user_id: 'u1', k: 5 })).toMatchObject({ fallback: false });
  });

  it('knows nothing of a user of whom all scores are the same: popular items, marked as such', async () => {
    const { ask, ids } = await served(await bundle());
    expect(await ids({ user_id: 'u2', k: 2 })).toEqual([4, 3]);
    expect(await ask({ user_id: 'u2', k: 1 })).toMatchObject({ fallback: true });
    expect(await ids({ user_id: 'u2', filter: { sparkling: true } })).toEqual([2]);
    expect(await ask({ user_id: 'u4' })).toMatchObject({ fallback: true });
  });

  it('may score by ratings, of which 0 and less are some', async () => {
    const { ids } = await served(await bundle());
    expect(await ids({ user_id: 'u3' })).toEqual([4, 1, 2, 0, 3]);
  });

  it('gives an empty answer, and no popular items, where the request leaves none', async () => {
    const { ask } = await served(await bundle());
    const exclude = ['item 0', 'item 1', 'item 2', 'item 3', 'item 4'];
    expect(await ask({ user_id: 'u0', exclude })).toMatchObject({ items: [], fallback: false });
  });
});

describe('a graph that ranks', () => {
  const items = [
    [0, 1, 2],
    [1, 2, 3],
    [3, 3, 1],
    [4, -1, -1],
    [1, 0, 0],
  ];
  const scores = [
    [3, 2, 1],
    [0.1, 0.2, 0.3],
    [9, 9, 5],
    [2, 0, 0],
    [2, -Infinity, LOWEST],
  ];
  const bundle = () => bundleOf({ items: ['int64', ['batch', 3]], scores: ['float', ['batch', 3]] }, { items, scores }, { id: 'item 0', score: 3 });

  it.each<[string, string, number[]]>([
    ['by distance, nearest first: its order is kept', 'u1', [1, 2, 3]],
    ['an item twice: it is answered once', 'u2', [3, 1]],
    ['fewer than it has places for: row −1 is an empty one', 'u3', [4]],
    ['fewer than it has places for: the rest is padded with a score that says never', 'u4', [1]],
  ])('%s', async (_what, user_id, rows) => {
    const { ids } = await served(await bundle());
    expect(await ids({ user_id })).toEqual(rows);
  });
});
