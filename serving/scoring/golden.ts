import type { Bundle } from '../bundle/bundle.ts';
import { type GoldenRequest, isRounding } from '../bundle/golden.ts';
import type { RankedItem } from '../bundle/ranked.ts';
import { messageOf } from '../telemetry/log.ts';
import { InferenceOverloaded, InferenceTimedOut, WorkerEnded } from './failures.ts';
import { isNever, isZeroNothing } from './never.ts';
import type { Recommender } from './recommender.ts';

/**
 * Replays the bundle's golden requests.
 * @returns one sentence for each that was answered wrongly, without naming users
 * @throws InferenceTimedOut when one was not answered in time, WorkerEnded when its worker ended: neither is a wrong answer
 */
export async function replayGolden(bundle: Bundle, recommender: Recommender): Promise<string[]> {
  const faults: string[] = [];
  // One after the other: together, those of a slow model would run out of time waiting for each other.
  for (const [index, golden] of bundle.golden.entries()) {
    const which = `Golden request ${index + 1} of ${bundle.golden.length}`;
    const fault = await faultOf(golden, bundle, recommender, which);
    if (fault !== undefined) faults.push(`${which}: ${fault}.`);
  }
  return faults;
}

async function faultOf(
  golden: GoldenRequest,
  bundle: Bundle,
  recommender: Recommender,
  which: string,
): Promise<string | undefined> {
  try {
    const { items, fallback } = await recommender.recommend(golden.request);
    const expected = fallback && areAlike(golden.expected) ? [] : saying(golden.expected, bundle);
    return difference({ ...golden, expected }, items, bundle);
  } catch (error) {
    const isBusy = error instanceof InferenceTimedOut || error instanceof InferenceOverloaded;
    if (isBusy) throw new InferenceTimedOut(`${which}: ${error.message}.`);
    if (error instanceof WorkerEnded) throw error;
    return `the model failed: ${messageOf(error)}`;
  }
}

/** Whether no item is better than another. */
function areAlike(expected: GoldenRequest['expected']): boolean {
  return expected.every(({ score }) => score === expected[0]?.score);
}

/** Programs that fill their lists up to k do it with items of which they say nothing: those are in no answer. */
function saying(expected: GoldenRequest['expected'], { manifest }: Bundle): GoldenRequest['expected'] {
  return expected.filter(({ score }) => !isNever(score) && !(score === 0 && isZeroNothing(manifest)));
}

/**
 * Each place must carry the expected score and each expected item or class its own, within the tolerance; those whose
 * scores are that close may change places, with those behind the last place of the answer too. Places beyond the expected
 * ones are not compared.
 */
function difference(golden: GoldenRequest, items: readonly RankedItem[], bundle: Bundle): string | undefined {
  const what = bundle.classes.length > 0 ? 'class' : 'item';
  const nameOf = (row: number) => (what === 'class' ? bundle.classes[row] : bundle.items[row]?.id);
  const scores = new Map(items.map(({ row, score }) => [nameOf(row), score]));
  const differs = (score: number | undefined, expected: number) =>
    score === undefined || Math.abs(score - expected) > golden.tolerance;
  const last = items.at(-1)?.score;
  for (const [place, { id, score: expected }] of golden.expected.entries()) {
    // Of those that are as good as the last place, any may be in the answer.
    const found = scores.get(id) ?? (differs(last, expected) ? undefined : expected);
    if (found === undefined) return `${what} "${id}" is expected at place ${place + 1} but missing`;
    if (differs(found, expected)) {
      return `${what} "${id}" scored ${found}, expected ${expected} ± ${golden.tolerance}${rounding(golden, found - expected)}`;
    }
    if (differs(items[place]?.score, expected)) return `"${id}" is not at place ${place + 1}`;
  }
  return undefined;
}

/** A tolerance that somebody has stated may be narrower than float32 can be. */
function rounding({ expected }: GoldenRequest, difference: number): string {
  const scores = expected.map(({ score }) => score);
  return isRounding(difference, scores) ? '; float32 is no more exact: leave the tolerance out' : '';
}
