import type { Item } from '../bundle/read.ts';
import type { Recommendation } from './recommend.ts';

/** Float32 carries seven significant digits; the rest of its decimal expansion is noise. */
const SIGNIFICANT_DIGITS = 7;

export interface AnswerHead {
  recommendationId: string;
  model: string;
  version: string;
}

/**
 * Prepares every item's JSON once, so that an answer is put together from strings: metadata can be large, and
 * serialising it anew for each request would cost more than the ranking.
 * @returns a function that writes the body of an answer to `POST /recommend`
 */
export function createRenderer(items: readonly Item[]): (head: AnswerHead, recommendation: Recommendation) => string {
  const fragments = items.map(fragmentsOf);
  return (head, { items: ranked, fallback }) => {
    const parts = ranked.map(({ row, score }) => {
      const [before, after] = fragments[row] ?? ['', ''];
      return before + String(Number(score.toPrecision(SIGNIFICANT_DIGITS))) + after;
    });
    const { recommendationId, model, version } = head;
    const start = JSON.stringify({ recommendation_id: recommendationId, model, version });
    return `${start.slice(0, -1)},"items":[${parts.join(',')}],"fallback":${String(fallback)}}`;
  };
}

/** The JSON of an item around its score: `{"id":"7","score":` and `,"title":"…"}`. */
function fragmentsOf(item: Item): readonly [string, string] {
  const { id, score: _replaced, ...metadata } = item;
  const rest = JSON.stringify(metadata);
  return [`{"id":${JSON.stringify(id)},"score":`, rest === '{}' ? '}' : `,${rest.slice(1)}`];
}
