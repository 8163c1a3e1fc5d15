import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import onnxProto from 'onnx-proto';
import type { onnx as Onnx } from 'onnx-proto';
import { newFolder } from '../testing/trained.ts';
import { notFiniteTables } from './not-finite.ts';

const { onnx } = onnxProto;

let dir: string;
beforeEach(async () => {
  dir = await newFolder();
});
afterEach(() => rm(dir, { recursive: true }));

async function tablesOf(...initializer: Onnx.ITensorProto[]) {
  await writeFile(join(dir, 'model.onnx'), onnx.ModelProto.encode({ graph: { initializer } }).finish());
  return notFiniteTables(join(dir, 'model.onnx'));
}

const bytesOf = (array: ArrayBufferView) => Buffer.from(array.buffer);

describe('tables with numbers that are none', () => {
  it.each<[string, Onnx.ITensorProto]>([
    ['float', { dataType: 1, rawData: bytesOf(Float32Array.of(1, 2, 3, 4, NaN, 6, -Infinity, Infinity)) }],
    ['float in a list', { dataType: 1, floatData: [1, 2, 3, 4, NaN, 6, -Infinity, Infinity] }],
    ['double', { dataType: 11, rawData: bytesOf(Float64Array.of(1, 2, 3, 4, NaN, 6, -Infinity, Infinity)) }],
    ['double in a list', { dataType: 11, doubleData: [1, 2, 3, 4, NaN, 6, -Infinity, Infinity] }],
    ['float16', { dataType: 10, rawData: bytesOf(Uint16Array.of(1, 2, 3, 4, 0x7e00, 6, 0xfc00, 0x7c00)) }],
    ['bfloat16', { dataType: 16, rawData: bytesOf(Uint16Array.of(1, 2, 3, 4, 0x7fc0, 6, 0xff80, 0x7f80)) }],
  ])('of %s are told of by their rows', async (_type, tensor) => {
    expect(await tablesOf({ name: 'factors', dims: [4, 2], ...tensor })).toEqual([{ name: 'factors', rows: 2, of: 4, first: 2 }]);
  });

  it('are told apart from large numbers and from other types', async () => {
    const large = { name: 'large', dims: [3], dataType: 1, rawData: bytesOf(Float32Array.of(3.4e38, -3.4e38, 1e-45)) };
    const double = { name: 'double', dims: [2], dataType: 11, rawData: bytesOf(Float64Array.of(1.7e308, 0)) };
    const whole = { name: 'whole', dims: [1], dataType: 7, rawData: Buffer.alloc(8, 0xff) };
    expect(await tablesOf(large, double, whole)).toEqual([]);
  });

  it('are found behind the first block of a large file', async () => {
    const values = new Float32Array(600_000);
    values[500_001] = NaN;
    expect(await tablesOf({ name: 'factors', dims: [300_000, 2], dataType: 1, rawData: bytesOf(values) })).toEqual([
      { name: 'factors', rows: 1, of: 300_000, first: 250_000 },
    ]);
  });
});
