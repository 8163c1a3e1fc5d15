import { describe, expect, it } from '@jest/globals';
import type { Bundle } from '../bundle/bundle.ts';
import type { ElementType } from '../bundle/element-types.ts';
import type { Input } from '../bundle/inputs.ts';
import { UnusableGraph } from './failures.ts';
import { planOf } from './graph-contract.ts';
import type { TensorInfo } from './tensors.ts';

const COUNT = 5;
const words = (count: number) => new Map(Array.from({ length: count }, (_, index) => [`w${index}`, index]));

function bundleOf(input: Input, outputs: object = { scores: 'scores' }, changes: object = {}): Bundle {
  const rest = { vocabularies: new Map([['v', words(300)]]), itemRows: words(COUNT), items: Array.from({ length: COUNT }), classes: [] };
  return { manifest: { task: 'user-to-items', inputs: [input], outputs }, ...rest, ...changes } as unknown as Bundle;
}

const info = (name: string, type: TensorInfo['type'], shape: TensorInfo['shape']): TensorInfo => ({ name, type, shape });
const graph = (input: TensorInfo, ...outputs: TensorInfo[]) => ({ inputs: [input], outputs: outputs.length > 0 ? outputs : [info('scores', 'float32', ['b', COUNT])] });

const user: Input = { name: 'in', from: 'user_id', vocabulary: 'v', whenUnknown: 'Fallback' };
const indices: Input = { name: 'in', from: 'history', encoding: 'Indices', length: 3, padding: -1 };
const multiHot: Input = { ...indices, encoding: 'MultiHot' };
const text: Input = { name: 'in', from: 'text' };
const age: Input = { name: 'in', from: 'context.age' };

describe('inputs that fit', () => {
  it.each<[string, Input, ElementType, TensorInfo['shape'], object]>([
    ['a user', user, 'int64', ['b'], { shape: [], width: 1 }],
    ['a user in a column', user, 'int32', ['b', 1], { shape: [1], width: 1 }],
    ['a user in a free column', user, 'float32', ['', ''], { shape: [1], width: 1 }],
    ['a history', indices, 'int64', ['b', 3], { shape: [3], width: 3, encoding: 'Values' }],
    ['a history of free length', indices, 'int32', ['b', 'length'], { shape: [3], width: 3 }],
    ['a multi-hot history', multiHot, 'float32', ['b', COUNT], { shape: [COUNT], width: 3, encoding: 'MultiHot' }],
    ['a multi-hot history of a vocabulary', { ...multiHot, vocabulary: 'v' }, 'bool', ['b', ''], { shape: [300] }],
    ['a history as wide as the graph', { ...indices, length: undefined }, 'int64', ['b', 7], { shape: [7], width: 7, encoding: 'Values' }],
    ['a multi-hot history of any length', { ...multiHot, length: undefined }, 'float16', ['b', COUNT], { width: 1000, encoding: 'MultiHot' }],
    ['a history of ids', { ...indices, padding: '' }, 'string', ['b', 3], { width: 3 }],
    ['a list of numbers', { ...age, length: 4, padding: 0 }, 'float32', ['b', ''], { shape: [4], width: 4 }],
    ['a user by name', { name: 'in', from: 'user_id' }, 'string', ['b'], { shape: [] }],
    ['a user by name, whom the vocabulary knows', user, 'string', ['b', 1], { shape: [1] }],
    ['half precision', age, 'float16', ['b'], {}],
    ['a text', text, 'string', ['b'], { shape: [] }],
    ['the index of a text', { ...text, vocabulary: 'v', whenUnknown: 'Fallback' }, 'int64', ['b', 1], { shape: [1] }],
    ['a number', age, 'float64', ['b'], { shape: [], width: 1 }],
    ['numbers', age, 'float32', ['b', 7], { shape: [7], width: 7 }],
    ['a stated type', { ...age, type: 'float' }, 'float32', ['b'], {}],
  ])('%s', (_what, input, type, shape, planned) => {
    const plan = planOf(bundleOf(input), graph(info('in', type, shape)));
    expect(plan).toMatchObject({ inputs: [{ name: 'in', type, ...planned }], dynamicBatch: true });
  });

  it('are run alone where the batch is fixed at 1', () => {
    expect(planOf(bundleOf(user), graph(info('in', 'int64', [1]))).dynamicBatch).toBe(false);
  });

  it('are run alone where nothing fills up a history', () => {
    const plan = planOf(bundleOf({ ...indices, padding: undefined }), graph(info('in', 'uint8', ['b', 'length'])));
    expect(plan).toMatchObject({ inputs: [{ encoding: 'Unpadded', width: 3 }], dynamicBatch: false });
  });
});

describe('element types that the server does not know', () => {
  const odd = info('odd', 'int4' as ElementType, ['b', 2]);

  it.each([
    ['an input', graph(odd), 'its input "odd" has the element type int4, which the server cannot send'],
    ['an output that no answer needs', graph(info('in', 'int64', ['b']), info('scores', 'float32', ['b', COUNT]), odd), 'its output "odd" has the element type int4, which the server cannot return'],
  ])('are refused for %s, also where only the runtime has found out', (_what, given, sentence) => {
    expect(() => planOf(bundleOf(user), given)).toThrow(sentence);
  });
});

describe('inputs that do not fit are told of', () => {
  it.each<[string, Input, TensorInfo, string]>([
    ['another name', user, info('reader', 'int64', ['b']), 'has the inputs "reader", but the manifest declares "in"'],
    ['no shape', user, info('in', 'int64', []), '"in" has no dimensions; a row for each request is needed: [batch] or [batch × 1].'],
    ['three dimensions', user, info('in', 'int64', ['b', 1, 1]), '"in" is [b × 1 × 1]; a row for each request is needed'],
    ['a fixed batch', user, info('in', 'int64', [8]), '"in" accepts exactly 8 requests at once'],
    ['no columns', age, info('in', 'float32', ['b', 0]), '"in" is empty'],
    ['two columns for a user', user, info('in', 'int64', ['b', 2]), '[b × 2], but the bundle requires [batch] or [batch × 1]'],
    ['a sequence', user, info('in', 'sequence-or-map', []), 'a sequence or a map, not a tensor'],
    ['text for an index', { ...user, whenUnknown: { index: 7 } }, info('in', 'string', ['b']), 'requires a numeric type for "whenUnknown: {index: 7}"'],
    ['a user without a vocabulary', { name: 'in', from: 'user_id' }, info('in', 'int64', ['b']), 'user_id requires a string tensor or a vocabulary'],
    ['a history of any length, to be filled up', { ...indices, length: undefined }, info('in', 'int64', ['b', '']), '"in" has any number of columns; set "length"'],
    ['text to fill up numbers', { ...indices, padding: '' }, info('in', 'int64', ['b', 3]), 'requires a string tensor for its padding ""'],
    ['a list that nothing fills up', { ...age, length: 3 }, info('in', 'float32', ['b', 3]), 'The "padding" of the input "in" is required'],
    ['a list with an impossible padding', { ...age, length: 3, padding: -1 }, info('in', 'uint8', ['b', 3]), 'The "padding" of the input "in" must be an integer from 0 to 255'],
    ['too small a type', user, info('in', 'uint8', ['b']), 'the indices 0 to 299'],
    ['too small a type for strangers', { ...user, whenUnknown: { index: 2 ** 31 } }, info('in', 'int32', ['b']), 'the indices 0 to 2147483648'],
    ['another length', indices, info('in', 'int64', ['b', 4]), '[b × 4], but the bundle requires [batch × 3]'],
    ['one dimension for a history', indices, info('in', 'int64', ['b']), 'requires [batch × 3]'],
    ['no sign for the padding', indices, info('in', 'uint8', ['b', 3]), 'its padding is -1'],
    ['another size of the vocabulary', multiHot, info('in', 'float32', ['b', 9]), `requires [batch × ${COUNT}]`],
    ['text for ones and zeros', multiHot, info('in', 'string', ['b', COUNT]), 'a numeric or bool tensor'],
    ['a number for a text', text, info('in', 'float32', ['b', 1]), 'text requires a string tensor'],
    ['several strings', age, info('in', 'string', ['b', 2]), 'one string per request'],
    ['a type that is stated otherwise', { ...user, type: 'int32' }, info('in', 'int64', ['b']), 'has type int64, but the manifest declares int32'],
  ])('%s', (_what, input, given, sentence) => {
    const plan = () => planOf(bundleOf(input), graph(given));
    expect(plan).toThrow(sentence);
    expect(plan).toThrow(UnusableGraph);
  });
});

describe('length and mask of a list', () => {
  const plan = (list: Input, ...[length, mask]: [TensorInfo, TensorInfo]) => {
    const inputs: Input[] = [list, { name: 'n', from: 'length', of: 'in' }, { name: 'm', from: 'mask', of: 'in' }];
    const { manifest, ...bundle } = bundleOf(list);
    const tensors = [info('in', 'int64', ['b', list.from === 'history' && list.padding === undefined ? 'length' : 3]), length, mask];
    return planOf({ ...bundle, manifest: { ...manifest, inputs } }, { ...graph(tensors[0]!), inputs: tensors });
  };
  const length = info('n', 'int64', ['b']);
  const mask = info('m', 'bool', ['b', 3]);

  it('have its shape', () => {
    expect(plan(indices, length, mask).inputs).toMatchObject([{ shape: [3] }, { shape: [], width: 1 }, { shape: [3], width: 3, type: 'bool' }]);
    expect(plan({ ...indices, padding: undefined }, length, info('m', 'float32', ['b', ''])).inputs[2]).toMatchObject({ encoding: 'Unpadded' });
  });

  it.each<[string, Input, [TensorInfo, TensorInfo], string]>([
    ['a length of two columns', indices, [info('n', 'int64', ['b', 2]), mask], 'requires [batch] or [batch × 1]'],
    ['a length that is text', indices, [info('n', 'string', ['b']), mask], 'length requires a numeric or bool tensor'],
    ['a length that is a yes or no', indices, [info('n', 'bool', ['b']), mask], 'length requires a numeric type that holds the lengths 0 to 3'],
    ['a longer mask', indices, [length, info('m', 'int64', ['b', 4])], 'requires [batch × 3]'],
    ['a mask of fixed length', { ...indices, padding: undefined }, [length, mask], 'requires [batch × any length]'],
  ])('may not be %s', (_what, list, given, sentence) => {
    expect(() => plan(list, ...given)).toThrow(sentence);
  });
});

describe('outputs', () => {
  const input = info('in', 'int64', ['b']);
  const ranked = { items: 'items', scores: 'scores' };
  const scores = info('scores', 'float32', ['b', 4]);

  it.each<[string, object, TensorInfo[], object]>([
    ['ranked by the graph', ranked, [info('items', 'int32', ['b', 4]), scores], { kind: 'Ranked', items: 'items', scores: 'scores' }],
    ['of undeclared shape', ranked, [info('items', 'int64', []), info('scores', 'float64', [])], { kind: 'Ranked' }],
    ['scores of all items', { scores: 'scores' }, [info('scores', 'float64', ['', ''])], { kind: 'Scores', columns: COUNT }],
    ['scores in half precision', { scores: 'scores' }, [info('scores', 'float16', ['', COUNT])], { kind: 'Scores' }],
  ])('may be %s', (_what, outputs, given, answer) => {
    expect(planOf(bundleOf(user, outputs), graph(input, ...given)).answer).toMatchObject(answer);
  });

  it.each<[string, object, TensorInfo[], string]>([
    ['missing', ranked, [scores], 'has no output "items", only "scores"'],
    ['items of another type', ranked, [info('items', 'float32', ['b', 4]), scores], '"items" has type float32, not int64 or int32'],
    ['scores of another type', { scores: 'scores' }, [info('scores', 'int64', ['b', COUNT])], '"scores" has type int64, not float, double or float16; put a Cast behind it'],
    ['of one dimension', { scores: 'scores' }, [info('scores', 'float32', [COUNT])], '"scores" has 1 dimensions, not 2'],
    ['scores of one item a row', { scores: 'scores' }, [info('scores', 'float32', ['', 1])], 'requires [batch × 5]. A model that scores one item a row'],
    ['scores of fewer items', { scores: 'scores' }, [scores], '[b × 4], but the bundle requires [batch × 5]'],
  ])('may not be %s', (_what, outputs, given, sentence) => {
    expect(() => planOf(bundleOf(user, outputs), graph(input, ...given))).toThrow(sentence);
  });

  it.each<[string, TensorInfo['shape'], number, boolean]>([
    ['[batch × 2]', ['b', 2], 2, true],
    ['[batch × 1] of two classes', ['b', 1], 2, true],
    ['[batch] of two classes', ['b'], 2, true],
    ['[batch × 1] of three', ['b', 1], 3, false],
    ['[batch] of three', ['b'], 3, false],
  ])('are probabilities, %s: %#', (_what, shape, count, isTaken) => {
    const manifest = { task: 'text-to-classes', inputs: [text], outputs: { probabilities: 'p' }, classes: 'classes.json' };
    const bundle = bundleOf(text, {}, { manifest, classes: Array.from({ length: count }, String) });
    const plan = () => planOf(bundle, graph(info('in', 'string', ['b']), info('p', 'float32', shape)));
    if (isTaken) expect(plan().answer).toEqual({ kind: 'Probabilities', scores: 'p', columns: 2 });
    else expect(plan).toThrow(UnusableGraph);
  });
});
