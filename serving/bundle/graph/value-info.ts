import type { Span } from './protobuf.ts';
import type { GraphReading } from './reading.ts';

const VALUE = { name: 1, type: 2 } as const;
const TYPE = { tensor: 1 } as const;
const TENSOR = { elementType: 1, shape: 2 } as const;
const SHAPE_DIMENSION = 1;
const DIMENSION = { value: 1, parameter: 2 } as const;
/** Names of `TensorProto.DataType`, of the known ones as numpy and the Open Inference Protocol have them. */
const TYPE_NAMES: Record<number, string> = {
  1: 'float32', 2: 'uint8', 3: 'int8', 4: 'uint16', 5: 'int16', 6: 'int32', 7: 'int64', 8: 'string', 9: 'bool', 10: 'float16',
  11: 'float64', 12: 'uint32', 13: 'uint64', 14: 'complex64', 15: 'complex128', 16: 'bfloat16', 17: 'float8e4m3fn',
  18: 'float8e4m3fnuz', 19: 'float8e5m2', 20: 'float8e5m2fnuz', 21: 'uint4', 22: 'int4', 23: 'float4e2m1', 24: 'float8e8m0',
  25: 'uint2', 26: 'int2',
};
/** Type of a sequence, a map and the like. */
export const NOT_A_TENSOR = 'not a tensor';
const MAX_DIMENSIONS = 64;
/** Values of one input or output with the free dimensions at 1. */
const MAX_VALUES = 2 ** 31;

/** An input or output of the graph. */
export interface GraphValue {
  name: string;
  /** E.g. `int64`, or NOT_A_TENSOR. */
  type: string;
  /** Numbers are fixed, names are free; undefined = the graph does not say. */
  shape: (number | string)[] | undefined;
}

/** Reads a ValueInfoProto. @throws BundleFailure for a shape that no request could fill */
export function readValue(reading: GraphReading, span: Span): GraphValue {
  const { reader, refuse } = reading;
  const value: GraphValue = { name: '', type: NOT_A_TENSOR, shape: undefined };
  reader.walk(span, (field) => {
    if (field.number === VALUE.name) value.name = reader.text(field);
    else if (field.number === VALUE.type) readType(reading, reader.message(field), value);
  });
  const fixed = (value.shape ?? []).map((size) => (typeof size === 'number' ? Math.max(1, size) : 1));
  if (fixed.reduce((product, size) => product * size, 1) > MAX_VALUES) {
    throw refuse(`"${value.name}" has more than ${MAX_VALUES} values`);
  }
  return value;
}

function readType(reading: GraphReading, span: Span, value: GraphValue): void {
  const { reader } = reading;
  reader.walk(span, (kind) => {
    if (kind.number !== TYPE.tensor) return;
    reader.walk(reader.message(kind), (field) => {
      if (field.number === TENSOR.elementType) value.type = TYPE_NAMES[field.value] ?? `type ${field.value}`;
      else if (field.number === TENSOR.shape) value.shape = readShape(reading, reader.message(field));
    });
  });
}

function readShape(reading: GraphReading, span: Span): (number | string)[] {
  const { reader, refuse } = reading;
  const shape: (number | string)[] = [];
  reader.walk(span, (field) => {
    if (field.number === SHAPE_DIMENSION) shape.push(readDimension(reading, reader.message(field)));
    if (shape.length > MAX_DIMENSIONS) throw refuse(`a value has more than ${MAX_DIMENSIONS} dimensions`);
  });
  return shape;
}

function readDimension(reading: GraphReading, span: Span): number | string {
  let dimension: number | string = '?';
  reading.reader.walk(span, (field) => {
    if (field.number === DIMENSION.value) dimension = field.value;
    else if (field.number === DIMENSION.parameter) dimension = reading.reader.text(field);
  });
  return dimension;
}
