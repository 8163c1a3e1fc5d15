import type { Bundle, Item } from '../bundle/read.ts';
import type { Recommendation } from './recommend.ts';

/** Float32 carries seven significant digits; the rest of its decimal expansion is noise. */
const SIGNIFICANT_DIGITS = 7;

export interface AnswerHead {
  recommendationId: string;
  model: string;
  version: string;
}

/** The JSON of one place of an answer, around its score. */
type Fragments = readonly [before: string, after: string];

/**
 * Prepares every item's and class's JSON once, so that an answer is put together from strings: metadata can be large,
 * and serialising it anew for each request would cost more than the ranking.
 * @returns a function that writes the body of an answer to `POST /recommend`
 */
export function createRenderer({ items, classes }: Pick<Bundle, 'items' | 'classes'>): (head: AnswerHead, recommendation: Recommendation) => string {
  const isOfItems = classes.length === 0;
  const fragments = isOfItems ? items.map(itemFragments) : classes.map(classFragments);
  const list = isOfItems ? 'items' : 'classes';
  return (head, { items: ranked, fallback }) => {
    const parts = ranked.map(({ row, score }) => {
      const [before, after] = fragments[row] ?? ['', ''];
      return before + String(Number(score.toPrecision(SIGNIFICANT_DIGITS))) + after;
    });
    const { recommendationId, model, version } = head;
    const start = JSON.stringify({ recommendation_id: recommendationId, model, version });
    return `${start.slice(0, -1)},"${list}":[${parts.join(',')}],"fallback":${String(fallback)}}`;
  };
}

/** `{"id":"7","score":` and `,"title":"…"}`. */
function itemFragments(item: Item): Fragments {
  const { id, score: _replaced, ...metadata } = item;
  const rest = JSON.stringify(metadata);
  return [`{"id":${JSON.stringify(id)},"score":`, rest === '{}' ? '}' : `,${rest.slice(1)}`];
}

/** `{"label":"France","probability":` and `}`. */
function classFragments(label: string): Fragments {
  return [`{"label":${JSON.stringify(label)},"probability":`, '}'];
}
