/** The shadow's own thread: it asks the candidate and compares, so that none of it happens on the event loop that answers people. */
import { parentPort, workerData } from 'node:worker_threads';
import { createTarget } from '../traffic/target.ts';
import { ask } from './ask.ts';
import { createDutyCycle } from './duty-cycle.ts';
import { takeIdlePriority } from './idle-priority.ts';
import { type Duplicate, type FromShadowWorker, type ShadowSetup, sizeOf } from './messages.ts';

/** Asked of the candidate at once: more would make it slow by themselves. */
const MOST_AT_ONCE = 4;
/** Asked before a rest. */
const BURST = 16;
const TELL_EVERY_MS = 100;
/** Of the time in which the thread may be busy: enough for ten duplicates a second and more, which a verdict can rest on. */
const SHARE = 0.02;

const { origin, digest, timeoutMs } = workerData as ShadowSetup;
const target = createTarget(origin, timeoutMs, (found) => found === digest);
const waiting: Duplicate[] = [];
const dutyCycle = createDutyCycle(SHARE, BURST, () => performance.eventLoopUtilization().active);
let asking = 0;
let isResting = false;
let news: FromShadowWorker = { results: [], bytes: 0 };

// With too little processor time for all its queue fills up.
takeIdlePriority();

parentPort?.on('message', (batch: Duplicate[]) => {
  waiting.push(...batch);
  goOn();
});

function goOn(): void {
  while (!isResting && asking < MOST_AT_ONCE && waiting.length > 0 && dutyCycle.allows()) {
    asking += 1;
    void compareOne(waiting.shift()!);
  }
  if (isResting || asking > 0 || waiting.length === 0) return;
  isResting = true;
  setTimeout(rested, dutyCycle.rest());
}

function rested(): void {
  isResting = false;
  goOn();
}

async function compareOne(duplicate: Duplicate): Promise<void> {
  const result = await ask(target, duplicate);
  asking -= 1;
  if (news.results.length === 0) setTimeout(tell, TELL_EVERY_MS);
  news.results.push(result);
  news.bytes += sizeOf(duplicate);
  goOn();
}

function tell(): void {
  parentPort?.postMessage(news);
  news = { results: [], bytes: 0 };
}
