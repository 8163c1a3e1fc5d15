/** Attribute of the item metadata → value → rows that have it, ascending. Lists count once for each of their values. */
export type AttributeIndex = ReadonlyMap<string, ReadonlyMap<AttributeValue, Int32Array<ArrayBuffer>>>;
export type AttributeValue = string | number | boolean;

/** A longer text describes an item, it does not sort it. */
const LONGEST_VALUE = 256;

/** @param items row i describes item i */
export function indexAttributes(items: readonly Record<string, unknown>[]): AttributeIndex {
  const rows = new Map<string, Map<AttributeValue, number[]>>();
  items.forEach((item, row) => {
    for (const [attribute, value] of Object.entries(item)) {
      const values = (Array.isArray(value) ? (value as unknown[]) : [value]).filter(isAttributeValue);
      for (const each of new Set(values)) append(rows, attribute, each, row);
    }
  });
  return new Map([...rows].map(([attribute, values]) => [attribute, new Map([...values].map(([value, list]) => [value, Int32Array.from(list)]))]));
}

function isAttributeValue(value: unknown): value is AttributeValue {
  return typeof value === 'string' ? value.length <= LONGEST_VALUE : typeof value === 'number' || typeof value === 'boolean';
}

function append(rows: Map<string, Map<AttributeValue, number[]>>, attribute: string, value: AttributeValue, row: number): void {
  const values = rows.get(attribute) ?? new Map<AttributeValue, number[]>();
  const list = values.get(value) ?? [];
  list.push(row);
  values.set(value, list);
  rows.set(attribute, values);
}

/**
 * Rows that match one of the values of every attribute, ascending.
 * @param wanted attribute of the index → values
 */
export function matchingRows(index: AttributeIndex, wanted: readonly (readonly [string, readonly AttributeValue[]])[]): Int32Array<ArrayBuffer> {
  const lists = wanted.map(([attribute, values]) => union(values.map((value) => index.get(attribute)?.get(value) ?? NONE)));
  const [smallest = NONE, ...others] = lists.sort((left, right) => left.length - right.length);
  return smallest.filter((row) => others.every((list) => includes(list, row)));
}

const NONE = new Int32Array(0);

function union(lists: readonly Int32Array<ArrayBuffer>[]): Int32Array<ArrayBuffer> {
  const [only] = lists;
  if (lists.length === 1 && only !== undefined) return only;
  return Int32Array.from(new Set(lists.flatMap((list) => [...list]))).sort();
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
