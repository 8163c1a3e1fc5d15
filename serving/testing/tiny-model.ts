import onnxProto from 'onnx-proto';
import type { onnx as Onnx } from 'onnx-proto';

/** Sizes of the tiny model: user u likes item (u mod ITEMS) best, with the score 1 + u / 100. */
export const USERS = 8;
export const ITEMS = 5;
export const WIDTH = 4;

interface Shape {
  users?: number;
  items?: number;
  /** K of the graph's TopK. */
  width?: number;
  /** 'free' = any number of users at once. */
  batch?: 'free' | 1;
  /** Rows of the factor table the graph holds; users beyond make Gather throw. */
  rows?: number;
  /** Keeps the item factors in another file. */
  external?: boolean;
  /** Added to every score. */
  bias?: number;
  /** Added to every item's row number. */
  offset?: number;
}

const { onnx } = onnxProto;
const { FLOAT, INT64 } = onnx.TensorProto.DataType;

/**
 * A two-tower model small enough to read: Gather of the users' factors, MatMul with the items' factors, TopK, Add.
 * @returns the bytes of an ONNX file
 */
export function tinyModel(shape: Shape = {}): Uint8Array {
  const { users = USERS, items = ITEMS, width = WIDTH, batch = 'free' } = shape;
  const { rows = users, external = false, bias = 0, offset = 0 } = shape;
  const userFactors = table(rows, items, (user, item) => (user % items === item ? 1 + user / 100 : item / 1000) + bias);
  const itemFactors = table(items, items, (row, column) => (row === column ? 1 : 0));
  const dimension = batch === 'free' ? { dimParam: 'batch' } : { dimValue: 1 };
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 13 }],
    graph: {
      name: 'tiny',
      node: [
        { opType: 'Gather', input: ['userFactors', 'user'], output: ['factors'] },
        { opType: 'MatMul', input: ['factors', 'itemFactors'], output: ['all'] },
        { opType: 'TopK', input: ['all', 'k'], output: ['scores', 'rows'] },
        { opType: 'Add', input: ['rows', 'offset'], output: ['items'] },
      ],
      initializer: [
        floats('userFactors', [rows, items], userFactors),
        { ...floats('itemFactors', [items, items], itemFactors), ...(external ? outside : {}) },
        { name: 'k', dims: [1], dataType: INT64, int64Data: [width] },
        { name: 'offset', dims: [1], dataType: INT64, int64Data: [offset] },
      ],
      input: [value('user', INT64, [dimension])],
      output: [
        value('items', INT64, [dimension, { dimValue: width }]),
        value('scores', FLOAT, [dimension, { dimValue: width }]),
      ],
    },
  }).finish();
}

const outside = {
  floatData: [],
  dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
  externalData: [{ key: 'location', value: '../../etc/passwd' }],
};

function table(rows: number, columns: number, cell: (row: number, column: number) => number): number[] {
  return Array.from({ length: rows * columns }, (_, index) => cell(Math.floor(index / columns), index % columns));
}

function floats(name: string, dims: number[], floatData: number[]): Onnx.ITensorProto {
  return { name, dims, dataType: FLOAT, floatData };
}

function value(name: string, elemType: number, dim: Onnx.TensorShapeProto.IDimension[]): Onnx.IValueInfoProto {
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
