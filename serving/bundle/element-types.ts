/** ONNX's own names of element types, as manifests state them. */
export const ONNX_TYPES = {
  float: 'float32',
  double: 'float64',
  float16: 'float16',
  int8: 'int8',
  int16: 'int16',
  int32: 'int32',
  int64: 'int64',
  uint8: 'uint8',
  uint16: 'uint16',
  uint32: 'uint32',
  uint64: 'uint64',
  bool: 'bool',
  string: 'string',
} as const;

/** Element types under onnxruntime's names. */
export type ElementType = (typeof ONNX_TYPES)[keyof typeof ONNX_TYPES];
