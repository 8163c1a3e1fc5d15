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

/** Types that onnxruntime computes with and its Node binding can neither take nor give are none of these. */
export function isElementType(type: string): type is ElementType {
  return Object.values<string>(ONNX_TYPES).includes(type);
}

/** Half a sentence on an input or output of a type that cannot be served. */
export function unservable(role: 'input' | 'output', { name, type }: { name: string; type: string }): string {
  const advice = role === 'input' ? 'give the graph another type and cast it inside' : 'cast it inside the graph, or remove this output';
  return `its ${role} "${name}" has the element type ${type}, which the server cannot ${role === 'input' ? 'send' : 'return'}; ${advice}`;
}
