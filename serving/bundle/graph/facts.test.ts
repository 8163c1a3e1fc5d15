import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import onnxProto from 'onnx-proto';
import type { onnx as Onnx } from 'onnx-proto';
import { tinyModel } from '../../testing/tiny-model.ts';
import { inspectGraph, readGraphFacts } from './inspect.ts';

const { onnx } = onnxProto;
const opsetImport = [{ domain: '', version: 17 }];

let file: string;
beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'graph-')), 'model.onnx');
});
afterAll(() => rm(join(file, '..'), { recursive: true }));

async function readFacts(model: Onnx.IModelProto) {
  await writeFile(file, onnx.ModelProto.encode(model).finish());
  return readGraphFacts(file, 'model.onnx');
}

describe('what a graph says of itself', () => {
  it('is read without running it', async () => {
    await writeFile(file, tinyModel());
    expect(await inspectGraph(file, 'model.onnx')).toMatchObject({
      opsets: { 'ai.onnx': 13 },
      irVersion: 8,
      inputs: [{ name: 'user', type: 'int64', shape: ['batch'] }],
      outputs: [{ name: 'items', type: 'int64', shape: ['batch', 4] }, { name: 'scores', type: 'float32', shape: ['batch', 4] }],
      nodes: 4,
      parameters: 8 * 5 + 5 * 5 + 2,
    });
  });

  it('is read though its tensors are in other files', async () => {
    const input = [{ name: 'user', type: { tensorType: { elemType: onnx.TensorProto.DataType.INT64, shape: { dim: [{ dimParam: 'batch' }] } } } }];
    const beside = (location: string) => ({ name: 'w', dims: [3], externalData: [{ key: 'location', value: location }] });
    const graph = { input, initializer: [beside('a.data'), beside('b.data')] };
    expect(await readFacts({ irVersion: 8, opsetImport, graph })).toMatchObject({
      irVersion: 8, opsets: { 'ai.onnx': 17 }, inputs: [{ name: 'user' }], parameters: 6, external: { tensors: 2, files: ['a.data', 'b.data'] },
    });
  });
});

describe('the labels of a classifier', () => {
  const labels = (name: string, ...strings: string[]) => ({ name, strings: strings.map((each) => Buffer.from(each)) });
  const factsOf = async (...attribute: Onnx.IAttributeProto[]) => {
    const nodes = attribute.map((each, index) => ({ opType: 'LinearClassifier', domain: 'ai.onnx.ml', output: [`y${index}`], attribute: [each] }));
    return readFacts({ opsetImport, graph: { node: nodes } });
  };

  it('are read from its attributes, texts or numbers', async () => {
    expect(await factsOf(labels('classlabels_strings', 'essen', 'reise'))).toMatchObject({ classLabels: ['essen', 'reise'] });
    expect(await factsOf({ name: 'classlabels_ints', ints: [7, 9] })).toMatchObject({ classLabels: ['7', '9'] });
  });

  it('are those that all of them name', async () => {
    const one = labels('classlabels_strings', 'essen', 'reise');
    expect(await factsOf(one, { name: 'multi_class', i: 1 }, one)).toMatchObject({ classLabels: ['essen', 'reise'] });
    expect(await factsOf(one, labels('classlabels_strings', 'reise', 'essen'))).not.toHaveProperty('classLabels');
  });

  it('are not more than anyone has', async () => {
    await expect(factsOf({ name: 'classlabels_ints', ints: Array.from({ length: 100_001 }, () => 1) })).rejects.toThrow('more than 100000 classes');
  });
});
