/** Ways in for models as people's exporters write them, each through a real graph. */
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import type { UnsealedManifest } from '../bundle/manifest.ts';
import { cleanUp, closeModels, served } from '../testing/served-model.ts';
import {
  boostedModel, featuresModel, halfPrecisionModel, lastOfSequenceModel, meanOfSequenceModel, meanOfTokensModel, namedHistoryModel, namedUsersModel,
  sigmoidModel,
} from '../testing/tiny-exports.ts';
import { classesBundle, itemsBundle } from '../testing/tiny-tasks.ts';

afterEach(closeModels);
afterAll(cleanUp);

type Inputs = UnsealedManifest['inputs'];
const itemOf = (request: object, id: string, score: number) => [{ request, response: { items: [{ id, score }] } }];

describe('a sequence model that is filled up behind and told the length', () => {
  const sequence = { name: 'item_seq', from: 'history', encoding: 'Indices', padding: 0, paddingSide: 'Back' } as const;
  const length = { name: 'item_seq_len', from: 'length', of: 'item_seq' } as const;
  const golden = itemOf({ history: ['item 3', 'item 1'] }, 'item 2', 0.5);

  it.each<[string, Inputs]>([
    ['as the manifest says', [{ ...sequence, length: 3 }, length]],
    ['as the graph has columns', [length, sequence]],
  ])('looks at the last item of histories of any length, in one batch: as many %s', async (_what, inputs) => {
    const { model, ids } = await served(await itemsBundle({ task: 'items-to-items', inputs, model: lastOfSequenceModel(), golden }));
    expect(await model.check()).toEqual([]);
    const histories = [['item 1'], ['item 4', 'item 2'], ['item 1', 'item 0', 'item 3'], ['item 2', 'item 1', 'item 3', 'item 0'], ['stranger', 'item 2']];
    const asked = await Promise.all(histories.map((history) => ids({ history, k: 1 })));
    expect(asked).toEqual([[2], [3], [4], [4], [3]]);
  });
});

describe('a graph with any number of columns', () => {
  const history = { name: 'history', from: 'history', encoding: 'Indices', length: 4 } as const;
  const golden = itemOf({ history: ['item 1'] }, 'item 2', 0.5);
  const mean = (input: Inputs[number]) => itemsBundle({ task: 'items-to-items', inputs: [input], model: meanOfSequenceModel(), golden });

  it('gets a history as long as it is, however long those are that wait beside it', async () => {
    const { model, ask } = await served(await mean(history));
    expect(await model.check()).toEqual([]);
    const asked = await Promise.all([['item 1'], ['item 0', 'item 1'], ['item 3'], ['item 0', 'item 1', 'item 2', 'item 3', 'item 1']].map((ids) => ask({ history: ids, k: 1 })));
    expect(asked.map(({ items }) => items?.[0]?.score.toFixed(4))).toEqual(['0.5000', '0.2510', '0.5000', '0.1280']);
  });

  it('gets it filled up where there is something to fill it up with', async () => {
    const { ask } = await served(await mean({ ...history, padding: 1 }));
    expect((await ask({ history: ['item 3'], k: 1 })).items?.[0]).toMatchObject({ id: 'item 1', score: expect.closeTo(0.75025, 4) });
  });
});

describe('a text encoder whose callers send tokens', () => {
  const tokens = { name: 'input_ids', from: 'context.input_ids', length: 4 } as const;
  const mask = { name: 'attention_mask', from: 'mask', of: 'input_ids' } as const;
  const golden = itemOf({ context: { input_ids: [2, 2] } }, 'item 2', 1);
  const bundleOf = (input: Inputs[number], length?: number | string) =>
    itemsBundle({ task: 'text-to-items', inputs: [input, mask], model: meanOfTokensModel(length), golden });

  it.each<[string, Inputs[number], number | undefined]>([
    ['as they are', tokens, undefined],
    ['filled up behind', { ...tokens, padding: 4, paddingSide: 'Back' }, 4],
    ['filled up in front', { ...tokens, padding: 4 }, undefined],
  ])('gets them %s, with the mask', async (_what, input, length) => {
    const { model, ask } = await served(await bundleOf(input, length));
    expect(await model.check()).toEqual([]);
    const asked = await Promise.all([[0], [0, 1], [3, 3, 3, 3], [1, 2, 3]].map((input_ids) => ask({ context: { input_ids }, k: 1 })));
    expect(asked.map(({ items }) => [items?.[0]?.id, items?.[0]?.score.toFixed(3)])).toEqual([
      ['item 0', '1.000'], ['item 1', '0.750'], ['item 3', '1.000'], ['item 3', '0.501'],
    ]);
  });

  it.each<[string, object, string]>([
    ['no tokens', {}, 'context.input_ids: is required by this model'],
    ['one number', { input_ids: 3 }, 'context.input_ids: must be a list of 1 to 4 numbers'],
    ['an empty list', { input_ids: [] }, 'must be a list of 1 to 4 numbers'],
    ['too many', { input_ids: [1, 1, 1, 1, 1] }, 'must be a list of 1 to 4 numbers'],
    ['half a token', { input_ids: [0.5] }, 'context.input_ids: must be an integer'],
  ])('refuses %s', async (_what, context, sentence) => {
    const { ask } = await served(await bundleOf(tokens));
    await expect(ask({ context: context as Record<string, number> })).rejects.toThrow(sentence);
  });

  it('may get a mask that callers send too', async () => {
    const sent = { name: 'attention_mask', from: 'context.attention_mask', length: 4 } as const;
    const both = itemOf({ context: { input_ids: [2, 0], attention_mask: [1, 0] } }, 'item 2', 1);
    const { model } = await served(await itemsBundle({ task: 'text-to-items', inputs: [tokens, sent], model: meanOfTokensModel(), golden: both }));
    expect(await model.check()).toEqual([]);
  });
});

describe('ids that the graph looks up itself', () => {
  const user = { name: 'user', from: 'user_id' } as const;
  const golden = itemOf({ user_id: 'u2' }, 'item 2', 1);
  const bundleOf = (input: Inputs[number], shape?: [string] | [string, number]) =>
    itemsBundle({ task: 'user-to-items', inputs: [input], model: namedUsersModel(shape), golden, files: { 'users.json': '["u2","u3"]' } });

  it.each<[string, [string] | [string, number]]>([['[batch]', ['batch']], ['[batch × 1]', ['batch', 1]]])('come as they are, %s', async (_what, shape) => {
    const { model, ask, ids } = await served(await bundleOf(user, shape));
    expect(await model.check()).toEqual([]);
    expect(await Promise.all(['u3', 'u1', 'nobody'].map((user_id) => ids({ user_id, k: 1 })))).toEqual([[3], [1], [0]]);
    // Without an id there is nothing to look up.
    expect(await ask({ k: 1 })).toMatchObject({ fallback: true });
  });

  it('are known where the vocabulary holds them', async () => {
    const { ask } = await served(await bundleOf({ ...user, vocabulary: 'users.json', whenUnknown: 'Fallback' }));
    const asked = await Promise.all(['u3', 'u1', 'nobody'].map((user_id) => ask({ user_id, k: 1 })));
    expect(asked).toMatchObject([{ items: [{ id: 'item 3' }], fallback: false }, { fallback: true }, { fallback: true }]);
  });

  it('may be those of items', async () => {
    const history = { name: 'history', from: 'history', encoding: 'Indices' } as const;
    const seen = itemOf({ history: ['item 1'] }, 'item 2', 0.5);
    const { model, ids } = await served(await itemsBundle({ task: 'items-to-items', inputs: [history], model: namedHistoryModel(), golden: seen }));
    expect(await model.check()).toEqual([]);
    expect(await ids({ history: ['stranger', 'item 3', 'item 0'], k: 2 })).toEqual([4, 1]);
  });
});

describe('half precision', () => {
  it('goes in and comes out', async () => {
    const inputs: Inputs = [{ name: 'history', from: 'history', encoding: 'MultiHot' }, { name: 'boost', from: 'context.boost', default: 1 }];
    const golden = itemOf({ history: ['item 1'] }, 'item 2', 0.5);
    const { model, ask } = await served(await itemsBundle({ task: 'items-to-items', inputs, model: halfPrecisionModel(), golden }));
    expect(await model.check()).toEqual([]);
    const asked = await Promise.all([0.25, 1, 3].map((boost) => ask({ history: ['item 1', 'item 0'], context: { boost }, k: 1 })));
    expect(asked.map(({ items }) => [items?.[0]?.id, items?.[0]?.score.toFixed(2)])).toEqual([['item 2', '0.13'], ['item 2', '0.50'], ['item 2', '1.51']]);
    await expect(ask({ history: ['item 1'], context: { boost: 70_000 } })).rejects.toThrow('context.boost: is too large for this model');
  });
});

describe('models of features alone', () => {
  it('rank items', async () => {
    const inputs: Inputs = [{ name: 'age', from: 'context.age' }];
    const golden = itemOf({ context: { age: 20 } }, 'item 0', 1);
    const { model, ids, ask } = await served(await itemsBundle({ task: 'context-to-items', inputs, model: boostedModel(), golden }));
    expect(await model.check()).toEqual([]);
    const asked = await Promise.all([[20, 2], [60, 2], [29, 1]].map(([age = 0, k = 1]) => ids({ context: { age }, k })));
    expect(asked).toEqual([[0, 1], [3, 4], [0]]);
    await expect(ask({ user_id: 'u1' })).rejects.toThrow('context.age: is required by this model');
  });

  it('tell classes', async () => {
    const golden = [{ request: { context: { X: [3, 0] } }, response: { classes: [{ label: 'France', probability: 0.909 }] }, tolerance: 1e-3 }];
    const { model, ask } = await served(await classesBundle({ task: 'context-to-classes', inputs: [{ name: 'X', from: 'context.X' }], model: featuresModel(), golden }));
    expect(await model.check()).toEqual([]);
    expect((await ask({ context: { X: [0, 2] }, k: 1 })).classes).toMatchObject([{ label: 'Spain' }]);
  });

  it.each<[string, [string] | [string, number]]>([['[batch × 1]', ['batch', 1]], ['[batch]', ['batch']]])(
    'tell two classes by the probability of the second, %s',
    async (_what, shape) => {
      const labels = ['stays', 'leaves'];
      const golden = [{ request: { context: { age: 1 } }, response: { classes: [{ label: 'leaves', probability: 0.73106 }, { label: 'stays', probability: 0.26894 }] } }];
      const { model, ask } = await served(await classesBundle({ task: 'context-to-classes', inputs: [{ name: 'age', from: 'context.age' }], model: sigmoidModel(shape), labels, golden }));
      expect(await model.check()).toEqual([]);
      const asked = await Promise.all([-2, 0, 2].map((age) => ask({ context: { age } })));
      expect(asked.map(({ classes }) => classes?.map(({ label, probability }) => `${label} ${probability.toFixed(2)}`))).toEqual([
        ['stays 0.88', 'leaves 0.12'], ['stays 0.50', 'leaves 0.50'], ['leaves 0.88', 'stays 0.12'],
      ]);
    },
  );
});
