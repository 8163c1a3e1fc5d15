import { openConnection } from './connection.ts';
import type { Connection } from './connection.ts';
import type { LoadJob } from './job.ts';
import { requestSource } from './requests.ts';
import type { Tally } from './tally.ts';

/** Closed loop: every connection sends its next request when the last one is answered, or a while later. Resolves when all have ended. */
export function runClosed(job: LoadJob, tally: Tally): Promise<void> {
  const { thinkMs } = job;
  const next = requestSource(job);
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = job.requests ?? Infinity;
  let open = job.connections;
  let ending = false;

  function stop(): void {
    tally.end();
    ending = true;
  }

  function drive(): void {
    let sentAt = 0;
    function sendNext(): void {
      if (ending || left === 0) return connection.close();
      left -= 1;
      sentAt = performance.now();
      connection.send(next());
    }
    const connection: Connection = openConnection(job.port, {
      onAnswer({ status, body, isLast }) {
        tally.answer(status, body, sentAt);
        if (isLast) return;
        if (thinkMs === undefined) sendNext();
        else setTimeout(sendNext, exponential(thinkMs));
      },
      onEnd(early) {
        if (early && !ending) tally.error('a connection broke');
        if (!ending && left > 0) return drive();
        open -= 1;
        if (open > 0) return;
        if (!ending) stop();
        resolve();
      },
    });
    sendNext();
  }

  if (job.requests !== undefined) tally.begin();
  else {
    setTimeout(() => tally.begin(), job.warmMs);
    setTimeout(stop, job.warmMs + job.forMs);
  }
  for (let index = 0; index < job.connections; index += 1) drive();
  return promise;
}

const exponential = (mean: number): number => -mean * Math.log(1 - Math.random());
