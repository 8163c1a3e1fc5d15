import { Problem } from '../common/problems.ts';
import { type RawTensor, sizeOf, type TensorData } from '../scoring/tensors.ts';
import { type CarriedTensor, datatypeOf, DATATYPES, protocolShape } from './datatypes.ts';
import { READERS } from './elements.ts';
import { MAX_ROWS, MAX_STRINGS } from './limits.ts';
import type { InferInput } from './request.ts';

const LENGTH_BYTES = 4;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws Problem InvalidRequest that names the input */
export function refuse(name: string, sentence: string): never {
  throw new Problem('InvalidRequest', `Input "${name}" ${sentence}.`, [{ path: `inputs.${name}`, message: sentence }]);
}

/**
 * Compares what is sent with what the graph declares, before anything is allocated for it.
 * @throws Problem InvalidRequest with the expected and the given type or shape
 */
export function checkDeclared(input: InferInput, declared: CarriedTensor): void {
  const expected = datatypeOf(declared.type);
  if (input.datatype !== expected) refuse(input.name, `is ${input.datatype}, but the model expects ${expected}`);
  const shapes = `has the shape [${input.shape.join(', ')}], but the model expects [${protocolShape(declared.shape).join(', ')}]`;
  const isDeclared = declared.shape.length > 0;
  if (isDeclared && declared.shape.length !== input.shape.length) refuse(input.name, shapes);
  for (const [axis, length] of declared.shape.entries()) {
    if (typeof length === 'number' && length !== input.shape[axis]) refuse(input.name, shapes);
  }
  const rows = input.shape[0] ?? 1;
  if (typeof declared.shape[0] !== 'number' && rows > MAX_ROWS) {
    refuse(input.name, `has ${rows} rows; the limit is ${MAX_ROWS}`);
  }
  if (input.datatype === 'BYTES' && sizeOf(input.shape) > MAX_STRINGS) {
    refuse(input.name, `has ${sizeOf(input.shape)} strings; the limit is ${MAX_STRINGS}`);
  }
}

/**
 * A tensor whose elements are in the JSON part.
 * @throws Problem InvalidRequest
 */
export function tensorOfJson(input: InferInput): RawTensor {
  const { name, shape, data } = input;
  if (data === undefined) refuse(name, 'has neither data nor the parameter binary_data_size');
  const values = flattened(data, input);
  return { name, type: DATATYPES[input.datatype], shape, data: elementsOf(values, input) };
}

/**
 * A tensor whose elements follow the JSON part.
 * @throws Problem InvalidRequest
 */
export function tensorOfBinary(input: InferInput, bytes: Buffer): RawTensor {
  const { name, shape } = input;
  const type = DATATYPES[input.datatype];
  if (input.data !== undefined) refuse(name, 'has both data and the parameter binary_data_size; send only one');
  if (type === 'string') return { name, type, shape, data: stringsOf(bytes, input) };
  const expected = sizeOf(shape) * READERS[type].bytes;
  if (bytes.length !== expected) refuse(name, `has ${bytes.length} bytes, but its shape needs ${expected}`);
  // Copied: the elements must be aligned, and travel to another thread without the rest of the body.
  const own = new Uint8Array(bytes);
  if (type === 'bool' && own.some((byte) => byte > 1)) refuse(name, 'must contain only the bytes 0 and 1');
  return { name, type, shape, data: READERS[type].fromBinary(own.buffer) };
}

/** Flat or nested data as one list of as many values as the shape holds. */
function flattened(data: readonly unknown[], { name, shape }: InferInput): readonly unknown[] {
  const expected = sizeOf(shape);
  const isNested = shape.length > 1 && Array.isArray(data[0]);
  const values = isNested ? flatten(data, shape) : data;
  if (values === undefined) refuse(name, `must be nested like its shape [${shape.join(', ')}], or flat`);
  if (values.length !== expected) refuse(name, `has ${values.length} elements, but its shape [${shape.join(', ')}] needs ${expected}`);
  return values;
}

/** @returns undefined when a list is not as long as its axis */
function flatten(data: readonly unknown[], shape: readonly number[]): unknown[] | undefined {
  let level: unknown[] = [data];
  for (const length of shape) {
    if (!level.every((list) => Array.isArray(list) && list.length === length)) return undefined;
    level = level.flat();
  }
  return level;
}

function elementsOf(values: readonly unknown[], { name, datatype }: InferInput): TensorData {
  const type = DATATYPES[datatype];
  if (type === 'string') {
    const wrong = values.findIndex((value) => typeof value !== 'string');
    if (wrong >= 0) refuse(name, `expects strings, but element ${wrong} is not a string`);
    return values as string[];
  }
  const reader = READERS[type];
  const wrong = values.findIndex((value) => !reader.fits(value));
  if (wrong >= 0) refuse(name, `expects ${reader.wants} (${datatype}), but element ${wrong} is ${whatIs(values[wrong])}`);
  return reader.fromJson(values as number[]);
}

function whatIs(value: unknown): string {
  const isRounded = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  return isRounded ? 'beyond 2^53, which a JSON part of this size cannot carry; send it as binary data' : 'invalid';
}

/** Each text is preceded by its length in bytes, an unsigned 32-bit number. */
function stringsOf(bytes: Buffer, { name, shape }: InferInput): string[] {
  const count = sizeOf(shape);
  const texts: string[] = [];
  let at = 0;
  while (at + LENGTH_BYTES <= bytes.length && texts.length < count) {
    const start = at + LENGTH_BYTES;
    at = start + bytes.readUInt32LE(at);
    if (at > bytes.length) refuse(name, `ends in the middle of element ${texts.length}`);
    texts.push(textOf(bytes.subarray(start, at), name, texts.length));
  }
  if (texts.length !== count || at !== bytes.length) {
    refuse(name, `has ${bytes.length} bytes, which are not the ${count} strings of its shape`);
  }
  return texts;
}

function textOf(bytes: Buffer, name: string, index: number): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return refuse(name, `expects UTF-8, but element ${index} is not`);
  }
}
