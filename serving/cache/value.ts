import { crc32 } from 'node:zlib';
import type { RankedItem } from '../bundle/ranked.ts';

/**
 * A kept answer: `RA`, format version (1 byte), 0, CRC-32 of what follows and of the key (4 bytes), then 12 bytes an
 * item: row (unsigned 32 bits) and score (64-bit float), all little-endian.
 */
const MARK = Buffer.from([0x52, 0x41, 1, 0]);
const HEADER_BYTES = 8;
const ITEM_BYTES = 12;

/** Length of the kept answer of so many items. */
export function bytesOf(items: number): number {
  return HEADER_BYTES + items * ITEM_BYTES;
}

export function encodeAnswer(key: string, items: readonly RankedItem[]): Buffer {
  const value = Buffer.allocUnsafe(bytesOf(items.length));
  MARK.copy(value);
  items.forEach(({ row, score }, place) => {
    value.writeUInt32LE(row, bytesOf(place));
    value.writeDoubleLE(score, bytesOf(place) + 4);
  });
  value.writeUInt32LE(checksum(key, value), MARK.length);
  return value;
}

/**
 * @param rows number of rows the bundle has
 * @param most longest answer that may be
 * @returns undefined when this is not, byte for byte, an answer that was kept under this key
 */
export function decodeAnswer(key: string, value: Buffer, rows: number, most: number): RankedItem[] | undefined {
  const count = (value.length - HEADER_BYTES) / ITEM_BYTES;
  if (!Number.isInteger(count) || count < 0 || count > most) return undefined;
  if (MARK.compare(value, 0, MARK.length) !== 0 || value.readUInt32LE(MARK.length) !== checksum(key, value)) return undefined;
  const items: RankedItem[] = [];
  for (let at = HEADER_BYTES; at < value.length; at += ITEM_BYTES) {
    const row = value.readUInt32LE(at);
    const score = value.readDoubleLE(at + 4);
    if (row >= rows || !Number.isFinite(score)) return undefined;
    items.push({ row, score });
  }
  return items;
}

/** With the key in it, so that an answer that got under another key is not believed. */
function checksum(key: string, value: Buffer): number {
  return crc32(key, crc32(value.subarray(HEADER_BYTES)));
}
