import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import onnxProto from 'onnx-proto';
import type { onnx as Onnx } from 'onnx-proto';
import { newFolder } from '../testing/trained.ts';
import { inlineWeights } from './inline.ts';

const { onnx } = onnxProto;
const DATA = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer);

let dir: string;
beforeEach(async () => {
  dir = await newFolder();
  await writeFile(join(dir, 'weights.bin'), DATA);
});
afterEach(() => rm(dir, { recursive: true }));

const entries = (fields: Record<string, string>) => Object.entries(fields).map(([key, value]) => ({ key, value }));
const external = (fields: Record<string, string>): Onnx.ITensorProto =>
  ({ name: 'w', dims: [2], dataType: 1, dataLocation: onnx.TensorProto.DataLocation.EXTERNAL, externalData: entries({ location: 'weights.bin', ...fields }) });
const file = () => join(dir, 'model.onnx');

async function inlined(graph: Onnx.IGraphProto, more: Uint8Array = new Uint8Array()): Promise<Buffer> {
  const model = onnx.ModelProto.encode({ irVersion: 8, graph }).finish();
  await writeFile(file(), Buffer.concat([model, more]));
  await inlineWeights(file(), file());
  return readFile(file());
}

const floats = (tensor: Onnx.ITensorProto | null | undefined) => [...new Float32Array(Uint8Array.from(tensor?.rawData ?? []).buffer)];

describe('weights beside a graph', () => {
  it('are put into it, wherever its tensors are, and the data is left where it is', async () => {
    const inner = { initializer: [external({ offset: '8', length: '8' })] };
    const node = [{ opType: 'If', attribute: [{ name: 'then_branch', g: inner }, { name: 'value', t: external({ length: '8' }) }] }];
    const { graph } = onnx.ModelProto.decode(await inlined({ initializer: [external({ offset: '4' })], node }));
    const [then, constant] = graph?.node?.[0]?.attribute ?? [];
    expect([floats(graph?.initializer?.[0]), floats(then?.g?.initializer?.[0]), floats(constant?.t)]).toEqual([[2, 3, 4], [3, 4], [1, 2]]);
    expect(graph?.initializer?.[0]).toMatchObject({ name: 'w', dataLocation: 0, externalData: [] });
    expect(await readFile(join(dir, 'weights.bin'))).toEqual(DATA);
  });

  it('leave everything else as it was, fields of a later ONNX included', async () => {
    const later = Buffer.from([0xfa, 0x07, 0x02, 0x68, 0x69]);
    const kept = { node: [{ opType: 'Identity', input: ['x'], output: ['y'] }], initializer: [{ name: 'a', dims: [1], dataType: 1, floatData: [7] }] };
    const before = Buffer.concat([onnx.ModelProto.encode({ irVersion: 8, graph: kept }).finish(), later]);
    expect(await inlined(kept, later)).toEqual(before);
  });

  it.each<[string, Record<string, string>, string]>([
    ['are missing', { location: 'gone.bin' }, 'The data of tensor "w" is in gone.bin, which does not exist: copy it beside the graph.'],
    ['are elsewhere', { location: '../weights.bin' }, 'The data of tensor "w" is outside the model\'s folder.'],
    ['are anywhere', { location: '/etc/passwd' }, 'outside the model\'s folder'],
    ['were cut off', { offset: '8', length: '100' }, 'is at bytes 8 to 108 of weights.bin, which has 16: save the model again.'],
  ])('are refused if they %s', async (_what, fields, sentence) => {
    await expect(inlined({ initializer: [external(fields)] })).rejects.toThrow(sentence);
  });

  it('are not followed through a link', async () => {
    await symlink('/etc/passwd', join(dir, 'link.bin'));
    await expect(inlined({ initializer: [external({ location: 'link.bin' })] })).rejects.toThrow('does not exist');
  });
});
