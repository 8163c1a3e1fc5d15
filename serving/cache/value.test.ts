import { crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytesOf, decodeAnswer, encodeAnswer } from './value.ts';

const ITEMS = [{ row: 4, score: 0.75 }, { row: 0, score: -1e-7 }];
const KEY = 'recommender:shop:books:digest:hash';

/** A value that somebody made up who knows the format. */
function forged(change: (value: Buffer) => void): Buffer {
  const value = encodeAnswer(KEY, ITEMS);
  change(value);
  value.writeUInt32LE(crc32(KEY, crc32(value.subarray(8))), 4);
  return value;
}

describe('a kept answer', () => {
  it('comes back as it was', () => {
    const item = fc.record({ row: fc.nat(999), score: fc.double({ noNaN: true, noDefaultInfinity: true }) });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 100 }), fc.string(), (items, key) => {
        expect(decodeAnswer(key, encodeAnswer(key, items), 1000, 100)).toEqual(items);
      }),
    );
    expect(encodeAnswer(KEY, ITEMS)).toHaveLength(bytesOf(2));
  });

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['less than a header', Buffer.from('RA')],
    ['JSON', Buffer.from('{"items":[[4,0.75],[0,0.5]],"fallback":false}')],
    ['a part of it', encodeAnswer(KEY, ITEMS).subarray(0, bytesOf(1))],
    ['more than it', Buffer.concat([encodeAnswer(KEY, ITEMS), Buffer.alloc(12)])],
    ['the answer to another question', encodeAnswer(`${KEY}2`, ITEMS)],
    ['another version of the format', forged((value) => value.writeUInt8(2, 2))],
    ['an item that the bundle does not have', forged((value) => value.writeUInt32LE(5, 8))],
    ['a score that is no number', forged((value) => value.writeDoubleLE(NaN, 12))],
    ['an infinite score', forged((value) => value.writeDoubleLE(Infinity, 12))],
    ['more items than were asked for', encodeAnswer(KEY, [...ITEMS, { row: 1, score: 0 }])],
  ])('is not believed when it is %s', (_name, value) => {
    expect(decodeAnswer(KEY, value, 5, 2)).toBeUndefined();
  });

  it('is not believed when any bit of it has changed, and no bytes make it throw', () => {
    const bits = bytesOf(ITEMS.length) * 8;
    for (let bit = 0; bit < bits; bit += 1) {
      const value = encodeAnswer(KEY, ITEMS);
      value[bit >> 3]! ^= 1 << (bit & 7);
      expect(decodeAnswer(KEY, value, 5, 2)).toBeUndefined();
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => decodeAnswer(KEY, Buffer.from(bytes), 5, 2) === undefined));
  });
});
