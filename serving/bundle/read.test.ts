import { afterAll, describe, expect, it } from '@jest/globals';
import { removeTinyBundles, sealedBundle } from '../testing/tiny-bundle.ts';
import { classesBundle, itemsBundle } from '../testing/tiny-tasks.ts';
import { matchingRows } from './attributes.ts';
import { readBundle } from './read.ts';

afterAll(removeTinyBundles);
const model = new Uint8Array([1]);

describe('a bundle of a classifier', () => {
  it('has labels and, where it says so, prior probabilities, best first', async () => {
    const { dir } = await classesBundle({ model, priors: { Spain: 0.2, Italy: 0.7 } });
    expect(await readBundle(dir)).toMatchObject({
      classes: ['France', 'Italy', 'Spain'],
      items: [],
      fallback: [{ row: 1, score: 0.7 }, { row: 2, score: 0.2 }],
      golden: [{ request: { text: 'RED' }, expected: [{ id: 'France', score: 0.787 }], tolerance: 1e-3 }],
    });
    expect((await readBundle((await classesBundle({ model })).dir)).fallback).toBeUndefined();
  });

  it.each<[string, Parameters<typeof classesBundle>[0], string]>([
    ['priors of another label', { model, priors: { Chile: 0.2 } }, 'priors.json names "Chile", which is not in classes.json'],
    ['a prior above 1', { model, priors: { Italy: 2 } }, 'priors.json: Italy'],
    ['a label twice', { model, labels: ['France', 'France'] }, 'classes.json contains the label "France" twice (entries 1 and 2)'],
    ['no label', { model, labels: [] }, 'classes.json must not be empty'],
    ['golden items', { model, golden: [{ request: { text: 'red' }, response: { items: [] } }] }, 'golden.jsonl line 1: response.classes'],
    ['a tolerance that any answer meets', { model, golden: [{ request: { text: 'red' }, response: { classes: [{ label: 'Italy', probability: 0.7 }] }, tolerance: 0.08 }] }, 'golden.jsonl line 1: tolerance: must be at most 0.1 times'],
    ['golden requests that expect nothing', { model, golden: [{ request: { text: 'red' }, response: { classes: [] } }] }, 'nothing tests the graph'],
    ['a golden request without its text', { model, golden: [{ request: {}, response: { classes: [] } }] }, 'golden request 1: text: is required'],
  ])('is refused with %s', async (_what, options, sentence) => {
    const { dir } = await classesBundle(options);
    await expect(readBundle(dir)).rejects.toThrow(sentence);
  });
});

describe('a bundle of histories', () => {
  const bundleOf = (golden: object) =>
    itemsBundle({
      task: 'items-to-items',
      inputs: [{ name: 'history', from: 'history', encoding: 'MultiHot', length: 3, vocabulary: 'ids.json' }],
      model,
      golden: [{ request: golden, response: { items: [{ id: 'item 1', score: 1 }] } }],
      files: { 'ids.json': '["a","b"]' },
    });

  it('has its vocabularies and an index of attributes', async () => {
    const { vocabularies, attributes, itemRows } = await readBundle((await bundleOf({ history: ['b', 'x'] })).dir);
    expect(vocabularies.get('ids.json')).toEqual(new Map([['a', 0], ['b', 1]]));
    expect([...matchingRows(attributes, [['price', [11]]])]).toEqual([1, 3]);
    expect(itemRows.get('item 4')).toBe(4);
  });

  it.each([[{ history: ['x'] }], [{ history: [] }]])('is refused when no golden request tries the graph: %j', async (request) => {
    await expect(readBundle((await bundleOf(request)).dir)).rejects.toThrow('nothing tests the graph');
  });
});

describe('a vocabulary', () => {
  it.each([['["a","a"]', 'a word twice'], ['[]', 'words.json must not be empty'], ['[1]', 'words.json: 0'], ['{}', 'words.json must be a list']])(
    'is refused as %s',
    async (content, sentence) => {
      const { dir } = await sealedBundle(
        {
          apiVersion: 'recommender.dev/bundle/v1',
          model: 'tiny',
          version: '1.0.0',
          task: 'text-to-classes',
          graph: 'model.onnx',
          inputs: [{ name: 'text', from: 'text', vocabulary: 'words.json', whenUnknown: { index: 0 } }],
          outputs: { probabilities: 'p' },
          classes: 'classes.json',
          golden: 'golden.jsonl',
        },
        { 'model.onnx': model, 'words.json': content, 'classes.json': '["a"]', 'golden.jsonl': '' },
      );
      await expect(readBundle(dir)).rejects.toThrow(sentence);
    },
  );
});
