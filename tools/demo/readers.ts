import type { Environment } from '../testenv/environment.ts';
import { until } from '../testenv/until.ts';
import { clickRate, readersTable } from './format.ts';
import type { Output } from './output.ts';

const READERS_PER_SECOND = 100;
/** Enough for a first estimate of the click rate. */
const ANSWERS = 250;

/** Lets the readers wait at the door of a model that does not serve yet; resolves when they get answers. */
export function startReaders(environment: Environment): Promise<void> {
  const started = environment.startTraffic(READERS_PER_SECOND);
  // It may fail before anybody waits for it.
  started.catch(() => undefined);
  return started;
}

/** @param options.readers what `startReaders` returned */
export async function watchReaders(environment: Environment, output: Output, { readers, version }: { readers: Promise<void>; version: string }): Promise<void> {
  output.say(
    `Simulated readers ask for recommendations, ${String(READERS_PER_SECOND)} times a second. Each has a taste, looks at the ` +
      'books from the top, and clicks what it likes.',
  );
  await output.during('Waiting for the first reader', readers);
  const seen = await output.during('Watching them', until(`readers have ${String(ANSWERS)} answers`, async () => {
    const summary = await environment.seen();
    return (summary.versions[version]?.requests ?? 0) >= ANSWERS && summary;
  }, 60_000));
  output.show(readersTable(seen, [version]));
  output.say(`They click something in ${clickRate(seen, version)} of the answers of ${version}.`);
}
