import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import onnxProto from 'onnx-proto';
import type { onnx as Onnx } from 'onnx-proto';
import { tinyModel } from '../../testing/tiny-model.ts';
import { BundleFailure } from '../failure.ts';
import { inspectGraph } from './inspect.ts';

const { onnx } = onnxProto;
const { FLOAT, INT64 } = onnx.TensorProto.DataType;
const external: Onnx.ITensorProto = { name: 'w', externalData: [{ key: 'location', value: '/etc/passwd' }] };
const nested = (graph: Onnx.IGraphProto) => ({ node: [{ opType: 'If', attribute: [{ name: 'then_branch', g: graph }] }] });
const nestedTimes = (times: number): Onnx.IGraphProto => (times === 0 ? {} : nested(nestedTimes(times - 1)));
const node = (input: string[], output: string[], more: Onnx.INodeProto = {}) => ({ opType: 'Identity', input, output, ...more });
const tensor = (dims: number[], more: Onnx.ITensorProto = {}) => ({ name: 'w', dims, dataType: FLOAT, ...more });

let file: string;
beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'graph-')), 'model.onnx');
});
afterAll(() => rm(join(file, '..'), { recursive: true }));

async function refusal(bytes: Uint8Array): Promise<{ reason: string; message: string } | undefined> {
  await writeFile(file, bytes);
  try {
    await inspectGraph(file, 'model.onnx');
    return undefined;
  } catch (error) {
    if (error instanceof BundleFailure) return error;
    throw error;
  }
}

const opsetImport = [{ domain: '', version: 17 }];
const refusalOf = (model: Onnx.IModelProto) => refusal(onnx.ModelProto.encode({ opsetImport, ...model }).finish());

describe('tensors in other files', () => {
  it.each<[string, Onnx.IModelProto]>([
    ['an initializer', { graph: { initializer: [external] } }],
    ['an initializer that only says so', { graph: { initializer: [{ dataLocation: onnx.TensorProto.DataLocation.EXTERNAL }] } }],
    ['an attribute', { graph: { node: [{ attribute: [{ t: external }] }] } }],
    ['an attribute with many tensors', { graph: { node: [{ attribute: [{ tensors: [tensor([0]), external] }] }] } }],
    ['a graph in a graph', { graph: nested(nested({ initializer: [external] })) }],
    ['a sparse initializer', { graph: { sparseInitializer: [{ values: external }] } }],
    ['a sparse attribute', { graph: { node: [{ attribute: [{ sparseTensor: { indices: external } }] }] } }],
    ['a function', { graph: {}, functions: [{ name: 'f', domain: 'local', node: [{ opType: 'Constant', attribute: [{ t: external }] }] }] }],
  ])('are found in %s', async (_what, model) => {
    expect(await refusalOf(model)).toMatchObject({ reason: 'ExternalData' });
  });

  it('are found behind large tensors', async () => {
    const large = tensor([75_000], { rawData: new Uint8Array(300_000) });
    expect(await refusalOf({ graph: { initializer: [large, external, large] } })).toMatchObject({ reason: 'ExternalData' });
  });
});

describe('inputs and outputs', () => {
  const value = (name: string, elemType: number) => ({ name, type: { tensorType: { elemType, shape: { dim: [] } } } });

  it.each([[14, 'complex64'], [16, 'bfloat16'], [17, 'float8e4m3fn'], [21, 'uint4'], [22, 'int4'], [99, 'type 99']])(
    'are refused with name and type if they are declared as %d, %s, though nothing asks for them',
    async (type, name) => {
      const output = { graph: { input: [value('user', INT64)], output: [value('scores', FLOAT), value('spare', type)] } };
      expect(await refusalOf(output)).toMatchObject({
        reason: 'GraphInvalid',
        message: expect.stringContaining(`its output "spare" has the element type ${name}, which the server cannot return`),
      });
      const input = { graph: { input: [value('user', type)], output: [value('scores', FLOAT)] } };
      expect(await refusalOf(input)).toMatchObject({ message: expect.stringContaining(`its input "user" has the element type ${name}`) });
    },
  );

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])('may be of type %d', async (type) => {
    expect(await refusalOf({ graph: { input: [value('user', INT64)], output: [value('spare', type)] } })).toBeUndefined();
  });
});

describe('a graph that keeps tensors in other files', () => {
  const beside = (location: string): Onnx.ITensorProto => ({ ...external, dims: [3], externalData: [{ key: 'location', value: location }] });

  it('is refused with the files and the way to a single one', async () => {
    const refused = await refusalOf({ graph: { initializer: [beside('model.onnx.data'), beside('model.onnx.data')] } });
    expect(refused?.message).toBe(
      '"model.onnx" keeps 2 tensors in other files ("model.onnx.data"); save it as a single file: ' +
        'onnx.save(onnx.load("model.onnx"), "model.onnx"), or torch.onnx.export(…, external_data=False).',
    );
  });
});

describe('a graph that is newer than the runtime', () => {
  it.each<[string, Onnx.IModelProto, string]>([
    ['opset', { opsetImport: [{ domain: 'ai.onnx', version: 28 }] }, 'it uses opset 28 of ai.onnx, and at most 26 can be read: set opset_version of torch.onnx.export'],
    ['opset of classical models', { opsetImport: [{ domain: '', version: 17 }, { domain: 'ai.onnx.ml', version: 99 }] }, 'it uses opset 99 of ai.onnx.ml'],
    ['IR version', { irVersion: 14 }, 'it has IR version 14, and at most 13 can be read: set model.ir_version = 13'],
  ])('is refused by its %s', async (_what, model, sentence) => {
    const refused = await refusalOf({ graph: {}, ...model });
    expect(refused).toMatchObject({ reason: 'GraphInvalid', message: expect.stringContaining(`"model.onnx" is newer than this runtime: ${sentence}`) });
  });

  it('is told of both at once', async () => {
    const refused = await refusalOf({ graph: {}, irVersion: 14, opsetImport: [{ domain: '', version: 28 }] });
    expect(refused?.message).toMatch(/opset 28.*IR version 14/);
  });
});

describe('what is no ONNX model', () => {
  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['an endless number', '\xff'.repeat(20)],
    ['a field longer than the file', '\x3a\xff\x7f'],
    ['a model without a graph', '\x08\x08'],
    ['two graphs, which readers would join', '\x3a\x00\x3a\x00'],
  ])('is refused: %s', async (_what, text) => {
    expect(await refusal(Buffer.from(text, 'latin1'))).toMatchObject({ reason: 'GraphInvalid' });
  });

  it('is refused when it does not say which operators it means', async () => {
    expect(await refusalOf({ graph: {}, opsetImport: [] })).toMatchObject({ message: expect.stringContaining('opset') });
  });

  it('is refused wherever it is cut off', async () => {
    const model = tinyModel();
    for (let length = 0; length < model.length; length += 1) {
      expect(await refusal(model.subarray(0, length))).toMatchObject({ reason: 'GraphInvalid' });
    }
    expect(await refusal(model)).toBeUndefined();
  });

  it('never crashes the reader, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(await refusal(bytes)).toMatchObject({ reason: expect.stringMatching(/^(GraphInvalid|ExternalData)$/) });
      }),
      { numRuns: 300 },
    );
  });

  it('never crashes the reader, whatever byte is changed', async () => {
    const model = tinyModel();
    await fc.assert(
      fc.asyncProperty(fc.nat(model.length - 1), fc.nat(255), async (place, byte) => {
        const changed = Uint8Array.from(model);
        changed[place] = byte;
        expect([undefined, 'GraphInvalid', 'ExternalData']).toContain((await refusal(changed))?.reason);
      }),
      { numRuns: 300 },
    );
  });
});

describe('tensors that are larger than what they hold', () => {
  it.each<[string, Onnx.ITensorProto]>([
    ['no data', tensor([1_000_000_000_000])],
    ['few raw bytes', tensor([5], { rawData: new Uint8Array(19) })],
    ['few numbers', tensor([3], { floatData: [1, 2] })],
    ['few 64-bit numbers', tensor([3], { dataType: INT64, int64Data: [1, 2] })],
    ['few texts', tensor([2], { dataType: onnx.TensorProto.DataType.STRING, stringData: [Buffer.from('a long text')] })],
    ['a negative dimension', tensor([-1])],
    ['a product beyond all numbers', tensor([2 ** 40, 2 ** 40, 2 ** 40])],
    ['a zero that hides the others', tensor([0, 2 ** 40, 2 ** 40])],
    ['a type nobody knows', tensor([1], { dataType: 99, floatData: [1] })],
  ])('are refused: %s', async (_what, initializer) => {
    expect(await refusalOf({ graph: { initializer: [initializer] } })).toMatchObject({ reason: 'GraphInvalid' });
  });

  it('are refused in an attribute of a nested graph', async () => {
    const graph = nested({ node: [{ attribute: [{ name: 'value', t: tensor([2 ** 40]) }] }] });
    expect(await refusalOf({ graph })).toMatchObject({ message: expect.stringContaining('declares 1099511627776 values') });
  });

  it('are refused where they are sparse and would be unfolded', async () => {
    const values = tensor([1], { floatData: [1] });
    const sparseInitializer = [{ values, indices: tensor([1], { dataType: INT64, int64Data: [0] }), dims: [2 ** 20, 2 ** 10] }];
    expect(await refusalOf({ graph: { sparseInitializer } })).toMatchObject({ message: expect.stringContaining('sparse') });
  });

  it('are refused as an input that no request could fill', async () => {
    const shape = { dim: [{ dimParam: 'batch' }, { dimValue: 2 ** 40 }] };
    const input = [{ name: 'history', type: { tensorType: { elemType: INT64, shape } } }];
    expect(await refusalOf({ graph: { input } })).toMatchObject({ message: expect.stringContaining('"history"') });
  });

  it('pass when they hold what they declare', async () => {
    const initializer = [
      tensor([2, 3], { rawData: new Uint8Array(24) }), tensor([], { floatData: [1] }), tensor([0, 4]),
      tensor([3], { dataType: 22, rawData: new Uint8Array(2) }), tensor([3], { dataType: INT64, int64Data: [-1, 0, 1] }),
    ];
    expect(await refusalOf({ graph: { initializer } })).toBeUndefined();
  });
});

describe('graphs that could not end or would be too large', () => {
  it.each<[string, Onnx.IGraphProto, string]>([
    ['a node that uses its own output', { node: [node(['a'], ['a'])] }, 'no earlier node produces'],
    ['two nodes in a circle', { node: [node(['b'], ['a']), node(['a'], ['b'])] }, '"b"'],
    ['two nodes that write one value', { node: [node([], ['a']), node([], ['a'])] }, 'two nodes write'],
    ['a value of a neighbouring subgraph', { node: [{ attribute: [{ g: { node: [node([], ['a'])] } }, { g: { node: [node(['a'], [])] } }] }] }, '"a"'],
    ['nested graphs', nestedTimes(20), 'nested'],
    ['an unknown library', { node: [node([], ['a'], { domain: 'com.example.code' })] }, 'com.example.code'],
  ])('refuses %s', async (_what, graph, message) => {
    expect(await refusalOf({ graph })).toMatchObject({ reason: 'GraphInvalid', message: expect.stringContaining(message) });
  });

  it('lets a subgraph use what its graph has made', async () => {
    const inner = { node: [node(['a', 'x'], ['b'])] };
    const graph = { input: [{ name: 'x' }], node: [node(['x'], ['a']), { ...node([''], ['c']), attribute: [{ g: inner }] }] };
    expect(await refusalOf({ graph })).toBeUndefined();
  });

  it('refuses more nodes than any recommender has', async () => {
    const graph = { node: Array.from({ length: 100_001 }, () => ({ opType: 'Identity' })) };
    expect(await refusalOf({ graph })).toMatchObject({ message: expect.stringContaining('more than 100000 nodes') });
  });

  const calls = (name: string, callee: string): Onnx.IFunctionProto => ({
    name, domain: 'local', node: Array.from({ length: 10 }, () => ({ opType: callee, domain: 'local' })),
  });

  it('refuses functions that unfold to billions of nodes', async () => {
    const functions = Array.from({ length: 10 }, (_, level) => calls(`f${level}`, `f${level + 1}`));
    const graph = { node: [{ opType: 'f0', domain: 'local' }] };
    expect(await refusalOf({ graph, functions })).toMatchObject({ message: expect.stringContaining('unfolded') });
  });

  it('refuses functions that call each other in circles', async () => {
    const functions = [calls('f', 'g'), calls('g', 'f')];
    expect(await refusalOf({ graph: {}, functions })).toMatchObject({ message: expect.stringContaining('recursively') });
  });

  it('knows the operators of its own functions', async () => {
    const functions = [{ name: 'f', domain: 'local', input: ['x'], output: ['y'], node: [node(['x'], ['y'])] }];
    const graph = { input: [{ name: 'x' }], node: [{ opType: 'f', domain: 'local', input: ['x'], output: ['y'] }] };
    expect(await refusalOf({ graph, functions })).toBeUndefined();
  });
});
