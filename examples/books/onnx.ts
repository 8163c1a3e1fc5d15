import onnxProto from 'onnx-proto';
import type { onnx } from 'onnx-proto';

const { ModelProto, TensorProto, AttributeProto } = onnxProto.onnx;

/** ONNX IR 8 and opset 17: what onnx-proto describes and every current runtime reads. */
const IR_VERSION = 8;
const OPSET = 17;

export type Tensor = onnx.ITensorProto;
export type Node = onnx.INodeProto;
export type Graph = onnx.IGraphProto;
/** A named value of a graph. A text dimension is symbolic: any length, the same wherever the name appears. */
type Value = onnx.IValueInfoProto;
type Typed = Float32Array | Int32Array | BigInt64Array | Uint8Array;
type ElementType = 'float' | 'int32' | 'int64' | 'bool';

const ELEMENT_TYPES: Record<ElementType, number> = {
  float: TensorProto.DataType.FLOAT,
  int32: TensorProto.DataType.INT32,
  int64: TensorProto.DataType.INT64,
  bool: TensorProto.DataType.BOOL,
};

/** ONNX stores numbers little-endian, and so does every machine that Node runs on; anything else must not write wrong bytes. */
function littleEndianBytes(values: Typed): Uint8Array {
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] !== 1) throw new Error('ONNX files are written on little-endian machines only');
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

export function tensor(name: string, type: ElementType, dims: number[], values: Typed): Tensor {
  const expected = dims.reduce((product, length) => product * length, 1);
  if (values.length !== expected) throw new Error(`tensor ${name}: ${values.length} values for shape [${dims.join(' × ')}]`);
  return { name, dataType: ELEMENT_TYPES[type], dims, rawData: littleEndianBytes(values) };
}

export const floats = (name: string, dims: number[], values: Float32Array) => tensor(name, 'float', dims, values);
export const int32s = (name: string, dims: number[], values: Int32Array) => tensor(name, 'int32', dims, values);
export const int64s = (name: string, dims: number[], values: readonly number[]) =>
  tensor(name, 'int64', dims, BigInt64Array.from(values, BigInt));

export function value(name: string, type: ElementType, shape: readonly (number | string)[]): Value {
  const dim = shape.map((length) => (typeof length === 'string' ? { dimParam: length } : { dimValue: length }));
  return { name, type: { tensorType: { elemType: ELEMENT_TYPES[type], shape: { dim } } } };
}

/** Attributes: a number is an int, a tensor or a graph is itself. */
export function node(
  opType: string,
  input: string[],
  output: string[],
  attributes: Record<string, number | { tensor: Tensor } | { graph: Graph }> = {},
): Node {
  const attribute = Object.entries(attributes).map(([name, given]) => {
    if (typeof given === 'number') return { name, type: AttributeProto.AttributeType.INT, i: given };
    if ('tensor' in given) return { name, type: AttributeProto.AttributeType.TENSOR, t: given.tensor };
    return { name, type: AttributeProto.AttributeType.GRAPH, g: given.graph };
  });
  return { opType, name: output[0] ?? opType, input, output, attribute };
}

/** The bytes of a .onnx file; the same graph gives the same bytes. */
export function encodeModel(graph: Graph): Uint8Array {
  return ModelProto.encode({
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: OPSET }],
    producerName: 'examples/books',
    graph,
  }).finish();
}

export const decodeModel = (bytes: Uint8Array): onnx.ModelProto => ModelProto.decode(bytes);
