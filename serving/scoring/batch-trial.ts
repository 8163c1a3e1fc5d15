import type { Bundle } from '../bundle/bundle.ts';
import { madeUpRequests } from '../bundle/made-up-requests.ts';
import type { RankedItem } from '../bundle/ranked.ts';
import { MAX_K, type RecommendRequest } from '../bundle/request.ts';
import type { Recommender } from './recommender.ts';
import { MAX_BATCH } from './slot.ts';

/** Of golden and of made-up requests: so many show whatever rows have to do with each other, and are soon answered. */
const MOST_OF_EACH = 8;
/**
 * Share of a score, or of the median one if that is larger: sums differ in their last digits with the size of the batch. Scores
 * of half precision carry eleven bits.
 */
const TOLERANCE = { single: 1e-4, half: 2 ** -9 };
/** A larger batch than can be expected to end by then is not tried. */
const BATCH_WITHIN_MS = 250;

type Recommend = Recommender['recommend'];

/** A request that was answered with nothing beside it. */
export interface AskedAlone {
  /** Which request it is, for messages: users are not named. */
  which: string;
  request: RecommendRequest;
  answer: readonly RankedItem[];
  milliseconds: number;
}

/** Asks golden and made-up requests, each once and one after the other. What fails is left out. */
export async function askAlone(bundle: Bundle, recommend: Recommend): Promise<AskedAlone[]> {
  const asked = new Map<string, AskedAlone>();
  for (const { which, request } of candidatesOf(bundle)) {
    const key = JSON.stringify(request);
    if (asked.has(key)) continue;
    const started = performance.now();
    const answer = await answerTo(request, recommend).catch(() => undefined);
    if (answer) asked.set(key, { which, request, answer, milliseconds: performance.now() - started });
  }
  return [...asked.values()];
}

/** As much of each answer as there can be, so that much is compared. */
function candidatesOf(bundle: Bundle): Pick<AskedAlone, 'which' | 'request'>[] {
  const golden = bundle.golden.slice(0, MOST_OF_EACH).map(({ request }, index) => ({ which: `golden request ${index + 1}`, request }));
  const madeUp = madeUpRequests(bundle, MOST_OF_EACH).map((request) => ({ which: 'a made-up request', request }));
  return [...golden, ...madeUp].map(({ which, request: { filter: _all, exclude: _none, ...request } }) => ({ which, request: { ...request, k: MAX_K } }));
}

/** Empty when the graph has nothing to say, and something else answers. */
async function answerTo(request: RecommendRequest, recommend: Recommend): Promise<readonly RankedItem[]> {
  const { items, fallback } = await recommend(request);
  return fallback ? [] : items;
}

/** Places in `asked`, batch by batch: a pair, each once, and full ones, which are as large as serving makes them. */
export function batchesOf(asked: readonly AskedAlone[]): number[][] {
  const fastest = Math.min(...asked.filter(({ answer }) => answer.length > 0).map(({ milliseconds }) => milliseconds));
  const size = Math.max(2, Math.min(MAX_BATCH, Math.floor(BATCH_WITHIN_MS / fastest)));
  const full = Array.from({ length: size }, (_, place) => place % asked.length);
  const each = full.slice(0, asked.length);
  return [each.slice(0, 2), each.toReversed(), full, full.toReversed()];
}

/**
 * Scores requests together and compares each answer with the one that the request got alone.
 * @param batch places in `asked`
 * @param workers that share the queue: each is given as many, or a pair would go to two of them
 * @returns the first that differs, half a sentence; undefined when none does, or when the graph is not steady alone either
 */
export async function differenceTogether(
  asked: readonly AskedAlone[],
  batch: readonly number[],
  workers: number,
  recommend: Recommend,
): Promise<string | undefined> {
  const together = Array.from({ length: workers }, () => batch).flat().flatMap((place) => asked[place] ?? []);
  const answers = await Promise.allSettled(together.map(({ request }) => answerTo(request, recommend)));
  for (const [index, { which, request, answer }] of together.entries()) {
    const beside = answers[index];
    // What fails beside others is asked again alone, and is reported elsewhere.
    if (beside?.status !== 'fulfilled') continue;
    const place = differentPlace(answer, beside.value);
    if (place === undefined) continue;
    const isSteady = differentPlace(answer, await answerTo(request, recommend).catch(() => [])) === undefined;
    const [before, after] = [answer, beside.value].map((each) => scoreAt(each, place));
    const what = before === after ? 'another item' : `${after} instead of ${before}`;
    return isSteady ? `${which} gets ${what} at place ${place + 1} beside ${batch.length - 1} more` : undefined;
  }
  return undefined;
}

/** Items whose scores are within the tolerance of each other may change places, and the last of them may be others. */
function differentPlace(alone: readonly RankedItem[], together: readonly RankedItem[]): number | undefined {
  const median = medianOf(alone.map(({ score }) => Math.abs(score)));
  const scores = new Map(together.map(({ row, score }) => [row, score]));
  const last = together.at(-1)?.score;
  const isHalf = alone.every(({ score }) => Math.f16round(score) === score);
  const tolerance = isHalf ? TOLERANCE.half : TOLERANCE.single;
  const differs = (score: number, other = Number.NaN) => !(Math.abs(score - other) <= tolerance * Math.max(Math.abs(score), median));
  const found = alone.findIndex(({ row, score }, place) => differs(score, together[place]?.score) || differs(score, scores.get(row) ?? last));
  if (found !== -1) return found;
  return together.length === alone.length ? undefined : alone.length;
}

/** Unlike the largest, it is that of a score and not of a mask such as -1e9. */
function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

function scoreAt(answer: readonly RankedItem[], place: number): string {
  const score = answer[place]?.score;
  return score === undefined ? 'nothing' : `the score ${Number(score.toPrecision(5))}`;
}
