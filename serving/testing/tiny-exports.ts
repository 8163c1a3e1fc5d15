/** Graphs whose inputs and outputs are as people's exporters write them. Items and words are those of `tiny-graphs.ts`. */
import { LABELS, SIMILARITY, WORDS } from './tiny-graphs.ts';
import { node, onnxFile, tensor, type TinyShape } from './tiny-onnx.ts';

const COUNT = WORDS.length;
const FLOAT = 1;
const FLOAT16 = 10;

const similarity = tensor('similarity', 'float', [COUNT, COUNT], SIMILARITY);
const axis = (name: string, value: number) => tensor(name, 'int64', [1], [value]);
const scores = { scores: ['float', ['batch', COUNT]] } as const;
const indexOfWords = (input: string, output: string, ids: readonly string[]) =>
  node('LabelEncoder', [input], [output], { keys_strings: { strings: [...ids] }, values_int64s: { ints: ids.map((_, row) => row) }, default_int64: 0 }, 'ai.onnx.ml');

/** RecBole's sequence models: `item_seq` filled up behind, of which the item at place `item_seq_len` - 1 is looked at. */
export function lastOfSequenceModel(): Uint8Array {
  return onnxFile({
    inputs: { item_seq: ['int64', ['batch', 3]], item_seq_len: ['int64', ['batch']] },
    outputs: scores,
    nodes: [
      node('Sub', ['item_seq_len', 'one'], ['place']),
      node('Unsqueeze', ['place', 'one'], ['places']),
      node('GatherElements', ['item_seq', 'places'], ['last'], { axis: 1 }),
      node('Squeeze', ['last', 'one'], ['row']),
      node('Gather', ['similarity', 'row'], ['scores'], { axis: 0 }),
    ],
    tensors: [similarity, axis('one', 1)],
  });
}

/** The mean of what the items of `history` say, over a second dimension that is free. */
export function meanOfSequenceModel(): Uint8Array {
  return onnxFile({
    inputs: { history: ['int64', ['batch', 'length']] },
    outputs: scores,
    nodes: [node('Gather', ['similarity', 'history'], ['each'], { axis: 0 }), node('ReduceMean', ['each'], ['scores'], { axes: { ints: [1] }, keepdims: 0 })],
    tensors: [similarity],
  });
}

/** The same of tokens and of the mask that says which of them count, as text encoders have it. */
export function meanOfTokensModel(length: number | string = 'sequence'): Uint8Array {
  return onnxFile({
    inputs: { input_ids: ['int64', ['batch', length]], attention_mask: ['int64', ['batch', length]] },
    outputs: scores,
    nodes: [
      node('Gather', ['similarity', 'input_ids'], ['each'], { axis: 0 }),
      node('Cast', ['attention_mask'], ['weights'], { to: FLOAT }),
      node('Unsqueeze', ['weights', 'last'], ['weight']),
      node('Mul', ['each', 'weight'], ['weighted']),
      node('ReduceSum', ['weighted', 'first'], ['sum'], { keepdims: 0 }),
      node('ReduceSum', ['weight', 'first'], ['number'], { keepdims: 0 }),
      node('Div', ['sum', 'number'], ['scores']),
    ],
    tensors: [similarity, axis('first', 1), axis('last', 2)],
  });
}

/** Users u0… by name, looked up in the graph as keras StringLookup is exported; one it does not know is u0. */
export function namedUsersModel(shape: TinyShape = ['batch']): Uint8Array {
  return onnxFile({
    inputs: { user: ['string', shape] },
    outputs: scores,
    nodes: [
      node('Reshape', ['user', 'flat'], ['users']),
      indexOfWords('users', 'rows', WORDS.map((_, row) => `u${row}`)),
      node('Gather', ['similarity', 'rows'], ['scores'], { axis: 0 }),
    ],
    tensors: [similarity, axis('flat', -1)],
  });
}

/** `history` by the items' own ids, [batch × 3]; an empty one says nothing. */
export function namedHistoryModel(): Uint8Array {
  return onnxFile({
    inputs: { history: ['string', ['batch', 3]] },
    outputs: scores,
    nodes: [
      indexOfWords('history', 'rows', ['', ...WORDS.map((_, row) => `item ${row}`)]),
      node('Gather', ['table', 'rows'], ['each'], { axis: 0 }),
      node('ReduceSum', ['each', 'one'], ['scores'], { keepdims: 0 }),
    ],
    tensors: [tensor('table', 'float', [COUNT + 1, COUNT], [...WORDS.map(() => 0), ...SIMILARITY]), axis('one', 1)],
  });
}

/** Half precision in and out, as onnxconverter-common's `convert_float_to_float16` leaves a model of multi-hot histories. */
export function halfPrecisionModel(): Uint8Array {
  return onnxFile({
    inputs: { history: ['float16', ['batch', COUNT]], boost: ['float16', ['batch', 1]] },
    outputs: { scores: ['float16', ['batch', COUNT]] },
    nodes: [
      node('Cast', ['history'], ['single'], { to: FLOAT }),
      node('Cast', ['boost'], ['times'], { to: FLOAT }),
      node('MatMul', ['single', 'similarity'], ['affinity']),
      node('Mul', ['affinity', 'times'], ['boosted']),
      node('Cast', ['boosted'], ['scores'], { to: FLOAT16 }),
    ],
    tensors: [similarity],
  });
}

/** Probability of the second of two classes by the sigmoid of a feature, [batch × 1] or [batch]. */
export function sigmoidModel(shape: TinyShape = ['batch', 1]): Uint8Array {
  return onnxFile({
    inputs: { age: ['float', shape] },
    outputs: { probabilities: ['float', shape] },
    nodes: [node('Sigmoid', ['age'], ['probabilities'])],
  });
}

/** Probabilities of LABELS by two features, as a classifier of scikit-learn has them. */
export function featuresModel(): Uint8Array {
  return onnxFile({
    inputs: { X: ['float', ['', 2]] },
    outputs: { probabilities: ['float', ['', LABELS.length]] },
    nodes: [node('MatMul', ['X', 'weights'], ['logits']), node('Softmax', ['logits'], ['probabilities'], { axis: 1 })],
    tensors: [tensor('weights', 'float', [2, LABELS.length], [1, 0, 0, 0, 0, 1])],
  });
}

/**
 * Trees that score one item a row, put around with the features of all items: an item is good whose price is at most 3 for a
 * reader younger than 30, the others for the rest.
 */
export function boostedModel(): Uint8Array {
  const isYoung = { nodes_featureids: 0, nodes_values: 29.5 };
  const isCheap = { nodes_featureids: 1, nodes_values: 3.5 };
  const leaf = { nodes_featureids: 0, nodes_values: 0 };
  const nodes = [isYoung, isCheap, isCheap, leaf, leaf, leaf, leaf];
  const leaves = [3, 4, 5, 6];
  return onnxFile({
    inputs: { age: ['float', ['batch', 1]] },
    outputs: scores,
    nodes: [
      node('Unsqueeze', ['age', 'one'], ['of_user']),
      node('Expand', ['of_user', 'all_items'], ['of_users']),
      node('Shape', ['of_users'], ['every_pair']),
      node('Expand', ['prices', 'every_pair'], ['of_items']),
      node('Concat', ['of_users', 'of_items'], ['pairs'], { axis: 2 }),
      node('Reshape', ['pairs', 'rows'], ['features']),
      node('TreeEnsembleRegressor', ['features'], ['score'], {
        n_targets: 1,
        nodes_treeids: { ints: nodes.map(() => 0) },
        nodes_nodeids: { ints: nodes.map((_, id) => id) },
        nodes_modes: { strings: nodes.map((each) => (each === leaf ? 'LEAF' : 'BRANCH_LEQ')) },
        nodes_featureids: { ints: nodes.map((each) => each.nodes_featureids) },
        nodes_values: { floats: nodes.map((each) => each.nodes_values) },
        nodes_truenodeids: { ints: [1, 3, 5, 0, 0, 0, 0] },
        nodes_falsenodeids: { ints: [2, 4, 6, 0, 0, 0, 0] },
        target_treeids: { ints: leaves.map(() => 0) },
        target_nodeids: { ints: leaves },
        target_ids: { ints: leaves.map(() => 0) },
        target_weights: { floats: [1, 0.25, 0.5, 2] },
      }, 'ai.onnx.ml'),
      node('Reshape', ['score', 'requests'], ['scores']),
    ],
    tensors: [
      axis('one', 1),
      tensor('all_items', 'int64', [3], [1, COUNT, 1]),
      tensor('prices', 'float', [1, COUNT, 1], WORDS.map((_, row) => row + 1)),
      tensor('rows', 'int64', [2], [-1, 2]),
      tensor('requests', 'int64', [2], [-1, COUNT]),
    ],
  });
}
