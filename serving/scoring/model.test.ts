import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import type { UnsealedManifest } from '../bundle/manifest.ts';
import type { RecommendRequest } from '../bundle/request.ts';
import { cleanUp, closeModels, HEAD, served } from '../testing/served-model.ts';
import { mixedModel, sequenceModel, similarityModel, textClassesModel, textItemsModel } from '../testing/tiny-graphs.ts';
import { classesBundle, itemsBundle } from '../testing/tiny-tasks.ts';

afterEach(closeModels);
afterAll(cleanUp);

const ofSimilarity = [{ request: { history: ['item 1'] }, response: { items: [{ id: 'item 2', score: 0.5 }] } }];
const multiHot = { name: 'history', from: 'history', encoding: 'MultiHot', length: 3 } as const;
const indices = { name: 'history', from: 'history', encoding: 'Indices', length: 3, padding: 5 } as const;
const similarity = (model: Uint8Array) => itemsBundle({ task: 'items-to-items', inputs: [multiHot], model, golden: ofSimilarity });
const sequence = (model: Uint8Array) =>
  itemsBundle({ task: 'items-to-items', inputs: [indices], model, outputs: { items: 'items', scores: 'scores' }, golden: ofSimilarity });

describe('items-to-items', () => {
  it.each([17, 18, 19, 20, 21])('of opset %d scores all items from a multi-hot history, and takes the best that are not in it', async (opset) => {
    const { model, ask, ids } = await served(await similarity(similarityModel({ opset })));
    expect(await model.check()).toEqual([]);
    expect(await ask({ history: ['item 1', 'stranger'], k: 2 })).toMatchObject({
      items: [{ id: 'item 2', score: 0.5, word: 'sparkling' }, { id: 'item 4', score: 0.004 }],
      fallback: false,
    });
    expect(await ids({ history: ['item 1', 'item 2'], exclude: ['item 3'], k: 10 })).toEqual([4]);
  });

  it.each([
    ['int64 indices and rows, float scores', {}],
    ['int32 indices and rows, double scores', { ids: 'int32', scores: 'double' } as const],
    ['a batch axis without a name', { batch: '' }],
    ['one request at a time', { batch: 1 } as const],
  ])('ranks in the graph from the last ids of a history: %s', async (_what, shape) => {
    const { model, ids } = await served(await sequence(sequenceModel(shape)));
    expect(await model.check()).toEqual([]);
    // Of four, the first is no longer looked at; none comes back.
    expect(await ids({ history: ['item 3', 'item 0', 'item 0', 'item 1'] })).toEqual([2, 4]);
    const all = await Promise.all([0, 1, 2, 3].map((row) => ids({ history: [`item ${row}`], k: 1 })));
    expect(all).toEqual([[1], [2], [3], [4]]);
  });

  it.each<[string, RecommendRequest]>([['an empty history', { history: [] }], ['a history of strangers', { history: ['x'] }]])(
    'gives popular items for %s',
    async (_what, request) => {
      const { ask } = await served(await similarity(similarityModel()));
      expect(await ask({ ...request, k: 1 })).toMatchObject({ items: [{ id: 'item 4', score: 0 }], fallback: true });
    },
  );

  it('refuses a request without a history', async () => {
    const { ask } = await served(await similarity(similarityModel({ scores: 'double' })));
    await expect(ask({ user_id: 'u' })).rejects.toMatchObject({ code: 'InvalidRequest', errors: [{ path: 'history' }] });
  });

  it('answers with the items that match the filter, ranked', async () => {
    const { ids, ask } = await served(await similarity(similarityModel()));
    expect(await ids({ history: ['item 1'], filter: { price: 10 } })).toEqual([2, 4]);
    expect(await ids({ history: ['item 1'], filter: { price: [10, 11], sparkling: false } })).toEqual([4, 3]);
    expect(await ids({ history: ['item 1'], filter: { tags: 'new' } })).toEqual([0]);
    expect(await ids({ history: ['item 1'], filter: { price: '10' } })).toEqual([]);
    expect(await ids({ history: [], filter: { price: 10 }, exclude: ['item 4'] })).toEqual([2, 0]);
    await expect(ask({ history: ['item 1'], filter: { colour: 'red' } })).rejects.toThrow('id, word, sparkling, price, tags');
  });

  it('answers with fewer where the graph has ranked too few that match', async () => {
    const { ids } = await served(await sequence(sequenceModel()));
    expect(await ids({ history: ['item 1'], filter: { word: ['red', 'sparkling'] } })).toEqual([2]);
  });
});

describe('text-to-items', () => {
  const golden = [{ request: { text: 'Sweet' }, response: { items: [{ id: 'item 3', score: 1 }, { id: 'item 4', score: 0.5 }] } }];
  const textInput = { name: 'text', from: 'text', maxLength: 20 } as const;
  const bundleOf = (model: Uint8Array) => itemsBundle({ task: 'text-to-items', inputs: [textInput], model, golden });

  it.each<[string, Parameters<typeof textItemsModel>[0]]>([
    ['[batch × 1], as scikit-learn exports', { shape: ['batch', 1] }],
    ['[batch]', { shape: [''] }],
    ['one at a time', { shape: [1, 1] }],
    ['words split in the graph, opset 20', { opset: 20 }],
    ['words split in the graph, opset 21', { opset: 21 }],
  ])('normalises and counts words in the graph: %s', async (_what, shape) => {
    const { model, ids } = await served(await bundleOf(textItemsModel(shape)));
    expect(await model.check()).toEqual([]);
    const asked = await Promise.all(['RED', 'white', 'Dry', 'bitter'].map((text) => ids({ text, k: 1 })));
    expect(asked.slice(0, 3)).toEqual([[0], [1], [4]]);
  });

  it('gives popular items for a text of unknown words', async () => {
    const { ask } = await served(await bundleOf(textItemsModel()));
    expect(await ask({ text: 'bitter', k: 1, exclude: ['item 4'] })).toMatchObject({ items: [{ id: 'item 3', score: 0 }], fallback: true });
  });

  it('counts several words', async () => {
    const { ids } = await served(await bundleOf(textItemsModel({ opset: 20 })));
    expect(await ids({ text: 'red RED dry', k: 2 })).toEqual([0, 4]);
  });

  it.each<[string, RecommendRequest, string]>([
    ['no text', { history: ['item 1'] }, 'text: is required'],
    ['a text longer than the manifest allows', { text: 'x'.repeat(21) }, 'at most 20 characters'],
  ])('refuses %s', async (_what, request, sentence) => {
    const { ask } = await served(await bundleOf(textItemsModel()));
    await expect(ask(request)).rejects.toThrow(sentence);
  });
});

describe('text-to-classes', () => {
  it.each<[string, Parameters<typeof textClassesModel>[0]]>([['float', {}], ['double', { scores: 'double' }]])(
    'answers with labels and %s probabilities, best first',
    async (_what, shape) => {
      const { model, ask } = await served(await classesBundle({ model: textClassesModel(shape) }));
      expect(await model.check()).toEqual([]);
      const { classes, items, fallback } = await ask({ text: 'White' });
      expect([items, fallback]).toEqual([undefined, false]);
      expect(classes?.map(({ label }) => label)).toEqual(['Italy', 'France', 'Spain']);
      expect(classes?.map(({ probability }) => probability.toFixed(3))).toEqual(['0.787', '0.107', '0.107']);
      expect((await ask({ text: 'White', k: 1, exclude: ['x'] })).classes).toHaveLength(1);
    },
  );

  it('tells how to export without ZipMap', async () => {
    const bundle = await classesBundle({ model: textClassesModel({ zipmap: true }) });
    await expect(served(bundle)).rejects.toThrow("options={'zipmap': False}");
  });

  it('has the prior probabilities for when the model fails, or nothing', async () => {
    const priors = { Spain: 0.2, Italy: 0.7, France: 0.1 };
    const { model } = await served(await classesBundle({ model: textClassesModel(), priors }));
    expect(JSON.parse(String(model.render(HEAD, model.popular({ k: 2 }) ?? { items: [], fallback: false })))).toMatchObject({
      classes: [{ label: 'Italy', probability: 0.7 }, { label: 'Spain', probability: 0.2 }],
      fallback: true,
    });
    const without = await served(await classesBundle({ model: textClassesModel() }));
    expect(without.model.popular({})).toBeUndefined();
  });

  it('refuses a filter, since there are no items', async () => {
    const { ask } = await served(await classesBundle({ model: textClassesModel() }));
    await expect(ask({ text: 'red', filter: { word: 'red' } })).rejects.toThrow('filter.word: is not supported for classes');
  });

  it('is refused when the labels are not as many as the probabilities', async () => {
    const bundle = await classesBundle({ model: textClassesModel(), labels: ['France', 'Italy'] });
    await expect(served(bundle)).rejects.toThrow('[? × 3], but the bundle requires [batch × 2]');
  });

  it('finds a golden request answered wrongly', async () => {
    const golden = [{ request: { text: 'red' }, response: { classes: [{ label: 'Spain', probability: 0.9 }] } }];
    const { model } = await served(await classesBundle({ model: textClassesModel(), golden }));
    expect(await model.check()).toEqual([expect.stringMatching(/^Golden request 1 of 1: class "Spain" scored 0\.1\d+, expected 0\.9/)]);
  });
});

describe('several inputs', () => {
  const inputs: UnsealedManifest['inputs'] = [
    { name: 'user', from: 'user_id', vocabulary: 'users.json', whenUnknown: { index: 3 } },
    { name: 'season', from: 'context.season', vocabulary: 'seasons.json', whenUnknown: 'Fallback', default: 'spring' },
    { name: 'price', from: 'context.price', type: 'double' },
    { name: 'member', from: 'context.member', default: false },
    { name: 'taste', from: 'context.taste', default: [0, 0.1, 0.2, 0.3, 0.4] },
    { name: 'colour', from: 'context.colour', default: 'dry' },
  ];
  const golden = [{ request: { user_id: 'u1', context: { price: 0 } }, response: { items: [{ id: 'item 4', score: 40.4 }] } }];
  const files = { 'users.json': '["u0","u1","u2"]', 'seasons.json': '["spring","summer"]' };
  const bundle = () => itemsBundle({ task: 'user-to-items', inputs, model: mixedModel(), golden, files });

  it('are taken from where the manifest says, each in its type', async () => {
    const { model, ask } = await served(await bundle());
    expect(await model.check()).toEqual([]);
    const context = { price: 0.5, member: true, season: 'summer', taste: [1, 2, 3, 4, 5], colour: 'red', page: null };
    const { items } = await ask({ user_id: 'u1', context });
    const scores = new Map(items?.map(({ id, score }) => [id, score]));
    expect([...scores].sort().map(([, score]) => score)).toEqual([42.5, 33.5, 4.5, 5.5, 6.5]);
    // An unknown user is user 3 here.
    const unknown = await ask({ context: { price: 0, taste: [0, 0, 0, 0, 0] }, k: 3 });
    expect(unknown.items?.map(({ id, score }) => [id, score])).toEqual([['item 4', 40], ['item 0', 20], ['item 3', 10]]);
  });

  it('fall back where the vocabulary lacks a word', async () => {
    const { ask } = await served(await bundle());
    expect(await ask({ user_id: 'u1', context: { price: 1, season: 'rainy' } })).toMatchObject({ fallback: true });
  });

  it.each<[string, RecommendRequest['context'], string]>([
    ['no context', undefined, 'context.price: is required'],
    ['null for a number', { price: null }, 'context.price: is required'],
    ['an inherited name', JSON.parse(`{"__proto__": 1}`) as Record<string, number>, 'context.price: is required'],
    ['text for a number', { price: 'cheap' }, 'context.price: must be a number'],
    ['a list for a number', { price: [1, 2] }, 'context.price: must be a single number'],
    ['a number for a yes or no', { price: 1, member: 1 }, 'context.member: must be true or false'],
    ['a short list', { price: 1, taste: [1] }, 'context.taste: must be a list of 5 numbers'],
    ['a number beyond float', { price: 1, taste: [1e300, 0, 0, 0, 0] }, 'context.taste: is too large'],
    ['a number for a word', { price: 1, season: 2 }, 'context.season: must be a string'],
    ['a number for a text', { price: 1, colour: 2 }, 'context.colour: must be a string'],
  ])('refuse %s, naming the field', async (_what, context, sentence) => {
    const { ask } = await served(await bundle());
    await expect(ask({ user_id: 'u1', context })).rejects.toThrow(sentence);
  });

  it('whose stated type is another than the graph has are refused', async () => {
    const wrong = inputs.map((input) => (input.name === 'price' ? { ...input, type: 'float' as const } : input));
    const stated = await itemsBundle({ task: 'user-to-items', inputs: wrong, model: mixedModel(), golden, files });
    await expect(served(stated)).rejects.toThrow('input "price" has type float64, but the manifest declares float');
  });
});
