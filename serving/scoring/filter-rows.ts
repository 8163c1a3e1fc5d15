import { type AttributeIndex, matchingRows } from '../bundle/attributes.ts';
import type { RecommendRequest } from '../bundle/request.ts';

type Filter = NonNullable<RecommendRequest['filter']>;
/** Rows that match a filter, ascending; shared by all who ask the same, so not to be written to or handed over. */
type FilterRows = (filter: Filter) => Int32Array<ArrayBuffer>;

const MAX_KEPT = 64;
/** Rows kept, all lists together, bytes. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;

/**
 * Most pages that recommend ask with one of a few filters. The rows of the latest are kept: they are looked for once,
 * and the requests that wait for a worker hold one list, not one each.
 */
export function createFilterRows(attributes: AttributeIndex, find = matchingRows): FilterRows {
  /** By the filter as JSON, which tells 5 from "5"; the one that was used last at the end. */
  const kept = new Map<string, Int32Array<ArrayBuffer>>();
  let bytes = 0;

  function keep(key: string, rows: Int32Array<ArrayBuffer>): void {
    kept.set(key, rows);
    bytes += sizeOf(key, rows);
    for (const [oldest, its] of kept) {
      if (kept.size <= MAX_KEPT && bytes <= MAX_KEPT_BYTES) return;
      kept.delete(oldest);
      bytes -= sizeOf(oldest, its);
    }
  }

  return (filter) => {
    const key = JSON.stringify(filter);
    const known = kept.get(key);
    if (known !== undefined) {
      kept.delete(key);
      kept.set(key, known);
      return known;
    }
    const wanted = Object.entries(filter).map(([attribute, values]) => [attribute, Array.isArray(values) ? values : [values]] as const);
    const rows = find(attributes, wanted);
    keep(key, rows);
    return rows;
  };
}

/** A character takes two bytes at most. */
function sizeOf(key: string, { byteLength }: Int32Array): number {
  return 2 * key.length + byteLength;
}
