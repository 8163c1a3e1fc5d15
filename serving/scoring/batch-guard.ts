import type { Bundle } from '../bundle/bundle.ts';
import { type AskedAlone, askAlone, batchesOf, differenceTogether } from './batch-trial.ts';
import { replayGolden } from './golden.ts';
import type { Inference } from './inference.ts';
import type { Recommender } from './recommender.ts';

interface Guarded {
  bundle: Bundle;
  inference: Pick<Inference, 'isBatching' | 'setBatching'>;
  recommender: Recommender;
  workers: number;
  /** Requests are scored one at a time from now on. @param why a sentence */
  onBatchDependent: ((why: string) => void) | undefined;
}

/**
 * Sees to it that nobody gets an answer that depends on who asks at the same time: a graph whose rows are not independent
 * of each other, such as one that normalizes over the whole batch, is given one request at a time.
 */
export function createBatchGuard({ bundle, inference, recommender, workers, onBatchDependent }: Guarded) {
  let asked: AskedAlone[] = [];
  let checks = 0;

  function giveUpBatches(how: string): void {
    inference.setBatching(false);
    onBatchDependent?.(
      `Its answer to a request depends on the requests scored beside it (${how}): ` +
        'compute each row of the graph from its own input alone, or set the first dimension of its inputs to 1.',
    );
  }

  async function tryTogether(batches: readonly (readonly number[])[]): Promise<void> {
    for (const batch of batches) {
      const how = await differenceTogether(asked, batch, workers, recommender.recommend);
      if (how !== undefined) return giveUpBatches(how);
    }
  }

  /** What is right as soon as nothing is beside it was made wrong by what was. */
  async function replayAlone(faults: readonly string[]): Promise<string[]> {
    inference.setBatching(false);
    const again = await replayGolden(bundle, recommender).catch((error: unknown) => {
      inference.setBatching(true);
      throw error;
    });
    if (again.length === 0) giveUpBatches(`${faults[0]} Alone it is right.`);
    else inference.setBatching(true);
    return again;
  }

  return {
    /** Tries batches of every size. To be called before there are users. */
    async start(): Promise<void> {
      if (!inference.isBatching()) return;
      asked = await askAlone(bundle, recommender.recommend);
      if (asked.length > 1) await tryTogether(batchesOf(asked));
    },
    /** Replays the golden requests, then a small batch, each time in another order; one sentence a fault. @throws InferenceTimedOut */
    async check(): Promise<string[]> {
      const faults = await replayGolden(bundle, recommender);
      if (!inference.isBatching()) return faults;
      // Before the first check that passes there are no users, and so nothing was beside the golden requests.
      if (faults.length > 0) return checks === 0 ? faults : replayAlone(faults);
      checks += 1;
      const order = asked.map((_, place) => (place + checks) % asked.length);
      if (asked.length > 1) await tryTogether([checks % 2 === 0 ? order : order.toReversed()]);
      return [];
    },
  };
}
