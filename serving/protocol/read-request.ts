import { isUtf8 } from 'node:buffer';
import { Problem } from '../common/problems.ts';
import { checkSchema, isNestedDeeper } from '../http/parse.ts';
import type { GraphInfo, RawTensor } from '../scoring/tensors.ts';
import { isCarried } from './datatypes.ts';
import { parseExactly } from './elements.ts';
import { MAX_INFER_JSON } from './limits.ts';
import { checkDeclared, refuse, tensorOfBinary, tensorOfJson } from './read-tensor.ts';
import { type InferInput, InferRequest } from './request.ts';

/** A tensor has at most eight axes, and few levels are around it. */
const MAX_DEPTH = 32;

/** An output that is asked for, and how it shall come. */
export interface WantedOutput {
  name: string;
  binary: boolean;
}

/** An inference request whose tensors are what the graph takes. */
export interface Inference {
  id: string | undefined;
  feeds: RawTensor[];
  outputs: WantedOutput[];
}

/**
 * @param headerLength the header `inference-header-content-length`: bytes of the JSON part; absent = all is JSON
 * @throws Problem InvalidJson, InvalidRequest, BodyTooLarge
 */
export function readInference(body: Buffer, headerLength: string | undefined, graph: GraphInfo): Inference {
  const length = jsonLength(body, headerLength);
  const asked = checkSchema(InferRequest, parse(body.subarray(0, length)));
  return {
    id: asked.id,
    feeds: feedsOf(asked.inputs, body.subarray(length), graph),
    outputs: wantedOutputs(asked, graph),
  };
}

function jsonLength(body: Buffer, headerLength: string | undefined): number {
  const length = headerLength === undefined ? body.length : wholeNumber(headerLength);
  if (length > body.length) {
    throw new Problem('InvalidRequest', 'The header inference-header-content-length must be the length of the JSON part in bytes.');
  }
  if (length > MAX_INFER_JSON) {
    const limit = `${MAX_INFER_JSON / 1024} KiB`;
    throw new Problem('BodyTooLarge', `The JSON part must not be larger than ${limit}; send large tensors as binary data.`);
  }
  return length;
}

function wholeNumber(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Infinity;
}

function parse(json: Buffer): unknown {
  // Otherwise two different texts could be read as the same one.
  if (!isUtf8(json)) throw new Problem('InvalidJson', 'The JSON part must be UTF-8.');
  if (isNestedDeeper(json, MAX_DEPTH)) {
    throw new Problem('InvalidRequest', `The JSON part must not be nested more than ${MAX_DEPTH} levels deep.`);
  }
  try {
    return parseExactly(json.toString('utf8'));
  } catch {
    throw new Problem('InvalidJson', 'The body, or its part given by inference-header-content-length, is not valid JSON.');
  }
}

/** Every input of the graph exactly once, in the order they were sent: the binary parts follow each other. */
function feedsOf(inputs: readonly InferInput[], binary: Buffer, graph: GraphInfo): RawTensor[] {
  const missing = new Set(graph.inputs.map((input) => input.name));
  let at = 0;
  const feeds = inputs.map((input) => {
    const declared = graph.inputs.find((candidate) => candidate.name === input.name);
    if (declared === undefined) refuse(input.name, `is unknown; the model expects ${namesOf(graph.inputs)}`);
    if (!missing.delete(input.name)) refuse(input.name, 'is given twice');
    if (!isCarried(declared)) refuse(input.name, 'is not a tensor and cannot be sent');
    checkDeclared(input, declared);
    const size = input.parameters?.binary_data_size;
    if (size === undefined) return tensorOfJson(input);
    const bytes = binary.subarray(at, at + size);
    at += size;
    return tensorOfBinary(input, bytes);
  });
  const [absent] = missing;
  if (absent !== undefined) refuse(absent, `is missing; the model expects ${namesOf(graph.inputs)}`);
  if (at !== binary.length) {
    throw new Problem('InvalidRequest', `${binary.length} bytes follow the JSON part, but binary_data_size adds up to ${at}.`);
  }
  return feeds;
}

function wantedOutputs({ outputs, parameters }: InferRequest, graph: GraphInfo): WantedOutput[] {
  const carried = graph.outputs.filter(isCarried);
  const byDefault = parameters?.binary_data_output ?? false;
  if (outputs === undefined || outputs.length === 0) return carried.map(({ name }) => ({ name, binary: byDefault }));
  const seen = new Set<string>();
  return outputs.map(({ name, parameters: own }) => {
    if (!carried.some((output) => output.name === name)) {
      throw new Problem('InvalidRequest', `Unknown output "${name}"; the model returns ${namesOf(carried)}.`);
    }
    if (seen.has(name)) throw new Problem('InvalidRequest', `Output "${name}" is requested twice.`);
    if (own?.['classification'] !== undefined) {
      throw new Problem('InvalidRequest', `Output "${name}" is not available as a classification; request it as a tensor.`);
    }
    seen.add(name);
    return { name, binary: own?.binary_data ?? byDefault };
  });
}

function namesOf(tensors: readonly { name: string }[]): string {
  return tensors.map(({ name }) => `"${name}"`).join(', ');
}
