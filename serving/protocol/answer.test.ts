import { describe, expect, it } from '@jest/globals';
import type { RawTensor } from '../scoring/tensors.ts';
import { writeAnswer } from './answer.ts';
import { MAX_JSON_ELEMENTS } from './limits.ts';

const HEAD = { model: 'tiny', version: '1.0.0', id: undefined };

function answer(tensor: Partial<RawTensor> & Pick<RawTensor, 'type' | 'data'>, binary = false) {
  const whole: RawTensor = { name: 'y', shape: [tensor.data.length], ...tensor };
  const { parts, jsonLength } = writeAnswer(HEAD, [whole], [{ name: 'y', binary }]);
  const [json = Buffer.alloc(0), ...rest] = parts;
  return { json: JSON.parse(String(json)) as { outputs: { data: unknown }[] }, text: String(json), binary: Buffer.concat(rest), jsonLength };
}

describe('an answer in JSON', () => {
  it.each<[RawTensor['type'], RawTensor['data'], unknown[]]>([
    ['bool', Uint8Array.of(1, 0), [true, false]],
    ['uint8', Uint8Array.of(255), [255]],
    ['float16', Uint16Array.of(0x3c00, 0x7c00), [1, null]],
    ['float32', Float32Array.of(0.5, NaN, -Infinity), [0.5, null, null]],
    ['float64', Float64Array.of(0.1), [0.1]],
    ['string', ['a"b', 'ä'], ['a"b', 'ä']],
  ])('%s', (type, data, expected) => {
    expect(answer({ type, data }).json.outputs[0]?.data).toEqual(expected);
  });

  it('writes every digit of a 64-bit number', () => {
    expect(answer({ type: 'int64', data: BigInt64Array.of(-9223372036854775808n) }).text).toContain('"data":[-9223372036854775808]');
  });

  it('carries the id of its request', () => {
    const { parts } = writeAnswer({ ...HEAD, id: 'a"1' }, [], []);
    expect(JSON.parse(String(parts[0]))).toEqual({ model_name: 'tiny', model_version: '1.0.0', id: 'a"1', outputs: [] });
  });

  it('is refused when its tensors would be too large together', () => {
    const tensors = ['y', 'z'].map((name): RawTensor => ({ name, type: 'uint8', shape: [MAX_JSON_ELEMENTS / 2 + 1], data: new Uint8Array(MAX_JSON_ELEMENTS / 2 + 1) }));
    const write = (binary: boolean) => writeAnswer(HEAD, tensors, [{ name: 'y', binary: false }, { name: 'z', binary }]);
    expect(() => write(false)).toThrow(/ask for binary data/);
    expect(write(true).parts).toHaveLength(2);
  });

  it('is refused when it would be too large', () => {
    expect(() => answer({ type: 'uint8', data: new Uint8Array(MAX_JSON_ELEMENTS + 1) })).toThrow(/ask for binary data/);
  });
});

describe('an answer in binary form', () => {
  it('follows the JSON part, whose length is known', () => {
    const { json, text, binary, jsonLength } = answer({ type: 'int64', data: BigInt64Array.of(1n, -1n) }, true);
    expect(json.outputs).toEqual([{ name: 'y', datatype: 'INT64', shape: [2], parameters: { binary_data_size: 16 } }]);
    expect([binary.readBigInt64LE(0), binary.readBigInt64LE(8), jsonLength]).toEqual([1n, -1n, Buffer.byteLength(text)]);
  });

  it('precedes texts by their lengths', () => {
    expect([...answer({ type: 'string', data: ['ä', ''] }, true).binary]).toEqual([2, 0, 0, 0, 0xc3, 0xa4, 0, 0, 0, 0]);
  });

  it('holds what JSON cannot', () => {
    expect(answer({ type: 'float32', data: Float32Array.of(NaN) }, true).binary.readFloatLE(0)).toBeNaN();
  });
});
