import { describe, expect, it } from '@jest/globals';
import { indexAttributes, matchingRows } from '../bundle/attributes.ts';
import { createFilterRows } from './filter-rows.ts';

const ATTRIBUTES = indexAttributes(Array.from({ length: 1000 }, (_, row) => ({ colour: row % 2 === 0 ? 'red' : 'white', price: row % 10 })));

function counted(attributes = ATTRIBUTES) {
  let searches = 0;
  const rowsOf = createFilterRows(attributes, (...args) => {
    searches += 1;
    return matchingRows(...args);
  });
  return { rowsOf, searches: () => searches };
}

describe('rows of a filter', () => {
  it('are one list for all who ask the same', () => {
    const { rowsOf, searches } = counted();
    const rows = rowsOf({ colour: 'red', price: [2, 4] });
    expect(rows).toHaveLength(200);
    expect(rowsOf({ colour: 'red', price: [2, 4] })).toBe(rows);
    expect(searches()).toBe(1);
  });

  it('are told apart by the type of a value', () => {
    const { rowsOf } = counted();
    expect([rowsOf({ price: 5 }).length, rowsOf({ price: '5' }).length]).toEqual([100, 0]);
  });

  it('are forgotten when sixty-four others have been asked for since, not when used in between', () => {
    const { rowsOf, searches } = counted();
    rowsOf({ colour: 'red' });
    rowsOf({ colour: 'white' });
    for (let price = 0; price < 63; price += 1) rowsOf({ price });
    const before = searches();
    rowsOf({ colour: 'white' });
    expect(searches()).toBe(before);
    rowsOf({ colour: 'red' });
    expect(searches()).toBe(before + 1);
  });

  it('are not kept beyond 16 MiB', () => {
    const items = 1_500_000;
    const all = { places: new Map([[true, 0]]), starts: Int32Array.of(0, items), rows: Int32Array.from({ length: items }, (_, row) => row), items };
    const { rowsOf, searches } = counted(new Map(['a', 'b', 'c'].map((name) => [name, all])));
    for (const name of ['a', 'b', 'c', 'a']) rowsOf({ [name]: true });
    expect(searches()).toBe(4);
    rowsOf({ c: true });
    expect(searches()).toBe(4);
  });
});
