import onnxProto from 'onnx-proto';
import type { onnx as Onnx } from 'onnx-proto';

import { seededRandom } from './random.ts';

const { onnx } = onnxProto;
const { FLOAT, INT64 } = onnx.TensorProto.DataType;

/** Factors per user and item. */
export const D = 64;
/** Items the graph ranks for each user. */
export const K = 20;

/** A matrix factorisation: `users` is [users × D], `items` is [D × items], row after row. */
export interface Factors {
  users: Float32Array;
  items: Float32Array;
  userCount: number;
  itemCount: number;
}

/** Random factors, evenly spread over [-0.5, 0.5); the same for the same sizes. */
export function randomFactors(userCount: number, itemCount: number): Factors {
  const random = seededRandom(userCount + itemCount);
  const table = (length: number) => Float32Array.from({ length }, () => random() - 0.5);
  return { users: table(userCount * D), items: table(D * itemCount), userCount, itemCount };
}

/** Score of the item in `column` for the user in `row`: the dot product of their factors. */
export function scoreOf(factors: Factors, row: number, column: number): number {
  let score = 0;
  for (let d = 0; d < D; d += 1) score += factors.users[row * D + d]! * factors.items[d * factors.itemCount + column]!;
  return score;
}

/**
 * Gather of the users' factors, MatMul with the items' factors, TopK.
 * @returns the bytes of an ONNX file: `user` int64 [batch] → `items` int64 and `scores` float32, [batch × K]
 */
export function factorisationGraph({ users, items, userCount, itemCount }: Factors): Uint8Array {
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'factorisation',
      node: [
        { opType: 'Gather', input: ['userFactors', 'user'], output: ['factors'] },
        { opType: 'MatMul', input: ['factors', 'itemFactors'], output: ['all'] },
        { opType: 'TopK', input: ['all', 'k'], output: ['scores', 'items'] },
      ],
      initializer: [
        { name: 'userFactors', dims: [userCount, D], dataType: FLOAT, rawData: bytesOf(users) },
        { name: 'itemFactors', dims: [D, itemCount], dataType: FLOAT, rawData: bytesOf(items) },
        { name: 'k', dims: [1], dataType: INT64, int64Data: [K] },
      ],
      input: [value('user', INT64, [{ dimParam: 'batch' }])],
      output: [
        value('items', INT64, [{ dimParam: 'batch' }, { dimValue: K }]),
        value('scores', FLOAT, [{ dimParam: 'batch' }, { dimValue: K }]),
      ],
    },
  }).finish();
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function value(name: string, elemType: number, dim: Onnx.TensorShapeProto.IDimension[]): Onnx.IValueInfoProto {
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
