import { type Body, emptyBody, operatorKey } from './calls.ts';
import type { Span } from './protobuf.ts';
import { type GraphReading, MAX_NODES } from './reading.ts';
import { createScope, type Scope } from './scope.ts';
import { elementsOf, readTensor } from './tensor.ts';

const GRAPH = { node: 1, initializer: 5, input: 11, sparseInitializer: 15 } as const;
const NODE = { input: 1, output: 2, operator: 4, attribute: 5, domain: 7, overload: 8 } as const;
const ATTRIBUTE = { name: 1, int: 3, tensor: 5, graph: 6, ints: 8, strings: 9, tensors: 10, graphs: 11, sparse: 22, sparses: 23 } as const;
/** Of LinearClassifier, SVMClassifier, TreeEnsembleClassifier and ZipMap: classlabels_strings, classlabels_ints, classlabels_int64s. */
const CLASS_LABELS = 'classlabels_';
const MAX_LABELS = 100_000;
/** An ensemble of binary classifiers has one for each. */
const MAX_LABEL_LISTS = 16;
/** Each once at most: where one comes twice, readers of protobuf join the two into something nobody has looked at. */
const SINGULAR_ATTRIBUTES: readonly number[] = [ATTRIBUTE.tensor, ATTRIBUTE.graph, ATTRIBUTE.sparse];
const FUNCTION = { name: 1, input: 4, attribute: 11, node: 7, domain: 10, overload: 13 } as const;
const SPARSE = { values: 1, indices: 2, dims: 3 } as const;
const VALUE_NAME = 1;

const MAX_GRAPH_DEPTH = 16;
/** Of sparse tensors, which the runtime unfolds when it loads them. */
const MAX_UNFOLDED_BYTES = 1024 ** 3;

/**
 * Reads a GraphProto: its tensors, then its nodes in order. Each node may use only what stands before it, as ONNX
 * demands; a graph with a cycle cannot be put in such an order.
 * @param outer names of the graph around it
 * @throws BundleFailure
 */
export function readGraph(reading: GraphReading, span: Span, body: Body, depth = 0, outer?: Scope): void {
  const { reader, refuse } = reading;
  if (depth > MAX_GRAPH_DEPTH) throw refuse(`its graphs are nested more than ${MAX_GRAPH_DEPTH} deep`);
  const scope = createScope(outer);
  // Nodes are written before the values they use, so there are two walks.
  reader.walk(span, (field) => {
    if (field.number === GRAPH.initializer) scope.add(countedTensor(reading, reader.message(field)));
    else if (field.number === GRAPH.sparseInitializer) scope.add(readSparse(reading, reader.message(field)));
    else if (field.number === GRAPH.input) scope.add(nameOfValue(reading, reader.message(field)));
  });
  reader.walk(span, (field) => {
    if (field.number === GRAPH.node) readNode(reading, reader.message(field), { body, depth, scope });
  });
}

/** Reads a FunctionProto. @returns the key its callers use, and its nodes */
export function readFunction(reading: GraphReading, span: Span): { key: string; domain: string; body: Body } {
  const { reader } = reading;
  const body = emptyBody();
  const scope = createScope();
  let [name, domain, overload] = ['', '', ''];
  reader.walk(span, (field) => {
    if (field.number === FUNCTION.input) scope.add(reader.text(field));
    else if (field.number === FUNCTION.name) name = reader.text(field);
    else if (field.number === FUNCTION.domain) domain = reader.text(field);
    else if (field.number === FUNCTION.overload) overload = reader.text(field);
  });
  const place = { body, depth: 0, scope };
  reader.walk(span, (field) => {
    if (field.number === FUNCTION.node) readNode(reading, reader.message(field), place);
    else if (field.number === FUNCTION.attribute) readAttribute(reading, reader.message(field), place);
  });
  return { key: operatorKey(domain, name, overload), domain, body };
}

/** Where a node stands. */
interface Place {
  body: Body;
  depth: number;
  scope: Scope;
}

function readNode(reading: GraphReading, span: Span, place: Place): void {
  const { reader, refuse } = reading;
  reading.nodes += 1;
  if (reading.nodes > MAX_NODES) throw refuse(`it has more than ${MAX_NODES} nodes`);
  const outputs: string[] = [];
  let [operator, domain, overload] = ['', '', ''];
  let isSorted = true;
  reader.walk(span, (field) => {
    if (field.number === NODE.input) checkInput(reader.text(field), place.scope, refuse);
    else if (field.number === NODE.output) outputs.push(reader.text(field));
    else if (field.number === NODE.operator) operator = reader.text(field);
    else if (field.number === NODE.domain) domain = reader.text(field);
    else if (field.number === NODE.overload) overload = reader.text(field);
    else if (field.number === NODE.attribute) {
      const attribute = reader.message(field);
      readAttribute(reading, attribute, place);
      isSorted &&= !isUnsorted(reading, attribute);
    }
  });
  if (operator === 'TopK' && !isSorted) reading.unsortedTopK.push(...outputs);
  for (const output of outputs) {
    if (output !== '' && !place.scope.define(output)) throw refuse(`two nodes write the value "${output}"`);
  }
  reading.domains.add(domain);
  const key = operatorKey(domain, operator, overload);
  place.body.nodes += 1;
  place.body.operators.set(key, (place.body.operators.get(key) ?? 0) + 1);
}

/** An empty name leaves out an optional input. */
function checkInput(name: string, scope: Scope, refuse: GraphReading['refuse']): void {
  if (name === '' || scope.has(name)) return;
  throw refuse(`a node uses the value "${name}", which no earlier node produces (a cycle, or nodes out of order)`);
}

function readAttribute(reading: GraphReading, span: Span, { body, depth, scope }: Place): void {
  const seen = new Set<number>();
  reading.reader.walk(span, (field) => {
    if (SINGULAR_ATTRIBUTES.includes(field.number)) {
      if (seen.has(field.number)) throw reading.refuse('an attribute has two values');
      seen.add(field.number);
    }
    if (field.number === ATTRIBUTE.tensor || field.number === ATTRIBUTE.tensors) {
      countedTensor(reading, reading.reader.message(field));
    } else if (field.number === ATTRIBUTE.graph || field.number === ATTRIBUTE.graphs) {
      readGraph(reading, reading.reader.message(field), body, depth + 1, scope);
    } else if (field.number === ATTRIBUTE.sparse || field.number === ATTRIBUTE.sparses) {
      readSparse(reading, reading.reader.message(field));
    } else if (field.number === ATTRIBUTE.name && reading.reader.text(field).startsWith(CLASS_LABELS)) {
      readClassLabels(reading, span);
    }
  });
}

/** Of TopK: `sorted` is 1 if it is absent, and protobuf leaves out a 0. */
function isUnsorted({ reader }: GraphReading, attribute: Span): boolean {
  let [name, value] = ['', 0];
  reader.walk(attribute, (field) => {
    if (field.number === ATTRIBUTE.name) name = reader.text(field);
    else if (field.number === ATTRIBUTE.int) value = field.value;
  });
  return name === 'sorted' && value === 0;
}

function readClassLabels({ reader, classLabels, refuse }: GraphReading, attribute: Span): void {
  if (classLabels.length === MAX_LABEL_LISTS) return;
  const labels: string[] = [];
  const add = (label: string) => {
    if (labels.push(label) > MAX_LABELS) throw refuse(`a classifier of it names more than ${MAX_LABELS} classes`);
  };
  reader.walk(attribute, (field) => {
    if (field.number === ATTRIBUTE.strings) add(reader.text(field));
    else if (field.number === ATTRIBUTE.ints) reader.varints(field, (label) => add(String(label)));
  });
  if (labels.length > 0) classLabels.push(labels);
}

function countedTensor(reading: GraphReading, span: Span): string {
  const { name, elements, bytes } = readTensor(reading, span);
  reading.parameters += elements;
  reading.tensorBytes += bytes;
  return name;
}

/** Reads a SparseTensorProto: its values and where they stand in a tensor that may be far larger. */
function readSparse(reading: GraphReading, span: Span): string {
  const { reader, refuse } = reading;
  const dims: number[] = [];
  const found = new Map<number, { name: string; size: number }>();
  reader.walk(span, (field) => {
    if (field.number === SPARSE.dims) reader.varints(field, (dimension) => dims.push(dimension));
    if (field.number !== SPARSE.values && field.number !== SPARSE.indices) return;
    const { number } = field;
    if (found.has(number)) throw refuse('a sparse tensor has duplicate values');
    const { name, elements, bytes } = readTensor(reading, reader.message(field));
    found.set(number, { name, size: Math.max(1, bytes / Math.max(1, elements)) });
  });
  const { name = '', size = 16 } = found.get(SPARSE.values) ?? {};
  reading.unfoldedBytes += elementsOf(dims, reading, name) * size;
  if (reading.unfoldedBytes > MAX_UNFOLDED_BYTES) {
    throw refuse(`its sparse tensors take more than ${MAX_UNFOLDED_BYTES} bytes once they are unfolded`);
  }
  return name;
}

function nameOfValue(reading: GraphReading, span: Span): string {
  let name = '';
  reading.reader.walk(span, (field) => {
    if (field.number === VALUE_NAME) name = reading.reader.text(field);
  });
  return name;
}
