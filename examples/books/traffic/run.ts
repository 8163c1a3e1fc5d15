import { once } from 'node:events';

import { random } from '../random.ts';
import { account as newAccount } from './account.ts';
import { arriveUntil } from './arrivals.ts';
import { createCaller } from './client.ts';
import { createCrowd } from './crowd.ts';
import { isOpen } from './open.ts';
import { createReaders } from './readers.ts';
import type { TrafficSettings } from './settings.ts';
import { createStatsServer } from './stats-server.ts';

const print = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Resolves after `seconds`, or when the process is asked to stop. */
async function untilStopped(seconds: number): Promise<void> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), seconds * 1000);
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  clearTimeout(timer);
}

/** Simulated readers until DURATION or SIGTERM; a line of JSON a second, a last one when every call has ended. */
export async function runTraffic(settings: TrafficSettings, log: (line: string) => void): Promise<void> {
  const { TARGET: target, RATE: rate, CONCURRENCY: concurrency } = settings;
  const { FRESH_SHARE: freshShare, TIMEOUT_MS: timeoutMs, RETRIES: retries } = settings;
  const draw = random(settings.SEED);
  const account = newAccount(print);
  const readers = createReaders(settings.USERS);
  const caller = createCaller({ target, concurrency, freshShare, timeoutMs, retries, onRetried: () => account.ledger().retried(), draw });
  const crowd = createCrowd({ readers, caller, account, concurrency, draw });
  const stats = createStatsServer(() => account.ledger().summary(), account.reset);
  stats.listen(settings.STATS_PORT);
  await once(stats, 'listening');

  if (!(await isOpen(target))) log(`${target} does not answer yet`);
  log(`${readers.ids.length} readers ask ${target} ${rate} times a second`);
  const report = () => print({ at: new Date().toISOString(), ...account.ledger().summary() });
  const reporting = setInterval(report, 1000);
  const arrivals = new AbortController();
  arriveUntil(arrivals.signal, rate, draw, crowd.arrive);
  await untilStopped(settings.DURATION);

  arrivals.abort();
  await crowd.settled();
  clearInterval(reporting);
  report();
  await caller.close();
  stats.close();
  stats.closeAllConnections();
}
