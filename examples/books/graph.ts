import type { Factors } from './als.ts';
import { encodeModel, floats, int32s, int64s, node, value, type Graph, type Node, type Tensor } from './onnx.ts';

/** Best items that the graph returns for each user: enough for any k the example asks, exclusions included. */
export const TOP = 50;

/** Scores start far below anything a model gives, so that what a user has read never comes back. */
const NEVER = -3e38;

/**
 * Which row of the factor table belongs to a user number; absent = the same number.
 * [number of users], entries meant to be below the number of rows.
 */
type RowOfUser = readonly number[];

/** Adds to each score what similar items scored, again and again: see `smoothing.ts`. */
export interface Smoothing {
  beta: number;
  /** Divisor of the similarity of two items. */
  scale: number;
  iterations: number;
}

export interface RecommenderGraph {
  factors: Factors;
  /** Item numbers that each user has read. */
  read: readonly (readonly number[])[];
  rowOfUser?: RowOfUser;
  smoothing?: Smoothing;
}

interface Part {
  nodes: Node[];
  tensors: Tensor[];
}

/** [rows × columns] to [columns × rows]. */
function transposed(values: Float32Array, columns: number): Float32Array {
  const rows = values.length / columns;
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) turned[column * rows + row] = values[row * columns + column]!;
  }
  return turned;
}

/** `user` [batch] → `affinity` [batch × N]: dot product of the user's factors with every item's. */
function scoring({ factors, rowOfUser }: RecommenderGraph): Part {
  const d = factors.dimensions;
  const tensors = [
    floats('user_factors', [factors.users.length / d, d], factors.users),
    floats('item_factors_transposed', [d, factors.items.length / d], transposed(factors.items, d)),
  ];
  const nodes = [
    node('Gather', ['user_factors', rowOfUser ? 'row' : 'user'], ['user_vector'], { axis: 0 }),
    node('MatMul', ['user_vector', 'item_factors_transposed'], ['affinity']),
  ];
  if (rowOfUser) {
    tensors.unshift(int64s('row_of_user', [rowOfUser.length], rowOfUser));
    nodes.unshift(node('Gather', ['row_of_user', 'user'], ['row'], { axis: 0 }));
  }
  return { nodes, tensors };
}

/** `affinity` → `smoothed` [batch × N] by a Loop of x ← affinity + β (x W) Wᵀ, with W = items / √scale. */
function smoothingLoop({ factors }: RecommenderGraph, { beta, scale, iterations }: Smoothing): Part {
  const d = factors.dimensions;
  const items = factors.items.length / d;
  const w = factors.items.map((x) => x / Math.sqrt(scale));
  const body: Graph = {
    name: 'spread_once',
    input: [value('iteration', 'int64', []), value('go_on', 'bool', []), value('x', 'float', ['batch', items])],
    output: [value('go_on_next', 'bool', []), value('x_next', 'float', ['batch', items])],
    node: [
      node('Identity', ['go_on'], ['go_on_next']),
      node('MatMul', ['x', 'spread'], ['x_factors']),
      node('MatMul', ['x_factors', 'spread_back'], ['x_spread']),
      node('Add', ['affinity', 'x_spread'], ['x_next']),
    ],
  };
  return {
    tensors: [
      int64s('iterations', [], [iterations]),
      floats('spread', [items, d], w.map((x) => x * beta)),
      floats('spread_back', [d, items], transposed(w, d)),
    ],
    nodes: [node('Loop', ['iterations', '', 'affinity'], ['smoothed'], { body: { graph: body } })],
  };
}

/** `scored` → `unread`: the same scores, `NEVER` for items the user has read. */
function readMask({ read }: RecommenderGraph, scored: string): Part {
  const width = Math.max(...read.map((items) => items.length));
  // Rows are padded with their own first item: writing NEVER twice does no harm.
  const padded = Int32Array.from(read.flatMap((items) => Array.from({ length: width }, (_, i) => items[i] ?? items[0] ?? 0)));
  const never = floats('never_value', [1], Float32Array.of(NEVER));
  return {
    tensors: [int32s('read_items', [read.length, width], padded)],
    nodes: [
      node('Gather', ['read_items', 'user'], ['read'], { axis: 0 }),
      node('Shape', ['read'], ['read_shape']),
      node('ConstantOfShape', ['read_shape'], ['never'], { value: { tensor: never } }),
      node('ScatterElements', [scored, 'read', 'never'], ['unread'], { axis: 1 }),
    ],
  };
}

/**
 * A recommender as an ONNX file. Input `user`: int64 [batch], user numbers. Outputs `items`: int64 [batch × 50], item
 * numbers, best first; `scores`: float [batch × 50]. Every user must have read something, or item 0 is masked.
 */
export function recommenderModel(parts: RecommenderGraph): Uint8Array {
  const score = scoring(parts);
  const smooth = parts.smoothing ? smoothingLoop(parts, parts.smoothing) : { nodes: [], tensors: [] };
  const mask = readMask(parts, parts.smoothing ? 'smoothed' : 'affinity');
  return encodeModel({
    name: 'books',
    input: [value('user', 'int64', ['batch'])],
    output: [value('items', 'int64', ['batch', TOP]), value('scores', 'float', ['batch', TOP])],
    initializer: [...score.tensors, ...smooth.tensors, ...mask.tensors, int64s('top', [1], [TOP])],
    node: [
      ...score.nodes,
      ...smooth.nodes,
      ...mask.nodes,
      node('TopK', ['unread', 'top'], ['scores', 'items'], { axis: -1, largest: 1, sorted: 1 }),
    ],
  });
}
