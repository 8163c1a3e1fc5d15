import onnxProto from 'onnx-proto';
import type { onnx as Onnx } from 'onnx-proto';

const { onnx } = onnxProto;
const { FLOAT, FLOAT16, DOUBLE, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, BOOL, STRING } = onnx.TensorProto.DataType;
const { INT, INTS, FLOATS, STRINGS, STRING: TEXT } = onnx.AttributeProto.AttributeType;
const FILLED = { float: FLOAT, double: DOUBLE, int32: INT32, int64: INT64, uint8: UINT8, bool: BOOL, string: STRING };
const TYPES = { ...FILLED, float16: FLOAT16, int8: INT8, int16: INT16, uint16: UINT16, uint32: UINT32, uint64: UINT64 };

export type TinyType = keyof typeof TYPES;
/** A text dimension is free, an empty one free and without a name. */
export type TinyShape = readonly (number | string)[];
type AttributeValue = number | string | { ints: number[] } | { floats: number[] } | { strings: string[] };

export interface TinyGraph {
  inputs: Record<string, readonly [TinyType, TinyShape]>;
  /** Of tensors; `map` is what ZipMap gives. */
  outputs: Record<string, readonly [TinyType, TinyShape] | 'map'>;
  nodes: Onnx.INodeProto[];
  tensors?: Onnx.ITensorProto[];
  opset?: number;
}

/** The bytes of an ONNX file. */
export function onnxFile({ inputs, outputs, nodes, tensors = [], opset = 17 }: TinyGraph): Uint8Array {
  return onnx.ModelProto.encode({
    irVersion: opset < 19 ? 8 : 9,
    opsetImport: [{ domain: '', version: opset }, { domain: 'ai.onnx.ml', version: 3 }],
    graph: {
      name: 'tiny',
      node: nodes,
      initializer: tensors,
      input: Object.entries(inputs).map(([name, [type, shape]]) => value(name, type, shape)),
      output: Object.entries(outputs).map(([name, output]) => (output === 'map' ? mapValue(name) : value(name, ...output))),
    },
  }).finish();
}

export function node(opType: string, input: string[], output: string[], attributes: Record<string, AttributeValue> = {}, domain = ''): Onnx.INodeProto {
  return { opType, domain, input, output, attribute: Object.entries(attributes).map(([name, given]) => attribute(name, given)) };
}

export function tensor(name: string, type: keyof typeof FILLED, dims: number[], values: readonly (number | string)[]): Onnx.ITensorProto {
  const numbers = values.map(Number);
  const data = {
    float: { floatData: numbers },
    double: { doubleData: numbers },
    int32: { int32Data: numbers },
    uint8: { int32Data: numbers },
    bool: { int32Data: numbers },
    int64: { int64Data: numbers },
    string: { stringData: values.map((each) => Buffer.from(String(each))) },
  }[type];
  return { name, dims, dataType: TYPES[type], ...data };
}

function attribute(name: string, given: AttributeValue): Onnx.IAttributeProto {
  if (typeof given === 'number') return { name, type: INT, i: given };
  if (typeof given === 'string') return { name, type: TEXT, s: Buffer.from(given) };
  if ('ints' in given) return { name, type: INTS, ints: given.ints };
  if ('floats' in given) return { name, type: FLOATS, floats: given.floats };
  return { name, type: STRINGS, strings: given.strings.map((each) => Buffer.from(each)) };
}

function value(name: string, type: TinyType, shape: TinyShape): Onnx.IValueInfoProto {
  const dim = shape.map((length) => (typeof length === 'number' ? { dimValue: length } : length === '' ? {} : { dimParam: length }));
  return { name, type: { tensorType: { elemType: TYPES[type], shape: { dim } } } };
}

function mapValue(name: string): Onnx.IValueInfoProto {
  const valueType = { tensorType: { elemType: FLOAT, shape: { dim: [] } } };
  return { name, type: { sequenceType: { elemType: { mapType: { keyType: STRING, valueType } } } } };
}
