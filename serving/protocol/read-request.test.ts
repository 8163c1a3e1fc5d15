import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ElementType } from '../bundle/element-types.ts';
import { Problem } from '../common/problems.ts';
import type { GraphInfo } from '../scoring/tensors.ts';
import { type Datatype, DATATYPES } from './datatypes.ts';
import { MAX_EXACT_JSON, MAX_INFER_JSON } from './limits.ts';
import { readInference } from './read-request.ts';

const graphOf = (type: ElementType, shape: (number | string)[] = ['batch', 2]): GraphInfo => ({
  inputs: [{ name: 'x', type, shape }],
  outputs: [{ name: 'y', type: 'float32', shape: ['batch'] }, { name: 'z', type: 'string', shape: ['batch'] }, { name: 'map', type: 'sequence-or-map', shape: [] }],
});
const FLOATS = graphOf('float32');

const bodyOf = (request: unknown, ...binary: Uint8Array[]) => Buffer.concat([Buffer.from(JSON.stringify(request)), ...binary]);
const input = (changes: object = {}) => ({ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2], ...changes });

function read(request: unknown, graph = FLOATS) {
  return readInference(bodyOf(request), undefined, graph);
}

function readBinary(request: unknown, binary: Uint8Array, graph = FLOATS) {
  return readInference(bodyOf(request, binary), String(JSON.stringify(request).length), graph);
}

/** The sentence a request is refused with. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

describe('tensors in JSON', () => {
  it.each<[Datatype, unknown[], unknown[]]>([
    ['BOOL', [true, false], [1, 0]],
    ['UINT8', [0, 255], [0, 255]],
    ['UINT16', [0, 65_535], [0, 65_535]],
    ['UINT32', [0, 4_294_967_295], [0, 4_294_967_295]],
    ['UINT64', [0, 7], [0n, 7n]],
    ['INT8', [-128, 127], [-128, 127]],
    ['INT16', [-32_768, 1], [-32_768, 1]],
    ['INT32', [-2_147_483_648, 1], [-2_147_483_648, 1]],
    ['INT64', [-5, 5], [-5n, 5n]],
    ['FP16', [1, -2], [0x3c00, 0xc000]],
    ['FP32', [0.5, 1e10], [0.5, 1e10]],
    ['FP64', [0.1, -1e300], [0.1, -1e300]],
    ['BYTES', ['ä', ''], ['ä', '']],
  ])('%s', (datatype, data, expected) => {
    const [feed] = read({ inputs: [input({ datatype, data })] }, graphOf(DATATYPES[datatype])).feeds;
    expect(feed).toMatchObject({ name: 'x', type: DATATYPES[datatype], shape: [1, 2] });
    expect(Array.from(feed?.data as ArrayLike<unknown>)).toEqual(expected);
  });

  it('keeps every digit of a 64-bit number', () => {
    const json = '{"inputs":[{"name":"x","datatype":"UINT64","shape":[1,2],"data":[18446744073709551615,9007199254740993]}]}';
    const [feed] = readInference(Buffer.from(json), undefined, graphOf('uint64')).feeds;
    expect([...(feed?.data as BigUint64Array)]).toEqual([18446744073709551615n, 9007199254740993n]);
  });

  it.each<[Datatype, ElementType]>([['INT64', 'int64'], ['UINT64', 'uint64']])('refuses a %s beyond 2^53 in a long text, of which no digit would be looked at', (datatype, type) => {
    const data = `9007199254740993,1${' '.repeat(MAX_EXACT_JSON)}`;
    const json = `{"inputs":[{"name":"x","datatype":"${datatype}","shape":[1,2],"data":[${data}]}]}`;
    expect(refusal(() => readInference(Buffer.from(json), undefined, graphOf(type)))).toMatch(/element 0 is beyond 2\^53.*binary data/);
  });

  it('reads long fractions from a long text', () => {
    const json = `{"inputs":[{"name":"x","datatype":"FP64","shape":[1,2],"data":[0.1234567890123456,1${' '.repeat(MAX_EXACT_JSON)}]}]}`;
    const [feed] = readInference(Buffer.from(json), undefined, graphOf('float64')).feeds;
    expect([...(feed?.data as Float64Array)]).toEqual([0.1234567890123456, 1]);
  });

  it('refuses lists nested without end', () => {
    const json = `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":${'['.repeat(100_000)}${']'.repeat(100_000)}}]}`;
    expect(refusal(() => readInference(Buffer.from(json), undefined, FLOATS))).toContain('nested more than 32 levels');
  });

  it('takes nested lists', () => {
    const [feed] = read({ inputs: [input({ shape: [2, 2], data: [[1, 2], [3, 4]] })] }).feeds;
    expect([...(feed?.data as Float32Array)]).toEqual([1, 2, 3, 4]);
  });

  it.each<[string, Datatype, unknown[]]>([
    ['a fraction', 'INT64', [1.5, 1]],
    ['a text', 'INT64', ['1', 1]],
    ['nothing', 'FP32', [null, 1]],
    ['too large a number', 'INT8', [128, 1]],
    ['too large a number', 'FP16', [70_000, 1]],
    ['too large a number', 'FP32', [1e39, 1]],
    ['a negative number', 'UINT64', [-1, 1]],
    ['a number', 'BYTES', ['a', 1]],
    ['a list', 'FP32', [1, [2]]],
    ['a number', 'BOOL', [2, 0]],
  ])('refuses %s for %s', (_what, datatype, data) => {
    const sentence = refusal(() => read({ inputs: [input({ datatype, data })] }, graphOf(DATATYPES[datatype])));
    expect(sentence).toMatch(/Input "x" expects .*, but element \d is/);
  });
});

describe('tensors that follow the JSON part', () => {
  const sized = (size: number, changes: object = {}) => input({ data: undefined, parameters: { binary_data_size: size }, ...changes });

  it('are read in the order of the inputs', () => {
    const two: GraphInfo = { ...FLOATS, inputs: [...FLOATS.inputs, { name: 'w', type: 'int64', shape: [1] }] };
    const request = { inputs: [sized(8, { name: 'w', datatype: 'INT64', shape: [1] }), sized(8)] };
    const binary = Buffer.concat([Buffer.from(BigInt64Array.of(-3n).buffer), Buffer.from(Float32Array.of(1, 2).buffer)]);
    const { feeds } = readBinary(request, binary, two);
    expect(feeds.map((feed) => [feed.name, [...(feed.data as BigInt64Array)]])).toEqual([['w', [-3n]], ['x', [1, 2]]]);
  });

  it('texts carry their lengths', () => {
    const binary = Buffer.from([2, 0, 0, 0, 0xc3, 0xa4, 0, 0, 0, 0]);
    const { feeds } = readBinary({ inputs: [sized(10, { datatype: 'BYTES' })] }, binary, graphOf('string'));
    expect(feeds[0]?.data).toEqual(['ä', '']);
  });

  it.each<[string, Buffer, Datatype]>([
    ['too few bytes', Buffer.alloc(7), 'FP32'],
    ['a truth value of 2', Buffer.from([1, 2]), 'BOOL'],
    ['a text that never ends', Buffer.from([255, 255, 255, 255, 0]), 'BYTES'],
    ['one text too few', Buffer.from([1, 0, 0, 0, 65]), 'BYTES'],
    ['bytes behind the last text', Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0]), 'BYTES'],
    ['bytes that are no UTF-8', Buffer.from([1, 0, 0, 0, 0xff, 0, 0, 0, 0]), 'BYTES'],
  ])('refuses %s', (_what, binary, datatype) => {
    const request = { inputs: [sized(binary.length, { datatype })] };
    expect(refusal(() => readBinary(request, binary, graphOf(DATATYPES[datatype])))).toContain('Input "x"');
  });

  it.each([
    ['bytes nobody asked for', { inputs: [input()] }, 4, 'binary_data_size adds up to 0'],
    ['a size beyond the body', { inputs: [sized(100)] }, 8, 'binary_data_size adds up to 100'],
    ['data twice', { inputs: [sized(8, { data: [1, 2] })] }, 8, 'send only one'],
  ])('refuses %s', (_what, request, bytes, sentence) => {
    expect(refusal(() => readBinary(request, Buffer.alloc(bytes)))).toContain(sentence);
  });

  it.each(['1000', '-1', 'many', ''])('refuses the JSON length %j', (length) => {
    expect(refusal(() => readInference(bodyOf({ inputs: [input()] }), length, FLOATS))).toContain('inference-header-content-length');
  });
});

describe('a request', () => {
  it.each([
    ['the wrong name', { inputs: [input({ name: 'nobody' })] }, 'Input "nobody" is unknown; the model expects "x"'],
    ['the wrong type', { inputs: [input({ datatype: 'INT64' })] }, 'is INT64, but the model expects FP32'],
    ['a type that does not exist', { inputs: [input({ datatype: 'FP8' })] }, 'must be one of BOOL'],
    ['the wrong width', { inputs: [input({ shape: [1, 3], data: [1, 2, 3] })] }, 'has the shape [1, 3], but the model expects [-1, 2]'],
    ['the wrong rank', { inputs: [input({ shape: [2] })] }, 'has the shape [2], but the model expects [-1, 2]'],
    ['too few elements', { inputs: [input({ data: [1] })] }, 'has 1 elements, but its shape [1, 2] needs 2'],
    ['lists that are not nested like the shape', { inputs: [input({ data: [[1], [2]] })] }, 'must be nested like its shape'],
    ['too many rows', { inputs: [input({ shape: [257, 2], data: [] })] }, 'the limit is 256'],
    ['a negative axis', { inputs: [input({ shape: [-1, 2] })] }, 'inputs.0.shape.0'],
    ['an empty axis', { inputs: [input({ shape: [0, 2], data: [] })] }, 'inputs.0.shape.0'],
    ['an input twice', { inputs: [input(), input()] }, 'is given twice'],
    ['no inputs', { inputs: [] }, 'inputs'],
    ['no data', { inputs: [input({ data: undefined })] }, 'has neither data'],
    ['an output the model lacks', { inputs: [input()], outputs: [{ name: 'q' }] }, 'Unknown output "q"; the model returns "y", "z"'],
    ['an output that is no tensor', { inputs: [input()], outputs: [{ name: 'map' }] }, 'Unknown output "map"'],
    ['an output twice', { inputs: [input()], outputs: [{ name: 'y' }, { name: 'y' }] }, 'requested twice'],
    ['a classification', { inputs: [input()], outputs: [{ name: 'y', parameters: { classification: 3 } }] }, 'is not available as a classification'],
    ['no object', [1], 'must be an object'],
  ])('with %s is refused', (_what, request, sentence) => {
    expect(refusal(() => read(request))).toContain(sentence);
  });

  it('is refused when it leaves out an input', () => {
    const two: GraphInfo = { ...FLOATS, inputs: [...FLOATS.inputs, { name: 'w', type: 'int64', shape: [1] }] };
    expect(refusal(() => read({ inputs: [input()] }, two))).toContain('Input "w" is missing');
  });

  it('is not allowed more rows than a graph of one row takes', () => {
    const fixed = graphOf('float32', [1, 2]);
    expect(refusal(() => read({ inputs: [input({ shape: [2, 2], data: [1, 2, 3, 4] })] }, fixed))).toContain('the model expects [1, 2]');
  });

  it('is refused when its JSON part is larger than the limit, whatever its form', () => {
    expect(refusal(() => readInference(Buffer.alloc(MAX_INFER_JSON + 1, 32), undefined, FLOATS))).toContain('binary data');
  });

  it('gets all outputs that are tensors, in the form it asks for', () => {
    expect(read({ id: '7', inputs: [input()] })).toMatchObject({ id: '7', outputs: [{ name: 'y', binary: false }, { name: 'z', binary: false }] });
    const binary = { parameters: { binary_data_output: true }, inputs: [input()] };
    expect(read(binary).outputs.every((output) => output.binary)).toBe(true);
    const mixed = { ...binary, outputs: [{ name: 'z', parameters: { binary_data: false } }] };
    expect(read(mixed).outputs).toEqual([{ name: 'z', binary: false }]);
  });
});

describe('whatever comes', () => {
  const types = Object.keys(DATATYPES) as Datatype[];
  const anyInput = fc.record(
    {
      name: fc.constantFrom('x', 'y', '__proto__'),
      datatype: fc.constantFrom(...types),
      shape: fc.array(fc.integer({ min: -1, max: 2 ** 31 }), { maxLength: 4 }),
      data: fc.array(fc.jsonValue(), { maxLength: 4 }),
      parameters: fc.dictionary(fc.constantFrom('binary_data_size', 'other'), fc.jsonValue()),
    },
    { requiredKeys: ['name'] },
  );

  it('is read or refused with a sentence, never more', () => {
    fc.assert(
      fc.property(fc.oneof(fc.record({ inputs: fc.array(anyInput) }), fc.jsonValue()), fc.uint8Array(), fc.constantFrom(...types), (request, binary, type) => {
        try {
          const graph = graphOf(DATATYPES[type]);
          expect(readBinary(request, binary, graph).feeds).toHaveLength(1);
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          expect(error.status).toBe(400);
        }
      }),
    );
  });

  it('of bytes too', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.option(fc.string(), { nil: undefined }), (bytes, length) => {
        expect(() => readInference(Buffer.from(bytes), length, FLOATS)).toThrow(Problem);
      }),
    );
  });
});
