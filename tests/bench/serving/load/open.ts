import { openConnection } from './connection.ts';
import type { Connection } from './connection.ts';
import type { LoadJob } from './job.ts';
import { requestSource } from './requests.ts';
import { seededRandom } from '../random.ts';
import type { Tally } from './tally.ts';

const GRACE_MS = 5_000;

interface Lane {
  connection: Connection;
  due: number;
}

/**
 * Open loop: requests come at random moments (a Poisson process of `rate` a second), whether or not earlier ones were
 * answered, and each is timed from the moment it was due: a server that stalls is charged for all who wait meanwhile.
 */
export async function runOpen(job: LoadJob & { rate: number }, tally: Tally): Promise<void> {
  const next = requestSource(job);
  const random = seededRandom(job.seed);
  const idle: Lane[] = [];
  const waiting: number[] = [];
  let underWay = 0;
  let ending = false;

  function send(lane: Lane, due: number): void {
    lane.due = due;
    underWay += 1;
    tally.sent(due);
    lane.connection.send(next());
  }

  function free(lane: Lane): void {
    const due = waiting.shift();
    if (due === undefined) idle.push(lane);
    else send(lane, due);
  }

  function addLane(): void {
    const connection = openConnection(job.port, {
      onAnswer({ status, body, isLast }) {
        underWay -= 1;
        tally.answer(status, body, lane.due);
        if (!isLast) free(lane);
      },
      onEnd(early) {
        if (early) {
          underWay -= 1;
          if (!ending) tally.error('a connection broke');
        }
        const place = idle.indexOf(lane);
        if (place >= 0) idle.splice(place, 1);
        if (!ending) addLane();
      },
    });
    const lane: Lane = { connection, due: 0 };
    free(lane);
    if (ending) connection.close();
  }

  for (let index = 0; index < job.connections; index += 1) addLane();
  await Promise.all(idle.map(({ connection }) => connection.opened));
  await arrivals();
  tally.end();
  await answersOrGrace(() => underWay + waiting.length);
  if (underWay + waiting.length > 0) tally.error(`${underWay + waiting.length} requests were never answered`);
  ending = true;
  for (const lane of idle) lane.connection.close();

  /** Spins instead of sleeping: timers of a millisecond would send the requests in bunches. */
  function arrivals(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const started = performance.now();
    let due = started;
    let counting = false;
    const tick = () => {
      const now = performance.now();
      if (!counting && now - started >= job.warmMs) {
        counting = true;
        tally.begin();
      }
      while (due <= now) {
        const lane = idle.pop();
        if (lane === undefined) waiting.push(due);
        else send(lane, due);
        due -= (Math.log(1 - random()) * 1000) / job.rate;
      }
      if (now - started >= job.warmMs + job.forMs) resolve();
      else setImmediate(tick);
    };
    tick();
    return promise;
  }
}

async function answersOrGrace(outstanding: () => number): Promise<void> {
  const until = performance.now() + GRACE_MS;
  while (outstanding() > 0 && performance.now() < until) await new Promise((done) => setTimeout(done, 10));
}
