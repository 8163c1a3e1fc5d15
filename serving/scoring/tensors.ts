/** Tensors as they travel between HTTP, the main thread and the inference workers. Knows nothing of onnxruntime. */
import type { ElementType } from '../bundle/element-types.ts';

/** Element type → the array that holds its elements: bool as 0 and 1, float16 as raw bits. Names are onnxruntime's. */
export interface ElementArrays {
  float32: Float32Array<ArrayBuffer>;
  float64: Float64Array<ArrayBuffer>;
  float16: Uint16Array<ArrayBuffer>;
  int8: Int8Array<ArrayBuffer>;
  int16: Int16Array<ArrayBuffer>;
  int32: Int32Array<ArrayBuffer>;
  int64: BigInt64Array<ArrayBuffer>;
  uint8: Uint8Array<ArrayBuffer>;
  uint16: Uint16Array<ArrayBuffer>;
  uint32: Uint32Array<ArrayBuffer>;
  uint64: BigUint64Array<ArrayBuffer>;
  bool: Uint8Array<ArrayBuffer>;
  string: string[];
}

export type TensorData = ElementArrays[ElementType];

/** A named tensor. `data` is row-major and holds as many elements as the product of `shape`. */
export interface RawTensor {
  name: string;
  type: ElementType;
  shape: readonly number[];
  data: TensorData;
}

/** An input or output as the graph declares it. */
export interface TensorInfo {
  name: string;
  /** `sequence-or-map`: no tensor, such as what ZipMap gives. */
  type: ElementType | 'sequence-or-map';
  /** Numbers are fixed lengths, texts are free ones (the name may be empty); empty = not declared. */
  shape: readonly (number | string)[];
}

/** What a loaded graph takes and gives. */
export interface GraphInfo {
  inputs: readonly TensorInfo[];
  outputs: readonly TensorInfo[];
}

/** Number of elements a tensor of this shape holds. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** `length` elements of a type: zeros, or empty strings. */
export function arrayOf(type: ElementType, length: number): TensorData {
  return type === 'string' ? Array.from({ length }, () => '') : new ARRAYS[type](length);
}
