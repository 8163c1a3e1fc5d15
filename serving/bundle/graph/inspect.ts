import { open } from 'node:fs/promises';
import { isElementType, unservable } from '../element-types.ts';
import { BundleFailure } from '../failure.ts';
import { BufferedFile } from './buffered-file.ts';
import { type Body, checkUnfoldedNodes, emptyBody } from './calls.ts';
import { readFunction, readGraph } from './nodes.ts';
import type { Span } from './protobuf.ts';
import { type GraphReading, startReading } from './reading.ts';
import { type GraphValue, NOT_A_TENSOR, readValue } from './value-info.ts';
import { versionFailure } from './versions.ts';

/** Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, here and in the files beside. */
const MODEL = { irVersion: 1, producer: 2, producerVersion: 3, graph: 7, opset: 8, training: 20, function: 25 } as const;
const OPSET = { domain: 1, version: 2 } as const;
const GRAPH = { initializer: 5, input: 11, output: 12 } as const;
const TENSOR_NAME = 8;

/** Operators that onnxruntime ships with; others are found in libraries, which are code. */
const KNOWN_DOMAINS = ['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft'];
const MAX_FUNCTIONS = 1000;
const MAX_VALUES = 1000;
/** A protobuf message cannot be longer. */
const MAX_FILE_BYTES = 2 ** 31 - 1;

/** What a graph says of itself. */
export interface GraphFacts {
  /** E.g. `pytorch 2.9.1`; empty when it does not say. */
  producer: string;
  /** Version of the file format. */
  irVersion: number;
  /** Domain → version; the domain of the standard operators is `ai.onnx`. */
  opsets: Record<string, number>;
  inputs: GraphValue[];
  outputs: GraphValue[];
  nodes: number;
  /** Values in its initializers and constants. */
  parameters: number;
  bytes: number;
  /** Tensors whose values are in other files, and those files as the graph names them. */
  external: { tensors: number; files: string[] };
  /** Values that a TopK gives which does not sort: their order means nothing. */
  unsortedTopK: readonly string[];
  /** The labels that its classifier names, in the order of its columns; absent if there is none, or several that differ. */
  classLabels?: string[];
}

/**
 * Reads an ONNX file and refuses what must never reach the runtime: what `readGraphFacts` refuses, tensors in other
 * files, which could be any file of the container, versions that the runtime does not read, and types that the server does not know.
 * @param name of the file in the bundle, for messages
 * @throws BundleFailure `ExternalData` or `GraphInvalid`
 */
export async function inspectGraph(file: string, name: string): Promise<GraphFacts> {
  const facts = await readGraphFacts(file, name);
  const failure = externalFailure(facts, name) ?? graphFailure(facts, name);
  if (failure !== undefined) throw failure;
  return facts;
}

/** Why a graph with tensors in other files is refused; undefined for one without. */
export function externalFailure({ external }: GraphFacts, name: string): BundleFailure | undefined {
  if (external.tensors === 0) return undefined;
  const files = external.files.slice(0, 3).map((file) => `"${file}"`).join(', ');
  return new BundleFailure(
    'ExternalData',
    `"${name}" keeps ${external.tensors} ${external.tensors === 1 ? 'tensor' : 'tensors'} in other files${files && ` (${files})`}; save it as a single file: ` +
      `onnx.save(onnx.load("${name}"), "${name}"), or torch.onnx.export(…, external_data=False).`,
  );
}

/** Why a graph is refused, wherever its weights are. */
export function graphFailure(facts: GraphFacts, name: string): BundleFailure | undefined {
  return versionFailure(facts, name) ?? typeFailure(facts, name);
}

/** Why a graph is refused of which the server cannot send an input, or return an output that callers may ask for; undefined for others. */
export function typeFailure({ inputs, outputs }: Pick<GraphFacts, 'inputs' | 'outputs'>, name: string): BundleFailure | undefined {
  const isOther = ({ type }: GraphValue) => type !== NOT_A_TENSOR && !isElementType(type);
  const [input, output] = [inputs.find(isOther), outputs.find(isOther)];
  const why = input ? unservable('input', input) : output && unservable('output', output);
  return why === undefined ? undefined : new BundleFailure('GraphInvalid', `"${name}" cannot be served: ${why}.`);
}

/**
 * Reads an ONNX file without its tensors' values, in constant memory, and refuses what is no well-formed protobuf or could
 * never be run: tensors larger than what they hold, cycles, values that nobody makes, too many nodes, functions without
 * end, operators of unknown libraries.
 * @param name of the file in the bundle, for messages
 * @throws BundleFailure `GraphInvalid`
 */
export async function readGraphFacts(file: string, name: string): Promise<GraphFacts> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const reading = startReading(new BufferedFile(handle.fd, size), name);
    if (size > MAX_FILE_BYTES) throw reading.refuse('it is larger than 2 GiB');
    return readModel(reading, size);
  } finally {
    await handle.close();
  }
}

function readModel(reading: GraphReading, size: number): GraphFacts {
  const { reader, refuse } = reading;
  const head: Pick<GraphFacts, 'producer' | 'irVersion' | 'opsets'> = { producer: '', irVersion: 0, opsets: {} };
  const functions = new Map<string, Body>();
  const domains = new Set(KNOWN_DOMAINS);
  let graph: Span | undefined;
  reader.walk({ start: 0, end: size }, (field) => {
    if (field.number === MODEL.graph) {
      if (graph !== undefined) throw refuse('it contains more than one graph');
      graph = reader.message(field);
    } else if (field.number === MODEL.function) {
      const { key, domain, body } = readFunction(reading, reader.message(field));
      if (functions.has(key) || functions.size === MAX_FUNCTIONS) throw refuse('it has a duplicate function, or too many functions');
      functions.set(key, body);
      domains.add(domain);
    } else if (field.number === MODEL.training) throw refuse('it contains a training graph; export it for inference');
    else if (field.number === MODEL.opset) Object.assign(head.opsets, readOpset(reading, reader.message(field)));
    else if (field.number === MODEL.irVersion) head.irVersion = field.value;
    else if (field.number === MODEL.producer) head.producer = `${reader.text(field)} ${head.producer}`.trim();
    else if (field.number === MODEL.producerVersion) head.producer = `${head.producer} ${reader.text(field)}`.trim();
  });
  if (graph === undefined) throw refuse('it contains no graph');
  if (Object.keys(head.opsets).length === 0) throw refuse('it does not declare its operator versions (opset_import)');
  const main = emptyBody();
  readGraph(reading, graph, main);
  checkUnfoldedNodes(main, functions, reading);
  checkDomains(reading, domains);
  const { nodes, parameters, external, unsortedTopK, classLabels } = reading;
  const [labels] = new Set(classLabels.map((each) => JSON.stringify(each))).size === 1 ? classLabels : [];
  const elsewhere = { tensors: external.tensors, files: [...external.files] };
  return { ...head, ...readInterface(reading, graph), nodes, parameters, bytes: size, external: elsewhere, unsortedTopK, ...(labels && { classLabels: labels }) };
}

function readOpset({ reader }: GraphReading, span: Span): Record<string, number> {
  let domain = '';
  let version = 0;
  reader.walk(span, (field) => {
    if (field.number === OPSET.domain) domain = reader.text(field);
    else if (field.number === OPSET.version) version = field.value;
  });
  return { [domain || 'ai.onnx']: version };
}

function checkDomains({ domains, refuse }: GraphReading, known: ReadonlySet<string>): void {
  for (const domain of domains) {
    if (!known.has(domain)) throw refuse(`it uses operators of "${domain}", which the runtime does not have`);
  }
}

/** The graph's inputs, without those that are initializers too, and its outputs. */
function readInterface(reading: GraphReading, graph: Span): Pick<GraphFacts, 'inputs' | 'outputs'> {
  const { reader, refuse } = reading;
  const inputs: GraphValue[] = [];
  const outputs: GraphValue[] = [];
  const initialized = new Set<string>();
  reader.walk(graph, (field) => {
    if (field.number === GRAPH.input) inputs.push(readValue(reading, reader.message(field)));
    else if (field.number === GRAPH.output) outputs.push(readValue(reading, reader.message(field)));
    else if (field.number === GRAPH.initializer) initialized.add(tensorName(reading, reader.message(field)));
    if (inputs.length > MAX_VALUES + initialized.size || outputs.length > MAX_VALUES) throw refuse('it has too many inputs or outputs');
  });
  return { inputs: inputs.filter(({ name }) => !initialized.has(name)), outputs };
}

function tensorName({ reader }: GraphReading, span: Span): string {
  let name = '';
  reader.walk(span, (field) => {
    if (field.number === TENSOR_NAME) name = reader.text(field);
  });
  return name;
}
