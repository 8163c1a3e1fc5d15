import { until } from '../testenv/until.ts';
import type { Shop } from '../testenv/shop.ts';
import type { Teller } from './tell.ts';
import { clickRate, readersTable } from './words.ts';

const READERS_PER_SECOND = 30;
/** Enough for a first impression of the rate of clicks. */
const ANSWERS = 250;

export async function tellReaders(shop: Shop, tell: Teller, version: string): Promise<void> {
  tell.say(
    `Simulated readers ask for recommendations, ${String(READERS_PER_SECOND)} times a second. Each has a taste, looks at the ` +
      'books from the top, and clicks what it likes.',
  );
  await tell.during('Waiting for the first reader', shop.openDoors(READERS_PER_SECOND));
  const seen = await tell.during('Watching them', until(`readers have ${String(ANSWERS)} answers`, async () => {
    const summary = await shop.seen();
    return (summary.versions[version]?.requests ?? 0) >= ANSWERS && summary;
  }, 60_000));
  tell.show(readersTable(seen, [version]));
  tell.say(`They click something in ${clickRate(seen, version)} of the answers of ${version}.`);
}
