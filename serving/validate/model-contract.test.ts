import { afterAll, describe, expect, it } from '@jest/globals';
import type { Bundle } from '../bundle/bundle.ts';
import { readBundle } from '../bundle/read.ts';
import { CONTRACT_SAMPLE } from '../contract/report.ts';
import type { GraphInfo, TensorInfo } from '../scoring/tensors.ts';
import { removeTinyBundles, tinyBundle } from '../testing/tiny-bundle.ts';
import { contractOf } from './model-contract.ts';
import { sampleOf } from './sample.ts';

afterAll(removeTinyBundles);

const bundle = await readBundle((await tinyBundle()).dir);
const tensor = (name: string, shape: TensorInfo['shape'], type: TensorInfo['type'] = 'int64'): TensorInfo => ({ name, type, shape });
const graph = (width: number | string = 4, inputs = [tensor('user', ['batch'])]): GraphInfo => ({ inputs, outputs: [tensor('items', ['batch', width])] });
const withInputs = (inputs: Bundle['manifest']['inputs']): Bundle => ({ ...bundle, manifest: { ...bundle.manifest, inputs } });

describe('the contract of a model', () => {
  it('names what goes in and comes out, and how much of it there is', () => {
    expect(contractOf(bundle, graph())).toEqual({
      task: 'user-to-items',
      inputs: [{ name: 'user', from: 'user_id', type: 'int64', required: false, vocabulary: 8 }],
      outputs: ['items', 'scores'],
      k: 4,
      items: sampleOf(['i0', 'i1', 'i2', 'i3', 'i4']),
      users: sampleOf(['u0', 'u1', 'u2', 'u3', 'u4', 'u5', 'u6', 'u7']),
    });
  });

  it('says which fields a request must have', () => {
    const inputs = [tensor('hour', ['batch', 1], 'float32'), tensor('place', ['batch', 2], 'float32'), tensor('text', ['batch'], 'string'), tensor('history', ['batch', 5])];
    const contract = contractOf(
      withInputs([
        { name: 'hour', from: 'context.hour', default: 12 },
        { name: 'place', from: 'context.place' },
        { name: 'text', from: 'text', maxLength: 100 },
        { name: 'history', from: 'history', encoding: 'MultiHot', length: 10, padding: -1 },
      ]),
      graph(4, inputs),
    );
    expect(contract.inputs).toEqual([
      { name: 'hour', from: 'context.hour', type: 'float32', required: false },
      { name: 'place', from: 'context.place', type: 'float32[2]', required: true },
      { name: 'text', from: 'text', type: 'string', required: true, maxLength: 100 },
      { name: 'history', from: 'history', type: 'int64', required: false, vocabulary: 5 },
    ]);
    expect(contract).not.toHaveProperty('users');
  });

  it('leaves out what callers send nothing for, and tells how long their lists may be', () => {
    const inputs = [tensor('ids', ['batch', 'length']), tensor('mask', ['batch', 'length']), tensor('user', ['batch'], 'string')];
    const contract = contractOf(
      withInputs([
        { name: 'ids', from: 'context.ids', length: 64, padding: 0 },
        { name: 'mask', from: 'mask', of: 'ids' },
        { name: 'user', from: 'user_id' },
      ]),
      graph(4, inputs),
    );
    expect(contract.inputs).toEqual([
      { name: 'ids', from: 'context.ids', type: 'int64[]', required: true, maxLength: 64 },
      { name: 'user', from: 'user_id', type: 'string', required: false },
    ]);
    expect(contract).not.toHaveProperty('users');
  });

  it('limits k by what the graph ranks, not by a small catalogue', () => {
    expect([graph(4), graph(5), graph(20), graph('K')].map((each) => contractOf(bundle, each).k)).toEqual([4, 100, 100, undefined]);
  });
});

describe('a sample of ids', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `item-${index}`);

  it('is the same whatever their order, and bounded', () => {
    expect(sampleOf(ids(10_000).reverse())).toEqual(sampleOf(ids(10_000)));
    expect(Buffer.from(sampleOf(ids(10_000)).sample, 'base64')).toHaveLength(4 * CONTRACT_SAMPLE);
    expect(sampleOf(ids(10_000)).count).toBe(10_000);
  });

  it('holds all of a few', () => {
    expect(Buffer.from(sampleOf(ids(3)).sample, 'base64')).toHaveLength(12);
  });
});
