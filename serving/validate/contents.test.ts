import { afterAll, describe, expect, it } from '@jest/globals';
import { readBundle } from '../bundle/read.ts';
import { cleanUp } from '../testing/served-model.ts';
import { sequenceModel } from '../testing/tiny-graphs.ts';
import { node, onnxFile, tensor } from '../testing/tiny-onnx.ts';
import { itemsBundle, TINY_ITEMS } from '../testing/tiny-tasks.ts';
import { checkContents } from './contents.ts';

afterAll(cleanUp);

const lines = (rows: readonly string[]) => rows.map((row) => `${row}\n`).join('');
const items = TINY_ITEMS.map((item) => JSON.stringify(item));

async function check(files: Record<string, string>, model = sequenceModel()): Promise<void> {
  const { dir } = await itemsBundle({
    task: 'items-to-items',
    inputs: [{ name: 'history', from: 'history', encoding: 'Indices', length: 3, padding: 5 }],
    outputs: { items: 'items', scores: 'scores' },
    model,
    golden: [{ request: { history: ['item 1'] }, response: { items: [{ id: 'item 2', score: 0.5 }] } }],
    files,
  });
  await checkContents(await readBundle(dir));
}

describe('the contents of a bundle', () => {
  it.each<[string, Record<string, string>, string]>([
    ['metadata that the score of the model would replace', { 'items.jsonl': lines(items.with(1, '{"id":"item 1","score":9}')) },
      'items.jsonl, item 2: the field "score" would be replaced by the score of the model: give it another name.'],
    ['a number that JSON readers cannot hold', { 'items.jsonl': lines(items.with(2, '{"id":"item 2","sizes":[1,1e400]}')) },
      'items.jsonl, item 3: the field "sizes" has a number beyond what JSON readers hold'],
    ['no popular items', { 'popular.json': '[]' }, 'popular.json is empty'],
    ['a popular item twice', { 'popular.json': '["item 1","item 2","item 1"]' }, 'popular.json names "item 1" twice'],
  ])('must not have %s', async (_what, files, sentence) => {
    await expect(check(files)).rejects.toThrow(sentence);
  });

  it('must not rank by a TopK that leaves the order open', async () => {
    const unsorted = (sorted: number) => onnxFile({
      inputs: { history: ['int64', ['batch', 3]] },
      outputs: { items: ['int64', ['batch', 2]], scores: ['float', ['batch', 2]] },
      nodes: [node('Cast', ['history'], ['all'], { to: 1 }), node('TopK', ['all', 'k'], ['scores', 'items'], { sorted })],
      tensors: [tensor('k', 'int64', [1], [2])],
    });
    await expect(check({}, unsorted(0))).rejects.toThrow('"scores" comes from a TopK that does not sort, and answers keep the order of the graph: set sorted=1.');
    await check({}, unsorted(1));
  });
});
