import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { includes, indexAttributes, matchingRows } from './attributes.ts';

const value = fc.constantFrom<string | number | boolean>('red', 'white', 1, '1', 2, true, false);
const item = fc.dictionary(fc.constantFrom('colour', 'year', 'constructor', '__proto__'), fc.oneof(value, fc.array(value, { maxLength: 3 }), fc.constant(null)));

describe('attributes of items', () => {
  it('find the same rows as looking at every item', () => {
    const wanted = fc.array(fc.tuple(fc.constantFrom('colour', 'year', 'constructor'), fc.array(value, { minLength: 1, maxLength: 4 })), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 20 }), wanted, (items, filter) => {
        const matches = (row: number) =>
          filter.every(([attribute, values]) => {
            const has = Object.hasOwn(items[row] ?? {}, attribute) ? items[row]?.[attribute] : undefined;
            return values.some((each) => (Array.isArray(has) ? has.includes(each) : has === each));
          });
        const expected = items.map((_, row) => row).filter(matches);
        expect([...matchingRows(indexAttributes(items), filter)]).toEqual(expected);
      }),
    );
  });

  it('are walked once however often a value is named', () => {
    const items = 1_000;
    const rows = Int32Array.from({ length: items }, (_, row) => row);
    let walks = 0;
    const counting = new Proxy(rows, { get: (target, key) => (key === 'subarray' ? (from: number, to: number) => ((walks += 1), target.subarray(from, to)) : Reflect.get(target, key)) });
    const attribute = { places: new Map([[true, 0]]), starts: Int32Array.of(0, items), rows: counting, items };
    expect(matchingRows(new Map([['a', attribute]]), [['a', Array.from({ length: 100 }, () => true)]])).toEqual(rows);
    expect(walks).toBe(1);
  });

  it('leave out long texts and nested values, which nobody filters by', () => {
    const index = indexAttributes([{ id: 'a', description: 'x'.repeat(257), size: { width: 1 }, tags: [['deep']] }]);
    expect([...index.keys()]).toEqual(['id']);
  });

  it('are looked up in ascending rows', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(50)), fc.nat(50), (rows, row) => {
        expect(includes(Int32Array.from(rows).sort(), row)).toBe(rows.includes(row));
      }),
    );
  });
});
