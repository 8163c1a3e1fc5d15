import type { Factors } from './als.ts';
import type { World } from './generate.ts';
import { topItems } from './metrics.ts';
import { scoresOf } from './train.ts';
import { readersByActivity } from './versions.ts';

const TOLERANCE = 1e-4;
const REQUESTS = 6;

/** One line of golden.jsonl. */
interface Golden {
  request: { user_id: string; k: number; exclude?: string[] };
  response: { items: { id: string; score: number }[] };
  tolerance: number;
}

/**
 * Known answers for the most active readers, computed here and not by the graph, the last with an excluded item. Only
 * readers whose scores lie clearly apart: rounding must not decide an order.
 */
export function goldenRequests(world: World, scoring: Factors, read: readonly (readonly number[])[]): Golden[] {
  const requests: Golden[] = [];
  for (const user of readersByActivity(read)) {
    if (requests.length === REQUESTS) break;
    const items = answer(world, scoring, user, new Set(read[user]));
    const isClear = items.every((item, i) => i === 0 || items[i - 1]!.score - item.score > TOLERANCE);
    if (isClear) requests.push(goldenRequest(world.userIds[user]!, items, requests.length === REQUESTS - 1));
  }
  return requests;
}

function goldenRequest(user: string, items: Golden['response']['items'], withExclusion: boolean): Golden {
  const excluded = withExclusion ? [items[0]!.id] : [];
  return {
    request: { user_id: user, k: 10, ...(withExclusion ? { exclude: excluded } : {}) },
    response: { items: items.filter(({ id }) => !excluded.includes(id)).slice(0, 10) },
    tolerance: TOLERANCE,
  };
}

/** The best twelve unread items: one for the exclusion, one to see that the last place is clear. */
function answer(world: World, scoring: Factors, user: number, read: ReadonlySet<number>) {
  const scores = scoresOf(scoring, user);
  const best = topItems(scores, 12, read);
  return best.map((item) => ({ id: world.books[item]!.id, score: scores[item]! }));
}
