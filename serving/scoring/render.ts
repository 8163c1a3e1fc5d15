import type { Bundle, Item } from '../bundle/bundle.ts';
import { LONGEST_SCORE, writeScore } from './decimal.ts';
import type { Recommendation } from './recommender.ts';

export interface AnswerHead {
  recommendationId: string;
  model: string;
  version: string;
}

/** Writes the body of an answer to `POST /recommend`, JSON in UTF-8. The bytes are valid until the next call. */
export type Render = (head: AnswerHead, recommendation: Recommendation) => Buffer;

const BRACE = 125;
const COMMA = 44;
const FIRST_BUFFER_BYTES = 16 * 1024;

/**
 * Prepares every item's and class's JSON once, as bytes, all in one buffer: an answer is copied together from them.
 * Thousands of separate strings would be as many places in memory to fetch, which the matrices of the graph have just
 * pushed out of the processor's cache.
 */
export function createRenderer({ items, classes }: Pick<Bundle, 'items' | 'classes'>): Render {
  const isOfItems = classes.length === 0;
  const fragments = fragmentsOf(isOfItems ? items.map(itemStart) : classes.map(classStart));
  const list = isOfItems ? 'items' : 'classes';
  const startOf = createStart(list);
  let out = Buffer.allocUnsafe(FIRST_BUFFER_BYTES);

  return (head, { items: ranked, fallback }) => {
    const start = startOf(head);
    const end = `],"fallback":${String(fallback)}}`;
    const needed = ranked.reduce((sum, { row }) => sum + fragments.lengthOf(row) + LONGEST_SCORE, 3 * start.length + end.length + 20);
    if (needed > out.length) out = Buffer.allocUnsafe(2 * needed);

    let at = out.write(start);
    for (const { row, score } of ranked) {
      at = fragments.copy(row, out, at);
      at = writeScore(out, at, score);
      out[at] = BRACE;
      out[at + 1] = COMMA;
      at += 2;
    }
    // The last comma is one too many.
    if (ranked.length > 0) at -= 1;
    return out.subarray(0, at + out.write(end, at, 'latin1'));
  };
}

/** `{"recommendation_id":"…","model":"books","version":"1.0.0","items":[`, of which only the id is new each time. */
function createStart(list: string): (head: AnswerHead) => string {
  let known: { model: string; version: string; text: string } | undefined;
  return ({ recommendationId, model, version }) => {
    if (known?.model !== model || known.version !== version) {
      known = { model, version, text: `,"model":${JSON.stringify(model)},"version":${JSON.stringify(version)},"${list}":[` };
    }
    return `{"recommendation_id":${JSON.stringify(recommendationId)}${known.text}`;
  };
}

/** The JSON of an item up to its score: `{"id":"7","title":"…","score":`. */
function itemStart({ score: _replaced, ...described }: Item): string {
  return `${JSON.stringify(described).slice(0, -1)},"score":`;
}

/** `{"label":"France","probability":`. */
function classStart(label: string): string {
  return `{"label":${JSON.stringify(label)},"probability":`;
}

/** Texts one after the other in one buffer. */
function fragmentsOf(texts: readonly string[]) {
  const starts = new Float64Array(texts.length + 1);
  texts.forEach((text, row) => (starts[row + 1] = starts[row]! + Buffer.byteLength(text)));
  const bytes = Buffer.allocUnsafeSlow(starts[texts.length]!);
  texts.forEach((text, row) => bytes.write(text, starts[row]!));
  return {
    /** Bytes of a text. */
    lengthOf: (row: number) => starts[row + 1]! - starts[row]!,
    /** Copies a text to `at`. @returns the place after it */
    copy: (row: number, out: Buffer, at: number) => at + bytes.copy(out, at, starts[row], starts[row + 1]),
  };
}
