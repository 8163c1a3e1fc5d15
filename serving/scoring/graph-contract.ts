import type { Bundle } from '../bundle/bundle.ts';
import { isElementType, unservable } from '../bundle/element-types.ts';
import type { InputSource } from '../bundle/input-values.ts';
import type { BundleManifest } from '../bundle/manifest.ts';
import { type DeclaredTensor, fits, otherShape, quoted, tensorOf } from './declared-tensors.ts';
import { UnusableGraph } from './failures.ts';
import { inputPlan } from './input-plans.ts';
import type { AnswerPlan, Plan } from './messages.ts';
import type { GraphInfo, TensorInfo } from './tensors.ts';

type Source = InputSource & Pick<Bundle, 'items' | 'classes'>;

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
  const inputs = bundle.manifest.inputs.map((input) => inputPlan(input, graph, bundle));
  // Lists that are not filled up differ in length.
  const isUnpadded = inputs.some(({ encoding }) => encoding === 'Unpadded');
  const dynamicBatch = !isUnpadded && graph.inputs.every(({ shape }) => typeof shape[0] === 'string');
  return { inputs, answer: answerPlan(bundle, graph), dynamicBatch };
}

/** The runtime finds out the type of a value for which the file states none. */
function checkTypes(role: 'input' | 'output', values: readonly TensorInfo[]): void {
  const other = values.find(({ type }) => type !== 'sequence-or-map' && !isElementType(type));
  if (other !== undefined) throw new UnusableGraph(`The graph cannot be served: ${unservable(role, other)}.`);
}

function answerPlan({ manifest, items, classes }: Source, graph: GraphInfo): AnswerPlan {
  if ('classes' in manifest) {
    const scores = scoresOf(graph, manifest.outputs.probabilities);
    if (classes.length !== 2 || !isColumn(scores)) checkColumns(scores, classes.length);
    return { kind: 'Probabilities', scores: scores.name, columns: classes.length };
  }
  const { outputs } = manifest;
  const scores = scoresOf(graph, outputs.scores);
  if (!isRanked(outputs)) {
    checkColumns(scores, items.length, scores.shape[1] === 1 ? ONE_ITEM_A_ROW : '');
    return { kind: 'Scores', scores: scores.name, columns: items.length };
  }
  const rows = tensorOf(graph.outputs, outputs.items, 'output');
  if (rows.type !== 'int64' && rows.type !== 'int32') {
    throw new UnusableGraph(`The graph's output "${rows.name}" has type ${rows.type}, not int64 or int32.`);
  }
  checkColumns(rows);
  checkColumns(scores);
  return { kind: 'Ranked', items: rows.name, scores: scores.name };
}

const ONE_ITEM_A_ROW =
  ' A model that scores one item a row, such as boosted trees, has to score all items of a request: ' +
  'put its features together with those of every item in front of it, see docs/bundles/boosted-trees.md.';

function isRanked(outputs: Exclude<BundleManifest['outputs'], { probabilities: string }>): outputs is { items: string; scores: string } {
  return 'items' in outputs;
}

function scoresOf(graph: GraphInfo, name: string): DeclaredTensor {
  const tensor = tensorOf(graph.outputs, name, 'output');
  if (SCORE_TYPES.has(tensor.type)) return tensor;
  throw new UnusableGraph(`The graph's output "${name}" has type ${tensor.type}, not float, double or float16; put a Cast behind it.`);
}

const SCORE_TYPES: ReadonlySet<string> = new Set(['float32', 'float64', 'float16']);

/** One number a request: of two classes the probability of the second. */
function isColumn({ shape }: DeclaredTensor): boolean {
  return shape.length === 1 || (shape.length === 2 && shape[1] === 1);
}

/**
 * Free and undeclared dimensions of an output are known only when it runs.
 * @param columns how many there must be; absent = any number
 */
function checkColumns(tensor: DeclaredTensor, columns?: number, advice = ''): void {
  const { name, shape } = tensor;
  if (shape.length === 0) return;
  if (shape.length !== 2) throw new UnusableGraph(`The graph's output "${name}" has ${shape.length} dimensions, not 2.`);
  if (columns !== undefined && !fits(shape[1], columns)) throw otherShape(tensor, `batch × ${columns}`, advice);
}
