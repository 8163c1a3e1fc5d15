import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import onnxProto from 'onnx-proto';
import type { onnx as Onnx } from 'onnx-proto';

import { tinyModel } from '../testing/tiny-model.ts';
import { refuseExternalData } from './external-data.ts';
import { BundleFailure } from './failure.ts';

const { onnx } = onnxProto;
const external: Onnx.ITensorProto = { name: 'w', externalData: [{ key: 'location', value: '/etc/passwd' }] };
const nested = (graph: Onnx.IGraphProto) => ({ node: [{ opType: 'If', attribute: [{ name: 'then_branch', g: graph }] }] });

let file: string;
beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'graph-')), 'model.onnx');
});
afterAll(() => rm(join(file, '..'), { recursive: true }));

async function refusal(bytes: Uint8Array): Promise<string | undefined> {
  await writeFile(file, bytes);
  try {
    await refuseExternalData(file, 'model.onnx');
    return undefined;
  } catch (error) {
    if (error instanceof BundleFailure) return error.reason;
    throw error;
  }
}

describe('tensors in other files', () => {
  it.each<[string, Onnx.IModelProto]>([
    ['an initializer', { graph: { initializer: [external] } }],
    ['an initializer that only says so', { graph: { initializer: [{ dataLocation: onnx.TensorProto.DataLocation.EXTERNAL }] } }],
    ['an attribute', { graph: { node: [{ attribute: [{ t: external }] }] } }],
    ['an attribute with many tensors', { graph: { node: [{ attribute: [{ tensors: [{}, external] }] }] } }],
    ['a graph in a graph', { graph: nested(nested({ initializer: [external] })) }],
    ['a sparse initializer', { graph: { sparseInitializer: [{ values: external }] } }],
    ['a function', { graph: {}, functions: [{ node: [{ attribute: [{ t: external }] }] }] }],
    ['a training graph', { graph: {}, trainingInfo: [{ initialization: { initializer: [external] } }] }],
  ])('are found in %s', async (_what, model) => {
    expect(await refusal(onnx.ModelProto.encode(model).finish())).toBe('ExternalData');
  });

  it('are not found in a model that has none', async () => {
    expect(await refusal(tinyModel())).toBeUndefined();
  });

  it('are found behind large tensors', async () => {
    const large = { name: 'large', rawData: new Uint8Array(300_000) };
    const model = { graph: { initializer: [large, external, large] } };
    expect(await refusal(onnx.ModelProto.encode(model).finish())).toBe('ExternalData');
  });
});

describe('what is no ONNX model', () => {
  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['an endless number', '\xff'.repeat(20)],
    ['a field longer than the file', '\x3a\xff\x7f'],
    ['a model without a graph', '\x08\x08'],
  ])('is refused: %s', async (_what, text) => {
    expect(await refusal(Buffer.from(text, 'latin1'))).toBe('GraphInvalid');
  });

  it('is refused when graphs are nested without end', async () => {
    let graph: Onnx.IGraphProto = {};
    for (let depth = 0; depth < 60; depth += 1) graph = nested(graph);
    expect(await refusal(onnx.ModelProto.encode({ graph }).finish())).toBe('GraphInvalid');
  });

  it('never crashes the reader, whatever byte is changed', async () => {
    const model = tinyModel();
    await fc.assert(
      fc.asyncProperty(fc.nat(model.length - 1), fc.nat(255), async (place, byte) => {
        const changed = Uint8Array.from(model);
        changed[place] = byte;
        expect([undefined, 'GraphInvalid', 'ExternalData']).toContain(await refusal(changed));
      }),
      { numRuns: 200 },
    );
  });
});
