import type { ChildProcess } from 'node:child_process';
import { Agent, request as httpRequest } from 'node:http';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { RecommendRequest } from '../bundle/request.ts';
import type { LoadConfig } from '../config/load.ts';
import { PATHS } from '../contract/http.ts';
import type { LoadFigures } from '../contract/report.ts';


/** The model is served on this port of the machine and takes these requests. */
export interface Serving {
  port: number;
  requests: readonly RecommendRequest[];
}

/** What the parent says: the warm-up is over; the load is, and so it went. */
export type LoadNews = 'warm' | Driven;

export type Driven = Omit<LoadFigures, 'memoryBytes' | 'memoryGrowthBytes'>;

/** A request that takes longer has failed, and counts as this long. */
const ANSWER_WITHIN_MS = 5_000;
/** Share of the load's time that goes before it at the same rate: first requests meet code that is not compiled yet. */
const WARM_UP = 0.25;
const MAX_CONNECTIONS = 256;

/** How long the load can take at most, milliseconds. */
export const longestOf = ({ durationMs }: LoadConfig): number => durationMs * (1 + WARM_UP) + 2 * ANSWER_WITHIN_MS;

/** Warms the served model up, gives it the load, and tells it of both. */
export async function giveLoad(child: ChildProcess, serving: Serving, load: LoadConfig): Promise<void> {
  const tell = (news: LoadNews) => child.connected && child.send(news);
  await drive(serving, { ...load, durationMs: load.durationMs * WARM_UP });
  tell('warm');
  tell(await drive(serving, load));
}

/**
 * Open loop: requests fall due evenly, whether or not earlier ones were answered, and each is timed from the moment it
 * was due, so a model that stalls is charged for all who would have waited meanwhile.
 */
export async function drive({ port, requests }: Serving, { requestsPerSecond, durationMs }: LoadConfig): Promise<Driven> {
  const bodies = requests.map((each) => JSON.stringify(each));
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });
  const started = performance.now();
  const answers: Promise<number | undefined>[] = [];
  const count = Math.max(1, Math.round((requestsPerSecond * durationMs) / 1000));
  for (let index = 0; index < count; index += 1) {
    const due = started + (index * 1000) / requestsPerSecond;
    await moment(due);
    answers.push(latency(due, { port, agent, body: bodies[index % bodies.length] ?? '{}' }));
  }
  const latencies = await Promise.all(answers);
  agent.destroy();
  const failed = latencies.filter((each) => each === undefined).length;
  const sorted = latencies.map((each) => each ?? ANSWER_WITHIN_MS).sort((a, b) => a - b);
  return { requestsPerSecond, requests: count, failed, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };
}

/** Timers come up to a millisecond late; the rest of the way is spun. */
async function moment(due: number): Promise<void> {
  const wait = due - performance.now();
  if (wait > 2) await pause(wait - 1);
  do await nextTurn();
  while (performance.now() < due);
}

interface Sending {
  port: number;
  agent: Agent;
  body: string;
}

/** Milliseconds since `due`; undefined when it failed. */
function latency(due: number, { port, agent, body }: Sending): Promise<number | undefined> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const sent = httpRequest({ host: '127.0.0.1', port, path: PATHS.recommend, method: 'POST', agent, headers, signal }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode === 200 ? performance.now() - due : undefined));
      response.once('error', () => resolve(undefined));
    });
    sent.once('error', () => resolve(undefined));
    sent.end(body);
  });
}

/** Nearest rank. @param sorted ascending, at least one */
function percentile(sorted: readonly number[], share: number): number {
  return Number((sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0).toFixed(2));
}
