import type { Bundle } from '../bundle/bundle.ts';
import { type ElementType, isElementType, ONNX_TYPES, unservable } from '../bundle/element-types.ts';
import { WITHOUT_ZIPMAP } from '../bundle/graph/zipmap.ts';
import { type InputSource, vocabularyOf } from '../bundle/input-values.ts';
import type { Input } from '../bundle/inputs.ts';
import type { BundleManifest } from '../bundle/manifest.ts';
import { holdsIndices } from './encode.ts';
import { UnusableGraph } from './failures.ts';
import type { AnswerPlan, InputPlan, Plan } from './messages.ts';
import type { GraphInfo, TensorInfo } from './tensors.ts';

type Source = InputSource & Pick<Bundle, 'items' | 'classes'>;
type Shape = readonly (number | string)[];

/**
 * Compares a loaded graph with what the bundle says of it.
 * @returns how requests become its inputs and its outputs become answers
 * @throws UnusableGraph with one sentence on the first difference
 */
export function planOf(bundle: Source, graph: GraphInfo): Plan {
  checkTypes('input', graph.inputs);
  checkTypes('output', graph.outputs);
  const declared = bundle.manifest.inputs.map(({ name }) => name);
  const asked = graph.inputs.map(({ name }) => name);
  if (declared.length !== asked.length || asked.some((name) => !declared.includes(name))) {
    throw new UnusableGraph(`The graph has the inputs ${quoted(asked)}, but the manifest declares ${quoted(declared)}.`);
  }
  const inputs = bundle.manifest.inputs.map((input) => inputPlan(input, tensorOf(graph.inputs, input.name, 'input'), bundle));
  const dynamicBatch = graph.inputs.every(({ shape }) => typeof shape[0] === 'string');
  return { inputs, answer: answerPlan(bundle, graph), dynamicBatch };
}

/** The runtime finds out the type of a value for which the file states none. */
function checkTypes(role: 'input' | 'output', values: readonly TensorInfo[]): void {
  const other = values.find(({ type }) => type !== 'sequence-or-map' && !isElementType(type));
  if (other !== undefined) throw new UnusableGraph(`The graph cannot be served: ${unservable(role, other)}.`);
}

function inputPlan(input: Input, tensor: Tensor, source: Source): InputPlan {
  const { name, type, shape } = tensor;
  checkInputShape(tensor);
  if (input.type !== undefined && ONNX_TYPES[input.type] !== type) {
    throw new UnusableGraph(`The graph's input "${name}" has type ${type}, but the manifest declares ${input.type}.`);
  }
  checkInputType(input, tensor, source);
  if (input.from === 'history') {
    const isMultiHot = input.encoding === 'MultiHot';
    const columns = isMultiHot ? (vocabularyOf(input, source)?.size ?? 0) : input.length;
    if (shape.length !== 2 || !fits(shape[1], columns)) throw otherShape(tensor, `batch × ${columns}`);
    return { name, type, shape: [columns], encoding: isMultiHot ? 'MultiHot' : 'Values', width: input.length };
  }
  // A free second dimension holds one value: nothing says how many it should be.
  const width = typeof shape[1] === 'number' ? shape[1] : 1;
  if (width !== 1 && !input.from.startsWith('context.')) throw otherShape(tensor, 'batch] or [batch × 1');
  return { name, type, shape: shape.length === 2 ? [width] : [], encoding: 'Values', width };
}

function checkInputShape({ name, shape }: Tensor): void {
  if (shape.length !== 1 && shape.length !== 2) {
    const found = shape.length === 0 ? 'has no dimensions' : `is [${shapeText(shape)}]`;
    throw new UnusableGraph(`The graph's input "${name}" ${found}; a row for each request is needed: [batch] or [batch × 1].`);
  }
  const [batch, width] = shape;
  if (typeof batch === 'number' && batch !== 1) {
    throw new UnusableGraph(
      `The graph's input "${name}" accepts exactly ${batch} requests at once; leave the first dimension free or set it to 1.`,
    );
  }
  if (width === 0) throw new UnusableGraph(`The graph's input "${name}" is empty.`);
}

function checkInputType(input: Input, tensor: Tensor, source: Source): void {
  const needed = typeNeeded(input, tensor, vocabularyOf(input, source));
  if (needed === undefined) return;
  throw new UnusableGraph(`The graph's input "${tensor.name}" has type ${tensor.type}, but ${input.from} requires ${needed}.`);
}

/** What the type of an input should be instead; undefined when it will do. */
function typeNeeded(input: Input, { type, shape }: Tensor, vocabulary: ReadonlyMap<string, number> | undefined): string | undefined {
  if (type === 'float16') return 'float or double';
  if (input.from === 'history' && input.encoding === 'MultiHot') return type === 'string' ? 'a numeric or bool tensor' : undefined;
  if (vocabulary !== undefined) return indexTypeNeeded(input, type, vocabulary.size);
  if (input.from === 'text') return type === 'string' ? undefined : 'a string tensor';
  return type === 'string' && typeof shape[1] === 'number' && shape[1] > 1 ? 'one string per request' : undefined;
}

function indexTypeNeeded(input: Input, type: ElementType, size: number): string | undefined {
  const other = input.from === 'history' ? input.padding : typeof input.whenUnknown === 'object' ? input.whenUnknown.index : 0;
  const most = Math.max(size - 1, other);
  if (!holdsIndices(type, most)) return `a numeric type that holds the indices 0 to ${most}`;
  return other < 0 && type.startsWith('uint') ? 'a signed type, since its padding is -1' : undefined;
}

function answerPlan({ manifest, items, classes }: Source, graph: GraphInfo): AnswerPlan {
  if (manifest.task === 'text-to-classes') {
    const scores = scoresOf(graph, manifest.outputs.probabilities, classes.length);
    return { kind: 'Probabilities', scores, columns: classes.length };
  }
  const { outputs } = manifest;
  if (!isRanked(outputs)) return { kind: 'Scores', scores: scoresOf(graph, outputs.scores, items.length), columns: items.length };
  const rows = tensorOf(graph.outputs, outputs.items, 'output');
  if (rows.type !== 'int64' && rows.type !== 'int32') {
    throw new UnusableGraph(`The graph's output "${rows.name}" has type ${rows.type}, not int64 or int32.`);
  }
  checkColumns(rows, undefined);
  return { kind: 'Ranked', items: rows.name, scores: scoresOf(graph, outputs.scores, undefined) };
}

function isRanked(outputs: Exclude<BundleManifest['outputs'], { probabilities: string }>): outputs is { items: string; scores: string } {
  return 'items' in outputs;
}

/** @param columns how many there must be; undefined = any number */
function scoresOf(graph: GraphInfo, name: string, columns: number | undefined): string {
  const tensor = tensorOf(graph.outputs, name, 'output');
  if (tensor.type !== 'float32' && tensor.type !== 'float64') {
    throw new UnusableGraph(`The graph's output "${name}" has type ${tensor.type}, not float or double.`);
  }
  checkColumns(tensor, columns);
  return name;
}

/** Free and undeclared dimensions of an output are known only when it runs. */
function checkColumns(tensor: Tensor, columns: number | undefined): void {
  const { name, shape } = tensor;
  if (shape.length === 0) return;
  if (shape.length !== 2) throw new UnusableGraph(`The graph's output "${name}" has ${shape.length} dimensions, not 2.`);
  if (columns !== undefined && !fits(shape[1], columns)) throw otherShape(tensor, `batch × ${columns}`);
}

type Tensor = TensorInfo & { type: ElementType };

function tensorOf(values: readonly TensorInfo[], name: string, role: 'input' | 'output'): Tensor {
  const found = values.find((value) => value.name === name);
  if (found === undefined) {
    throw new UnusableGraph(`The graph has no ${role} "${name}", only ${quoted(values.map((value) => value.name))}.`);
  }
  const { type, shape } = found;
  if (type !== 'sequence-or-map') return { name, type, shape };
  throw new UnusableGraph(
    `The graph's ${role} "${name}" is a sequence or a map, not a tensor: ${WITHOUT_ZIPMAP}.`,
  );
}

function fits(length: number | string | undefined, wanted: number): boolean {
  return typeof length === 'string' || length === wanted;
}

function otherShape({ name, shape }: Tensor, wanted: string): UnusableGraph {
  return new UnusableGraph(`The graph's tensor "${name}" has the shape [${shapeText(shape)}], but the bundle requires [${wanted}].`);
}

function shapeText(shape: Shape): string {
  return shape.map((length) => (length === '' ? '?' : length)).join(' × ');
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
