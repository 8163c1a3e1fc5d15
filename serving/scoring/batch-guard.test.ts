import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import type { Bundle } from '../bundle/bundle.ts';
import type { UnsealedManifest } from '../bundle/manifest.ts';
import { cleanUp, closeModels, served } from '../testing/served-model.ts';
import { mixedModel, sequenceModel, similarityModel, textClassesModel, textItemsModel, WORDS } from '../testing/tiny-graphs.ts';
import { node, onnxFile, tensor } from '../testing/tiny-onnx.ts';
import { classesBundle, itemsBundle } from '../testing/tiny-tasks.ts';
import { createBatchGuard } from './batch-guard.ts';
import { InferenceTimedOut } from './failures.ts';

afterEach(closeModels);
afterAll(cleanUp);

const COUNT = WORDS.length;
const multiHot = { name: 'history', from: 'history', encoding: 'MultiHot', length: 3 } as const;
const indices = { name: 'history', from: 'history', encoding: 'Indices', length: 3, padding: COUNT } as const;
const golden = (request: object, id: string, score: number) => [{ request, response: { items: [{ id, score }] } }];

type Nodes = Parameters<typeof onnxFile>[0]['nodes'];

/** items-to-items: what item i says of item j is `each`, [batch × COUNT]; `nodes` make `scores` of it. */
const over = (nodes: Nodes) =>
  onnxFile({
    inputs: { history: ['float', ['batch', COUNT]] },
    outputs: { scores: ['float', ['batch', COUNT]] },
    nodes: [node('MatMul', ['history', 'weights'], ['each']), ...nodes],
    tensors: [
      tensor('weights', 'float', [COUNT, COUNT], Array.from({ length: COUNT ** 2 }, (_, at) => 1 + ((at * 7) % 11))),
      tensor('first', 'int64', [1], [0]),
      tensor('mask', 'float', [1], [-1e9]),
      tensor('masked', 'bool', [1, COUNT], [0, 0, 0, 0, 1]),
    ],
  });
const similar = (model: Uint8Array, best = 'item 1', score = 0.5) =>
  itemsBundle({ task: 'items-to-items', inputs: [multiHot], model, golden: golden({ history: ['item 0'] }, best, score) });

const HISTORIES = [['item 0'], ['item 1'], ['item 2'], ['item 3', 'item 4'], ['item 0', 'item 2']];

describe('a graph whose rows have to do with each other', () => {
  it.each<[string, Nodes]>([
    [
      'scaled by the extremes of the batch',
      [
        node('ReduceMax', ['each'], ['most'], { keepdims: 1 }),
        node('ReduceMin', ['each'], ['least'], { keepdims: 1 }),
        node('Sub', ['most', 'least'], ['range']),
        node('Sub', ['each', 'least'], ['above']),
        node('Div', ['above', 'range'], ['scores']),
      ],
    ],
    [
      'a share of the best, beside a mask',
      [
        node('ReduceMax', ['each'], ['most'], { keepdims: 1 }),
        node('Div', ['each', 'most'], ['share']),
        node('Where', ['masked', 'mask', 'share'], ['scores']),
      ],
    ],
    ['a softmax over the requests', [node('Softmax', ['each'], ['scores'], { axis: 0 })]],
    ['a running total', [node('CumSum', ['each', 'first'], ['scores'])]],
    ['the first row for everyone', [node('Gather', ['each', 'first'], ['row']), node('Add', ['each', 'row'], ['scores'])]],
    [
      'eight bits for the range of the batch',
      [
        node('DynamicQuantizeLinear', ['each'], ['whole', 'scale', 'zero']),
        node('DequantizeLinear', ['whole', 'scale', 'zero'], ['scores']),
      ],
    ],
  ])('is given one request at a time: %s', async (_what, nodes) => {
    const sizes: number[] = [];
    const told: string[] = [];
    const heard = { onBatch: (size: number) => void sizes.push(size), onBatchDependent: (why: string) => void told.push(why) };
    const { ask } = await served(await similar(over(nodes)), heard);
    expect(told).toEqual([expect.stringMatching(/depends on the requests scored beside it \((golden request 1|a made-up request) gets/)]);
    sizes.length = 0;
    const together = await Promise.all(HISTORIES.map((history) => ask({ history })));
    const alone = [];
    for (const history of HISTORIES) alone.push(await ask({ history }));
    expect(together).toEqual(alone);
    expect(new Set(sizes)).toEqual(new Set([1]));
  });

  it('is found by each number of workers', async () => {
    const told: string[] = [];
    await served(await similar(over([node('Softmax', ['each'], ['scores'], { axis: 0 })])), { onBatchDependent: (why) => void told.push(why) }, 3);
    expect(told).toHaveLength(1);
  });
});

describe('a graph whose rows have nothing to do with each other', () => {
  const mixed: UnsealedManifest['inputs'] = [
    { name: 'user', from: 'user_id', vocabulary: 'users.json', whenUnknown: 'Fallback' },
    { name: 'season', from: 'context.season', default: 3 },
    { name: 'price', from: 'context.price', default: 1 },
    { name: 'member', from: 'context.member', default: false },
    { name: 'taste', from: 'context.taste', default: [0, 4, 0, 2, 0] },
    { name: 'colour', from: 'context.colour', default: 'dry' },
  ];

  it.each([
    ['scores from a history', () => similar(similarityModel())],
    ['scores of double precision', () => similar(similarityModel({ scores: 'double' }))],
    [
      'ranks of its own',
      () => itemsBundle({ task: 'items-to-items', inputs: [indices], model: sequenceModel(), outputs: { items: 'items', scores: 'scores' }, golden: golden({ history: ['item 0'] }, 'item 1', 0.5) }),
    ],
    ['texts', () => itemsBundle({ task: 'text-to-items', inputs: [{ name: 'text', from: 'text' }], model: textItemsModel(), golden: golden({ text: 'red' }, 'item 0', 1) })],
    ['probabilities', () => classesBundle({ model: textClassesModel() })],
    [
      'many inputs',
      () => itemsBundle({ task: 'user-to-items', inputs: mixed, model: mixedModel(), golden: golden({ user_id: 'u1' }, 'item 0', 1), files: { 'users.json': '["u0","u1","u2"]' } }),
    ],
  ])('is given all that wait: %s', async (_what, bundle) => {
    const sizes: number[] = [];
    const told: string[] = [];
    await served(await bundle(), { onBatch: (size) => void sizes.push(size), onBatchDependent: (why) => void told.push(why) });
    expect(told).toEqual([]);
    expect(Math.max(...sizes)).toBe(32);
  });
});

describe('golden requests in service', () => {
  const bundle = {
    manifest: { inputs: [] }, vocabularies: new Map(), itemRows: new Map(), items: [{ id: 'a' }], classes: [],
    golden: [{ request: { user_id: 'u' }, expected: [{ id: 'a', score: 1 }], tolerance: 0.1 }],
  } as unknown as Bundle;

  /** A guard of a model that gives item a this score, which passes its first check. */
  async function guarded() {
    const model = { batching: true, score: (): number => 1 };
    const told: string[] = [];
    const guard = createBatchGuard({
      bundle,
      workers: 1,
      inference: { isBatching: () => model.batching, setBatching: (on) => void (model.batching = on) },
      recommender: {
        recommend: () => Promise.resolve().then(() => ({ items: [{ row: 0, score: model.score() }], fallback: false })),
        popular: () => undefined,
      },
      onBatchDependent: (why) => void told.push(why),
    });
    await guard.start();
    expect(await guard.check()).toEqual([]);
    return { guard, model, told };
  }

  it('that are wrong only beside those of users end the batches, and are right', async () => {
    const { guard, model, told } = await guarded();
    model.score = () => (model.batching ? 0.5 : 1);
    expect(await guard.check()).toEqual([]);
    expect([model.batching, told]).toEqual([false, [expect.stringContaining('item "a" scored 0.5, expected 1 ± 0.1. Alone it is right.')]]);
  });

  it('that are wrong alone too stay wrong, and change nothing', async () => {
    const { guard, model, told } = await guarded();
    model.score = () => 0.5;
    expect(await guard.check()).toEqual([expect.stringContaining('scored 0.5')]);
    expect([model.batching, told]).toEqual([true, []]);
  });

  it('that are not answered in time change nothing', async () => {
    const { guard, model } = await guarded();
    model.score = () => {
      if (model.batching) return 0.5;
      throw new InferenceTimedOut('late');
    };
    await expect(guard.check()).rejects.toThrow('late');
    expect(model.batching).toBe(true);
  });
});
