import { Problem } from '../common/problems.ts';
import { type RawTensor, sizeOf } from '../scoring/tensors.ts';
import { datatypeOf } from './datatypes.ts';
import { MAX_BINARY_ANSWER, MAX_JSON_ELEMENTS } from './limits.ts';
import type { WantedOutput } from './read-request.ts';

export interface AnswerHead {
  model: string;
  version: string;
  /** Of the request, if it had one. */
  id: string | undefined;
}

/** An answer's body: JSON, then the tensors that were asked for in binary form. */
export interface InferenceAnswer {
  parts: Buffer[];
  /** Bytes of the JSON part; undefined when nothing follows it. */
  jsonLength: number | undefined;
}

/**
 * @param tensors one for each wanted output, in any order
 * @throws Problem InvalidRequest when the answer would be too large in the wanted form
 */
export function writeAnswer(head: AnswerHead, tensors: readonly RawTensor[], wanted: readonly WantedOutput[]): InferenceAnswer {
  const inJson = new Set(wanted.filter((output) => !output.binary).map(({ name }) => name));
  const elements = tensors.reduce((sum, { name, shape }) => sum + (inJson.has(name) ? sizeOf(shape) : 0), 0);
  if (elements > MAX_JSON_ELEMENTS) throw tooLarge('ask for binary data, fewer outputs or fewer rows');
  const binary: Buffer[] = [];
  const outputs = wanted.map(({ name, binary: asBinary }) => {
    const tensor = tensors.find((candidate) => candidate.name === name);
    if (tensor === undefined) throw new Error('the graph left out an output');
    if (!asBinary) return `{${headOf(tensor)},"data":${jsonOf(tensor)}}`;
    const bytes = bytesOf(tensor);
    binary.push(bytes);
    return `{${headOf(tensor)},"parameters":{"binary_data_size":${bytes.length}}}`;
  });
  if (binary.reduce((sum, bytes) => sum + bytes.length, 0) > MAX_BINARY_ANSWER) throw tooLarge('ask for fewer outputs or fewer rows');
  const { model, version, id } = head;
  const start = JSON.stringify({ model_name: model, model_version: version, ...(id === undefined ? {} : { id }) });
  const json = Buffer.from(`${start.slice(0, -1)},"outputs":[${outputs.join(',')}]}`);
  return { parts: [json, ...binary], jsonLength: binary.length === 0 ? undefined : json.length };
}

function headOf({ name, type, shape }: RawTensor): string {
  return `"name":${JSON.stringify(name)},"datatype":"${datatypeOf(type)}","shape":[${shape.join(',')}]`;
}

function jsonOf({ type, data }: RawTensor): string {
  if (type === 'string') return JSON.stringify(data);
  if (type === 'bool') return `[${Array.from(data as Uint8Array, (value) => value !== 0).join(',')}]`;
  if (type === 'float16') return realsOf(new Float16Array((data as Uint16Array<ArrayBuffer>).slice().buffer));
  if (type === 'float32' || type === 'float64') return realsOf(data as Float32Array | Float64Array);
  return `[${data.join(',')}]`;
}

/** JSON knows no NaN and no infinity; they come as null, and exactly in binary form. */
function realsOf(values: Float16Array | Float32Array | Float64Array): string {
  return `[${Array.from(values, (value) => (Number.isFinite(value) ? value : null)).map(String).join(',')}]`;
}

function bytesOf({ data }: RawTensor): Buffer {
  if (!Array.isArray(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const parts = data.flatMap((text) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat(parts);
}

function tooLarge(advice: string): Problem {
  return new Problem('InvalidRequest', `The answer would be too large: ${advice}.`);
}
