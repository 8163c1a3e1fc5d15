import { node, onnxFile, tensor, type TinyGraph, type TinyShape, type TinyType } from './tiny-onnx.ts';

/** Items of the graphs here: as many as words they know. Item i likes itself and, half as much, its right neighbour. */
export const WORDS = ['red', 'white', 'sparkling', 'sweet', 'dry'];
export const LABELS = ['France', 'Italy', 'Spain'];
const COUNT = WORDS.length;

interface Shape {
  opset?: number;
  /** Name of the batch axis ('' = it has none), or 1. */
  batch?: string | 1;
  /** Type of the scores. */
  scores?: 'float' | 'double';
  /** Type of indices and rows. */
  ids?: 'int64' | 'int32';
}

/** [COUNT × COUNT]: row i of the similarities holds what item i says of every item. */
export const SIMILARITY = WORDS.flatMap((_, row) => WORDS.map((__, column) => similarity(row, column)));

function similarity(row: number, column: number): number {
  if (row === column) return 1;
  return (row + 1) % COUNT === column ? 0.5 : column / 1000;
}

/** items-to-items: `history`, multi-hot [batch × COUNT], times the similarities; scores of all items. */
export function similarityModel({ opset = 17, batch = 'batch', scores = 'float' }: Shape = {}): Uint8Array {
  return onnxFile({
    opset,
    inputs: { history: [scores, [batch, COUNT]] },
    outputs: { scores: [scores, [batch, COUNT]] },
    nodes: [node('MatMul', ['history', 'similarity'], ['scores'])],
    tensors: [tensor('similarity', scores, [COUNT, COUNT], SIMILARITY)],
  });
}

/** items-to-items: `history`, indices [batch × 3] padded with COUNT, looked up, added and ranked in the graph. */
export function sequenceModel({ opset = 17, batch = 'batch', scores = 'float', ids = 'int64' }: Shape = {}): Uint8Array {
  const nothing = WORDS.map(() => 0);
  return onnxFile({
    opset,
    inputs: { history: [ids, [batch, 3]] },
    outputs: { items: [ids, [batch, 4]], scores: [scores, [batch, 4]] },
    nodes: [
      node('Gather', ['similarity', 'history'], ['each'], { axis: 0 }),
      node('ReduceSum', ['each', 'axis'], ['all'], { keepdims: 0 }),
      node('TopK', ['all', 'k'], ['scores', 'rows']),
      node('Cast', ['rows'], ['items'], { to: ids === 'int64' ? 7 : 6 }),
    ],
    tensors: [
      tensor('similarity', scores, [COUNT + 1, COUNT], [...SIMILARITY, ...nothing]),
      tensor('axis', 'int64', [1], [1]),
      tensor('k', 'int64', [1], [4]),
    ],
  });
}

/** `text` → `counts` [batch × COUNT]: how often each word is in the text; lower case, words by blanks from opset 20 on. */
function wordCounts(shape: TinyShape, opset: number): Pick<TinyGraph, 'nodes' | 'tensors' | 'inputs'> {
  const places = WORDS.map((_, index) => index);
  const split = opset < 20 ? node('Reshape', ['lower', 'column'], ['words']) : node('StringSplit', ['lower'], ['words', 'number'], { delimiter: ' ' });
  return {
    inputs: { text: ['string', shape] },
    nodes: [
      node('Reshape', ['text', 'flat'], ['texts']),
      node('StringNormalizer', ['texts'], ['lower'], { case_change_action: 'LOWER', is_case_sensitive: 1, locale: 'C.UTF-8' }),
      split,
      node('TfIdfVectorizer', ['words'], ['counts'], {
        mode: 'TF',
        min_gram_length: 1,
        max_gram_length: 1,
        max_skip_count: 0,
        ngram_counts: { ints: [0] },
        ngram_indexes: { ints: places },
        pool_strings: { strings: WORDS },
      }),
    ],
    tensors: [tensor('flat', 'int64', [1], [-1]), tensor('column', 'int64', [2], [-1, 1])],
  };
}

/** text-to-items: `text`, [batch] or [batch × 1], scores of all items. */
export function textItemsModel({ opset = 17, shape = ['batch', 1] }: { opset?: number; shape?: TinyShape } = {}): Uint8Array {
  const words = wordCounts(shape, opset);
  return onnxFile({
    ...words,
    opset,
    outputs: { scores: ['float', [shape[0] ?? 'batch', COUNT]] },
    nodes: [...words.nodes, node('MatMul', ['counts', 'similarity'], ['scores'])],
    tensors: [...(words.tensors ?? []), tensor('similarity', 'float', [COUNT, COUNT], SIMILARITY)],
  });
}

interface ClassesShape {
  opset?: number;
  /** Probabilities as a sequence of maps, scikit-learn's habit. */
  zipmap?: boolean;
  scores?: 'float' | 'double';
  /** What makes probabilities of the scores, or does not. */
  head?: 'Softmax' | 'LogSoftmax' | 'Identity';
}

/** text-to-classes: softmax over LABELS, with the label as a second output as scikit-learn has it. */
export function textClassesModel({ opset = 17, zipmap = false, scores = 'float', head = 'Softmax' }: ClassesShape = {}): Uint8Array {
  const words = wordCounts(['', 1], opset);
  const weights = WORDS.flatMap((_, word) => LABELS.map((__, label) => (word % LABELS.length === label ? 2 : 0)));
  const outputs: TinyGraph['outputs'] = { label: ['string', ['']] };
  outputs['probabilities'] = zipmap ? 'map' : [scores, ['', LABELS.length]];
  return onnxFile({
    ...words,
    opset,
    outputs,
    nodes: [
      ...words.nodes,
      node('MatMul', ['counts', 'weights'], ['logits']),
      node(head, ['logits'], ['softmax'], head === 'Identity' ? {} : { axis: 1 }),
      node('ArgMax', ['softmax'], ['best'], { axis: 1, keepdims: 0 }),
      node('Gather', ['labels', 'best'], ['label'], { axis: 0 }),
      zipmap
        ? node('ZipMap', ['softmax'], ['probabilities'], { classlabels_strings: { strings: LABELS } }, 'ai.onnx.ml')
        : node('Cast', ['softmax'], ['probabilities'], { to: scores === 'double' ? 11 : 1 }),
    ],
    tensors: [
      ...(words.tensors ?? []),
      tensor('weights', 'float', [COUNT, LABELS.length], weights),
      tensor('labels', 'string', [LABELS.length], LABELS),
    ],
  });
}

/** Inputs of `mixedModel` and what each adds to the score of the item it points at. */
export const MIXED_INPUTS: Record<string, readonly [TinyType, TinyShape]> = {
  user: ['int32', ['n', 1]],
  season: ['uint8', ['n']],
  price: ['double', ['n', 1]],
  member: ['bool', ['n', 1]],
  taste: ['float', ['n', COUNT]],
  colour: ['string', ['n', 1]],
};

/**
 * user-to-items of six inputs of six types. Score of item i: 10 where i is the user, 20 where it is the season, the
 * price, 1 for a member, taste[i], 40 where i is the colour's word.
 */
export function mixedModel(): Uint8Array {
  const looked = (name: string, rows: string) => node('Gather', [`${name}_table`, rows], [`${name}_score`], { axis: 0 });
  const table = (name: string, score: number) =>
    tensor(`${name}_table`, 'float', [COUNT, COUNT], WORDS.flatMap((_, row) => WORDS.map((__, column) => (row === column ? score : 0))));
  return onnxFile({
    inputs: MIXED_INPUTS,
    outputs: { scores: ['float', ['n', COUNT]] },
    nodes: [
      node('Reshape', ['user', 'flat'], ['user_rows']),
      looked('user', 'user_rows'),
      node('Cast', ['season'], ['season_rows'], { to: 6 }),
      looked('season', 'season_rows'),
      node('Cast', ['price'], ['price_score'], { to: 1 }),
      node('Cast', ['member'], ['member_score'], { to: 1 }),
      node('LabelEncoder', ['colour'], ['colours'], { keys_strings: { strings: WORDS }, values_int64s: { ints: WORDS.map((_, index) => index) } }, 'ai.onnx.ml'),
      node('Reshape', ['colours', 'flat'], ['colour_rows']),
      looked('colour', 'colour_rows'),
      node('Sum', ['user_score', 'season_score', 'price_score', 'member_score', 'taste', 'colour_score'], ['scores']),
    ],
    tensors: [
      tensor('flat', 'int64', [1], [-1]),
      table('user', 10),
      table('season', 20),
      table('colour', 40),
    ],
  });
}
