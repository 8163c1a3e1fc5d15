/** Attribute of the item metadata → its values and where they occur. */
export type AttributeIndex = ReadonlyMap<string, Occurrences>;
export type AttributeValue = string | number | boolean;

/**
 * Rows of a value, ascending: from `starts[place]` to `starts[place + 1]` of `rows`. One array for all, since most ids and
 * titles occur once.
 */
interface Occurrences {
  places: ReadonlyMap<AttributeValue, number>;
  starts: Int32Array;
  rows: Int32Array;
  /** Number of items, those without the attribute among them. */
  items: number;
}

/** A longer text describes an item, it does not sort it. */
const LONGEST_VALUE = 256;

/** @param items row i describes item i; a list counts once for each of its values */
export function indexAttributes(items: readonly Record<string, unknown>[]): AttributeIndex {
  const names = new Set(items.flatMap((item) => Object.keys(item).filter((name) => valuesOf(item, name).length > 0)));
  return new Map([...names].map((name) => [name, occurrencesOf(items, name)]));
}

function occurrencesOf(items: readonly Record<string, unknown>[], name: string): Occurrences {
  const places = new Map<AttributeValue, number>();
  const counts: number[] = [];
  const placeOf = (value: AttributeValue) => {
    const place = places.get(value) ?? places.size;
    places.set(value, place);
    return place;
  };
  for (const item of items) for (const value of valuesOf(item, name)) counts[placeOf(value)] = (counts[placeOf(value)] ?? 0) + 1;

  const starts = new Int32Array(counts.length + 1);
  counts.forEach((count, place) => (starts[place + 1] = starts[place]! + count));
  const rows = new Int32Array(starts[counts.length]!);
  const next = starts.slice();
  items.forEach((item, row) => {
    for (const value of valuesOf(item, name)) rows[next[placeOf(value)]!++] = row;
  });
  return { places, starts, rows, items: items.length };
}

/** The distinct values of an attribute that can be filtered by. */
function valuesOf(item: Record<string, unknown>, name: string): AttributeValue[] {
  const value = Object.hasOwn(item, name) ? item[name] : undefined;
  if (isAttributeValue(value)) return [value];
  return Array.isArray(value) ? [...new Set((value as unknown[]).filter(isAttributeValue))] : [];
}

function isAttributeValue(value: unknown): value is AttributeValue {
  return typeof value === 'string' ? value.length <= LONGEST_VALUE : typeof value === 'number' || typeof value === 'boolean';
}

/**
 * Rows that match one of the values of every attribute, ascending; an array of their own. Takes a step for every
 * occurrence of a distinct value and for every item at most, so that no filter, however broad, holds up the event loop.
 * @param wanted attribute of the index → values
 */
export function matchingRows(
  index: AttributeIndex,
  wanted: readonly (readonly [string, readonly AttributeValue[]])[],
): Int32Array<ArrayBuffer> {
  const found = wanted.map(([attribute, values]) => rowsOf(index.get(attribute), values));
  found.sort((left, right) => lengthOf(left) - lengthOf(right));
  const count = Math.max(0, ...wanted.map(([attribute]) => index.get(attribute)?.items ?? 0));
  /** How many of the attributes a row has matched, up to the first that it does not. */
  const matched = new Uint8Array(count);
  let length = 0;
  for (const [before, lists] of found.entries()) {
    length = 0;
    for (const list of lists) {
      for (const row of list) {
        if (matched[row] !== before) continue;
        matched[row] = before + 1;
        length += 1;
      }
    }
    if (length === 0) break;
  }
  const rows = new Int32Array(length);
  for (let row = 0, at = 0; at < length; row += 1) {
    if (matched[row] === wanted.length) rows[at++] = row;
  }
  return rows;
}

/** The rows of each distinct value: a value that is named a hundred times is looked at once. */
function rowsOf(attribute: Occurrences | undefined, values: readonly AttributeValue[]): Int32Array[] {
  if (attribute === undefined) return [];
  const { places, starts, rows } = attribute;
  return [...new Set(values)].flatMap((value) => {
    const place = places.get(value);
    return place === undefined ? [] : [rows.subarray(starts[place], starts[place + 1])];
  });
}

function lengthOf(lists: readonly Int32Array[]): number {
  return lists.reduce((sum, { length }) => sum + length, 0);
}

/** Whether an ascending list holds a row. */
export function includes(ascending: Int32Array, row: number): boolean {
  let from = 0;
  let to = ascending.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (ascending[middle]! < row) from = middle + 1;
    else to = middle;
  }
  return ascending[from] === row;
}
