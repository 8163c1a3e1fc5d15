import { type GraphInfo, type RawTensor, sizeOf, type TensorInfo } from './tensors.ts';

/** One sentence on the first thing about named tensors that a graph cannot take; undefined when there is none. */
export function feedsFault({ inputs, outputs }: GraphInfo, feeds: readonly RawTensor[], wanted: readonly string[]): string | undefined {
  const names = feeds.map(({ name }) => name);
  for (const { name } of inputs) {
    const given = names.filter((each) => each === name).length;
    if (given !== 1) return given === 0 ? `The input "${name}" is missing.` : `The input "${name}" is given ${given} times.`;
  }
  for (const feed of feeds) {
    const fault = feedFault(feed, inputs.find(({ name }) => name === feed.name));
    if (fault !== undefined) return fault;
  }
  const unknown = wanted.find((name) => !outputs.some((output) => output.name === name));
  if (unknown !== undefined) return `The model has no output "${unknown}".`;
  if (new Set(wanted).size < wanted.length) return 'An output is requested twice.';
  const [shapeless] = outputs.filter(({ name, type }) => wanted.includes(name) && type === 'sequence-or-map');
  return shapeless && `The output "${shapeless.name}" is not a tensor and cannot be returned.`;
}

function feedFault({ name, type, shape, data }: RawTensor, input: TensorInfo | undefined): string | undefined {
  if (input === undefined) return `The model has no input "${name}".`;
  if (shape.some((length) => !Number.isSafeInteger(length) || length < 0)) {
    return `The input "${name}" has a dimension that is not a non-negative integer.`;
  }
  if (type !== input.type) return `The input "${name}" is ${type}, but the model expects ${input.type}.`;
  if (!fits(shape, input.shape)) {
    const expected = input.shape.map((length) => (typeof length === 'string' ? '?' : length)).join(' × ');
    return `The input "${name}" is [${shape.join(' × ')}], but the model expects [${expected}].`;
  }
  if (sizeOf(shape) !== data.length) return `The input "${name}" has ${data.length} elements, but its shape needs ${sizeOf(shape)}.`;
  return undefined;
}

/** A shape that is not declared fits every one. */
function fits(shape: readonly number[], declared: TensorInfo['shape']): boolean {
  if (declared.length === 0) return true;
  return shape.length === declared.length && declared.every((length, axis) => typeof length === 'string' || length === shape[axis]);
}
