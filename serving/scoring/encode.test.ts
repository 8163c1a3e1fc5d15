import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Bundle } from '../bundle/bundle.ts';
import type { ElementType } from '../bundle/element-types.ts';
import type { Input } from '../bundle/inputs.ts';
import type { RecommendRequest } from '../bundle/request.ts';
import { Problem } from '../common/problems.ts';
import { anyRequest } from '../testing/any-request.ts';
import { type Cell, createEncoder, holdsIndices, type Row } from './encode.ts';
import type { InputPlan, Plan } from './messages.ts';
import { arrayOf } from './tensors.ts';

type Task = Bundle['manifest']['task'];
const positions = (...words: string[]) => new Map(words.map((word, index) => [word, index]));
const vocabularies = new Map([['users', positions('u0', 'u1')], ['seasons', positions('spring', 'summer')]]);
const itemRows = positions('item 0', 'item 1', 'item 2');

/** Encoder of inputs, each given with the type and width that its graph has. */
function encoderOf(task: Task, ...given: [Input, Partial<InputPlan>?][]) {
  const bundle = { manifest: { task, inputs: given.map(([input]) => input) }, vocabularies, itemRows } as unknown as Bundle;
  const inputs = given.map(([{ name }, plan]): InputPlan => ({ name, type: 'int64', shape: [], encoding: 'Values', width: 1, ...plan }));
  return createEncoder(bundle, { inputs } as unknown as Plan);
}

const user: Input = { name: 'user', from: 'user_id', vocabulary: 'users', whenUnknown: 'Fallback' };
const history: Input = { name: 'history', from: 'history', encoding: 'Indices', length: 3, padding: -1 };
const context = (field: string, more: object = {}): Input => ({ name: field, from: `context.${field}`, ...more });

describe('requests become rows of input values', () => {
  it.each<[string, Input, RecommendRequest, Cell | undefined]>([
    ['the index of a user', user, { user_id: 'u1' }, [1]],
    ['nothing for an unknown user', user, { user_id: 'u9' }, undefined],
    ['nothing without a user', user, {}, undefined],
    ['the index that stands for strangers', { ...user, whenUnknown: { index: 7 } }, { user_id: 'u9' }, [7]],
    ['the same without a user', { ...user, whenUnknown: { index: 7 } }, {}, [7]],
    ['a word of a vocabulary', context('season', { vocabulary: 'seasons', whenUnknown: 'Fallback' }), { context: { season: 'summer' } }, [1]],
    ['nothing for an unknown word', context('season', { vocabulary: 'seasons', whenUnknown: 'Fallback' }), { context: { season: 'x' } }, undefined],
    ['a default', context('age', { default: 30 }), {}, [30]],
    ['a default for null', context('age', { default: 30 }), { context: { age: null } }, [30]],
    ['an id that nobody looks up here', { name: 'user', from: 'user_id' }, { user_id: 'u9' }, ['u9']],
    ['a yes as 1', context('member'), { context: { member: true } }, [1]],
  ])('%s', (_what, input, request, cell) => {
    const type = Array.isArray(cell) && typeof cell[0] === 'string' ? 'string' : 'int64';
    expect(encoderOf('user-to-items', [input, { type }])(request)).toEqual(cell && [cell]);
  });

  it('known ids as they are where the graph looks them up', () => {
    const encode = encoderOf('user-to-items', [user, { type: 'string' }], [{ ...history, padding: undefined }, { type: 'string', width: 2 }]);
    expect(encode({ user_id: 'u1', history: ['item 2', 'x'] })).toEqual([['u1'], ['', 'item 2']]);
    expect(encode({ user_id: 'u9', history: ['item 2'] })).toBeUndefined();
  });

  it.each<[string, Task, Input, string[] | undefined, Cell | undefined]>([
    ['oldest first, the most recent last', 'items-to-items', history, ['item 2', 'item 0'], [-1, 2, 0]],
    ['filled up behind', 'items-to-items', { ...history, paddingSide: 'Back' }, ['item 2', 'item 0'], [2, 0, -1]],
    ['with a padding of its own', 'items-to-items', { ...history, padding: 3 }, ['item 1'], [3, 3, 1]],
    ['the most recent of a long one', 'items-to-items', history, ['item 0', 'item 1', 'x', 'item 2', 'item 0'], [1, 2, 0]],
    ['by its own vocabulary', 'items-to-items', { ...history, vocabulary: 'users' }, ['item 0', 'u1'], [-1, -1, 1]],
    ['nothing where none is known', 'items-to-items', history, ['x'], undefined],
    ['empty where another input decides', 'user-to-items', history, undefined, [-1, -1, -1]],
  ])('a history %s', (_what, task, input, ids, cell) => {
    expect(encoderOf(task, [input, { width: 3 }])(ids ? { history: ids } : {})).toEqual(cell && [cell]);
  });

  it.each<[string, Partial<InputPlan>, string[], Row | undefined]>([
    ['of a short history', {}, ['item 2'], [[-1, -1, 2], [1], [0, 0, 1]]],
    ['of a long one', {}, ['item 0', 'item 1', 'item 2', 'item 0'], [[1, 2, 0], [3], [1, 1, 1]]],
    ['of one that nothing fills up', { encoding: 'Unpadded' }, ['item 2', 'item 1'], [[2, 1], [2], [1, 1]]],
    ['of none', {}, [], [[-1, -1, -1], [0], [0, 0, 0]]],
    ['of none that nothing fills up', { encoding: 'Unpadded' }, [], undefined],
  ])('length and mask %s', (_what, plan, ids, row) => {
    const of = 'history';
    const list = { width: 3, ...plan };
    const encode = encoderOf('user-to-items', [history, list], [{ name: 'n', from: 'length', of }], [{ name: 'm', from: 'mask', of }, list]);
    expect(encode({ history: ids })).toEqual(row);
  });

  it('only the positions of a multi-hot history, and those of all that is known where no length is set', () => {
    const hot: Input = { name: 'history', from: 'history', encoding: 'MultiHot' };
    const plan = { encoding: 'MultiHot', width: 1000 } as const;
    expect(encoderOf('items-to-items', [hot, plan])({ history: ['item 2', 'x', 'item 0'] })).toEqual([[2, 0]]);
    expect(encoderOf('items-to-items', [{ ...hot, length: 1 }, { ...plan, width: 1 }])({ history: ['item 2', 'item 0'] })).toEqual([[0]]);
  });

  it('tells what is missing even where something else is unknown', () => {
    expect(() => encoderOf('user-to-items', [user], [context('age')])({ user_id: 'stranger' })).toThrow('context.age: is required');
  });

  it.each<[ElementType, number, boolean]>([
    ['uint8', 255, true],
    ['uint8', 256, false],
    ['uint8', -1, false],
    ['int8', -128, true],
    ['int16', 2 ** 15, false],
    ['int32', 2 ** 31 - 1, true],
    ['int32', 0.5, false],
    ['uint32', 2 ** 32, false],
    ['int64', 2 ** 53, false],
    ['uint64', -1, false],
    ['float32', 1e39, false],
    ['float16', 65_504, true],
    ['float16', 65_520, false],
    ['float64', 1e300, true],
  ])('%s takes %d: %s', (type, value, fits) => {
    const encode = () => encoderOf('user-to-items', [context('age'), { type }])({ context: { age: value } });
    if (fits) expect(encode()).toEqual([[value]]);
    else expect(encode).toThrow('context.age: ');
  });

  it('fit their tensors, or are refused, whatever the caller sends', () => {
    const numeric = fc.constantFrom<ElementType>('int8', 'uint8', 'int32', 'int64', 'uint64', 'float32', 'float64');
    const cases = fc.record({ type: numeric, width: fc.integer({ min: 1, max: 3 }), task: fc.constantFrom<Task>('user-to-items', 'items-to-items', 'text-to-items') });
    fc.assert(
      fc.property(anyRequest, cases, (request, { type, width, task }) => {
        const plans: [Input, Partial<InputPlan>][] = [
          [user, {}],
          [history, { width: 3, type: 'int32' }],
          [{ name: 'text', from: 'text' }, { type: 'string' }],
          [context('price'), { type, width }],
          [context('member', { default: false }), { type: 'bool' }],
          [context('colour', { default: 'red' }), { type: 'string' }],
        ];
        for (const given of plans) checkRow(task, given, request);
      }),
      { numRuns: 300 },
    );
  });

  function checkRow(task: Task, [input, plan]: [Input, Partial<InputPlan>], request: RecommendRequest): void {
    try {
      const [cell] = encoderOf(task, [input, plan])(request) ?? [];
      if (cell === undefined) return;
      expect(cell).toHaveLength(plan.width ?? 1);
      const { type = 'int64' } = plan;
      const data = arrayOf(type, cell.length);
      cell.forEach((value, index) => (data[index] = type.endsWith('64') && !type.startsWith('float') ? BigInt(value) : value));
      // Only some of the types know -0, which is as good as 0.
      const told = (value: unknown) => (typeof value === 'string' ? value : Number(value) + 0);
      expect([...data].map(told)).toEqual(cell.map((value) => told(type === 'float32' ? Math.fround(Number(value)) : value)));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      expect(error.code).toBe('InvalidRequest');
    }
  }
});

describe('types of indices', () => {
  it.each<[ElementType, number, boolean]>([
    ['int64', 1e9, true],
    ['uint8', 255, true],
    ['uint8', 256, false],
    ['float32', 2 ** 24, true],
    ['float32', 2 ** 24 + 1, false],
    ['float16', 2 ** 11, true],
    ['float16', 2 ** 11 + 1, false],
    ['string', 1, false],
    ['bool', 1, false],
  ])('%s holds 0 to %d: %s', (type, most, holds) => {
    expect(holdsIndices(type, most)).toBe(holds);
  });
});
