import type { ElementType } from '../bundle/element-types.ts';
import type { TensorInfo } from '../scoring/tensors.ts';

/** The element types of the Open Inference Protocol v2 under their names there. */
export const DATATYPES = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'string',
} as const satisfies Record<string, ElementType>;

export type Datatype = keyof typeof DATATYPES;
export const DATATYPE_NAMES = Object.keys(DATATYPES) as Datatype[];

const BY_ELEMENT = new Map<ElementType, Datatype>(DATATYPE_NAMES.map((name) => [DATATYPES[name], name]));

/** The protocol's name of an element type. */
export function datatypeOf(type: ElementType): Datatype {
  const name = BY_ELEMENT.get(type);
  if (name === undefined) throw new Error(`${type} has no name in the protocol`);
  return name;
}

/** A tensor the protocol can carry: sequences and maps it cannot. */
export type CarriedTensor = TensorInfo & { type: ElementType };

export function isCarried(tensor: TensorInfo): tensor is CarriedTensor {
  return tensor.type !== 'sequence-or-map';
}

/** The shape as the protocol writes it: −1 for every length that is free. */
export function protocolShape(shape: TensorInfo['shape']): number[] {
  return shape.map((length) => (typeof length === 'number' ? length : -1));
}
