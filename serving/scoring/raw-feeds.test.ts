import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { cleanUp, closeModels, served } from '../testing/served-model.ts';
import { tinyBundle } from '../testing/tiny-bundle.ts';
import { textClassesModel } from '../testing/tiny-graphs.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import { classesBundle } from '../testing/tiny-tasks.ts';

afterEach(closeModels);
afterAll(cleanUp);

describe('raw runs', () => {
  it('take named tensors and give the outputs asked for', async () => {
    const { model } = await served(await tinyBundle());
    const user = { name: 'user', type: 'int64', shape: [2], data: BigInt64Array.of(1n, 3n) } as const;
    const [scores, items] = await model.infer([user], ['scores', 'items']);
    expect([scores?.name, scores?.type, scores?.shape]).toEqual(['scores', 'float32', [2, 4]]);
    expect(items?.data[4]).toBe(3n);
    expect((await model.infer([user])).map(({ name }) => name)).toEqual(['items', 'scores']);
    expect(model.describe()).toEqual({
      inputs: [{ name: 'user', type: 'int64', shape: ['batch'] }],
      outputs: [{ name: 'items', type: 'int64', shape: ['batch', 4] }, { name: 'scores', type: 'float32', shape: ['batch', 4] }],
    });
  });

  it('take and give strings', async () => {
    const { model } = await served(await classesBundle({ model: textClassesModel() }));
    const text = { name: 'text', type: 'string', shape: [2, 1], data: ['red', 'white'] } as const;
    expect(await model.infer([{ ...text, data: [...text.data] }], ['label'])).toEqual([
      { name: 'label', type: 'string', shape: [2], data: ['France', 'Italy'] },
    ]);
  });

  it('fail alone', async () => {
    const { model } = await served(await tinyBundle({ model: tinyModel({ rows: 5 }) }));
    const user = (index: bigint) => [{ name: 'user', type: 'int64', shape: [1], data: BigInt64Array.of(index) } as const];
    const [bad, good, scored] = await Promise.allSettled([model.infer(user(7n)), model.infer(user(1n)), model.recommend({ user_id: 'u1' })]);
    expect([bad.status, good.status, scored.status]).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  it.each([
    ['no tensors', [], 'The input "user" is missing'],
    ['another type', [{ name: 'user', type: 'float32', shape: [1], data: Float32Array.of(1) }], 'expects int64'],
    ['another rank', [{ name: 'user', type: 'int64', shape: [1, 1], data: BigInt64Array.of(1n) }], 'the model expects [?]'],
    ['a negative length', [{ name: 'user', type: 'int64', shape: [-1], data: BigInt64Array.of(1n) }], 'a dimension that is not a non-negative integer'],
    ['too few elements', [{ name: 'user', type: 'int64', shape: [2], data: BigInt64Array.of(1n) }], 'has 1 elements'],
  ] as const)('refuse %s', async (_what, feeds, sentence) => {
    const { model } = await served(await tinyBundle());
    await expect(model.infer([...feeds])).rejects.toThrow(sentence);
  });
});
