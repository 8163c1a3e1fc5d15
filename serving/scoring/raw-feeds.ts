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
  if (new Set(wanted).size < wanted.length) return 'An output is asked for twice.';
  const [shapeless] = outputs.filter(({ name, type }) => wanted.includes(name) && type === 'sequence-or-map');
  return shapeless && `The output "${shapeless.name}" is no tensor and cannot be sent.`;
}

function feedFault({ name, type, shape, data }: RawTensor, input: TensorInfo | undefined): string | undefined {
  if (input === undefined) return `The model has no input "${name}".`;
  if (shape.some((length) => !Number.isSafeInteger(length) || length < 0)) return `The input "${name}" has a length that is no whole number.`;
  if (type !== input.type) return `The input "${name}" is of ${type}, the model takes ${input.type}.`;
  const fits = input.shape.length === 0 || (shape.length === input.shape.length && input.shape.every((length, axis) => typeof length === 'string' || length === shape[axis]));
  if (!fits) return `The input "${name}" is [${shape.join(' × ')}], the model takes [${input.shape.map((length) => (typeof length === 'string' ? '?' : length)).join(' × ')}].`;
  if (sizeOf(shape) !== data.length) return `The input "${name}" holds ${data.length} elements, its shape says ${sizeOf(shape)}.`;
  return undefined;
}
