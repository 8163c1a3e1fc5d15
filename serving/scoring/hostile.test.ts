/** What no request and no graph may do: bring an answer to a 500, an answer of nonsense, or harm to other requests. */
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { UnsealedManifest } from '../bundle/manifest.ts';
import { Problem } from '../common/problems.ts';
import { anyRequest } from '../testing/any-request.ts';
import { cleanUp, HEAD, served } from '../testing/served-model.ts';
import type { TinyBundle } from '../testing/tiny-bundle.ts';
import { mixedModel, similarityModel, textClassesModel } from '../testing/tiny-graphs.ts';
import { node, onnxFile, tensor } from '../testing/tiny-onnx.ts';
import { classesBundle, itemsBundle } from '../testing/tiny-tasks.ts';
import { InferenceFailed } from './failures.ts';

afterAll(cleanUp);

const history = { name: 'history', from: 'history', encoding: 'MultiHot', length: 3 } as const;
const MIXED: UnsealedManifest['inputs'] = [
  { name: 'user', from: 'user_id', vocabulary: 'users.json', whenUnknown: 'Fallback' },
  { name: 'season', from: 'context.season', vocabulary: 'seasons.json', whenUnknown: { index: 4 }, default: 'spring' },
  { name: 'price', from: 'context.price', default: 1 },
  { name: 'member', from: 'context.member', default: false },
  { name: 'taste', from: 'context.taste', default: [0, 0, 0, 0, 0] },
  { name: 'colour', from: 'context.colour', default: 'dry' },
];

const ofItem = (request: object, id: string, score: number) => [{ request, response: { items: [{ id, score }] } }];
const mixed = () =>
  itemsBundle({
    task: 'user-to-items',
    inputs: MIXED,
    model: mixedModel(),
    golden: ofItem({ user_id: 'u1' }, 'item 4', 41),
    files: { 'users.json': '["u0","u1"]', 'seasons.json': '["spring","summer"]' },
  });
const similar = (model = similarityModel()) =>
  itemsBundle({ task: 'items-to-items', inputs: [history], model, golden: ofItem({ history: ['item 1'] }, 'item 2', 0.5) });

describe('any request that the schema accepts', () => {
  it.each<[string, () => Promise<TinyBundle>]>([
    ['user-to-items with a context', mixed],
    ['items-to-items', similar],
    ['text-to-classes', () => classesBundle({ model: textClassesModel(), priors: { Italy: 1 } })],
  ])('is answered, or is told what is wrong with it: %s', async (_what, bundle) => {
    const { model } = await served(await bundle());
    const answer = (request: Parameters<typeof model.recommend>[0]) =>
      model.recommend(request).catch((error: unknown) => {
        // A number that the graph turns into infinity, for instance: the server gives what the bundle keeps.
        if (error instanceof InferenceFailed) return model.popular(request);
        throw error;
      });
    await fc.assert(
      fc.asyncProperty(fc.array(anyRequest, { minLength: 1, maxLength: 8 }), async (requests) => {
        const settled = await Promise.allSettled(requests.map(answer));
        settled.forEach((result, index) => {
          if (result.status === 'rejected') return expect(result.reason).toMatchObject({ code: 'InvalidRequest', status: 400 });
          expect(result.value?.items.length).toBeLessThanOrEqual(requests[index]?.k ?? 10);
          if (result.value !== undefined) JSON.parse(String(model.render(HEAD, result.value)));
        });
      }),
      { numRuns: 150 },
    );
  });

  it('gets none of the items it has named', async () => {
    const { model, ask } = await served(await similar());
    await fc.assert(
      fc.asyncProperty(anyRequest, async ({ filter: _none, ...request }) => {
        const { items = [] } = await ask(request).catch((error: unknown) => {
          if (error instanceof Problem) return { items: [] };
          throw error;
        });
        const named = new Set([...(request.exclude ?? []), ...(request.history ?? [])]);
        expect(items.filter(({ id }) => named.has(id))).toEqual([]);
      }),
      { numRuns: 100 },
    );
    expect(model.waiting()).toBe(0);
  });
});

describe('a graph whose answer is nonsense', () => {
  it('fails the request that made it so, and no other of its batch', async () => {
    const { ask } = await served(await mixed());
    const prices = [1, 1e300, 2, -1e300, 3];
    const settled = await Promise.allSettled(prices.map((price) => ask({ user_id: 'u1', context: { price } })));
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(settled[1]).toMatchObject({ reason: { message: 'the graph returned the score Infinity for row 0' } });
    // −∞ for every item: the graph has none for this request.
    expect(settled[3]).toMatchObject({ value: { fallback: true } });
  });

  /** Nothing tells before it runs which shape it gives. */
  const shapeless = (nodes: Parameters<typeof onnxFile>[0]['nodes'], columns: number) =>
    onnxFile({
      inputs: { history: ['float', ['batch', 5]] },
      outputs: { scores: ['float', ['rows', 'columns']] },
      nodes,
      tensors: [
        tensor('weights', 'float', [5, 7], Array.from({ length: 35 }, (_, place) => 7 - (place % 7))),
        tensor('kept', 'bool', [7], Array.from({ length: 7 }, (_, column) => Number(column < columns))),
        tensor('axis', 'int64', [1], [0]),
      ],
    });
  const each = node('MatMul', ['history', 'weights'], ['seven']);

  it.each([['too many', 6], ['too few', 4]])('by %s columns fails', async (_what, columns) => {
    const { ask } = await served(await similar(shapeless([each, node('Compress', ['seven', 'kept'], ['scores'], { axis: 1 })], columns)));
    const sentence = `the output "scores" is [1 × ${columns}] for 1 request, not [1 × 5]`;
    await expect(ask({ history: ['item 1'] })).rejects.toThrow(sentence);
  });

  it('by one row for a whole batch is asked again, one request at a time', async () => {
    const nodes = [each, node('Compress', ['seven', 'kept'], ['five'], { axis: 1 }), node('ReduceSum', ['five', 'axis'], ['scores'], { keepdims: 1 })];
    const { ids } = await served(await similar(shapeless(nodes, 5)));
    const ask = () => Promise.all([0, 1, 2, 3].map((row) => ids({ history: [`item ${row}`], k: 1 })));
    expect([await ask(), await ask()]).toEqual([[[1], [0], [0], [0]], [[1], [0], [0], [0]]]);
  });
});
