import type { LoadJob, LoadResult } from './job.ts';
import { createLatencies } from './latencies.ts';

const ITEM_MARK = '"score":';
const FALLBACK_MARK = '"fallback":true';
/** Looking for the items of every answer would keep the generator from driving fast servers. */
const LOOK_AT_EVERY = 16;
const MAX_FAULTS = 5;

/**
 * Counts and times the answers to requests that were sent (in an open loop: due) between `begin` and `end`, whenever they
 * came. The throughput is of the answers that came between the two, whenever they were due: an overloaded server must not
 * be credited with what it gets through afterwards.
 */
export interface Tally {
  begin(): void;
  end(): void;
  /** @param from when the request was sent, or due: a time of performance.now(), like all here */
  answer(status: number, body: Buffer, from: number): void;
  error(what: string): void;
  /** A request that was due then is sent now. */
  sent(due: number): void;
  result(): LoadResult;
}

export function createTally(job: Pick<LoadJob, 'k' | 'empty'>): Tally {
  const latency = createLatencies();
  const refusal = createLatencies();
  const lateness = createLatencies();
  const counts = { answered: 0, fallbacks: 0, errors: 0, wrong: 0 };
  let inTime = 0;
  const faults: string[] = [];
  let started = Infinity;
  let ended = Infinity;
  let cpu = process.cpuUsage();
  let looked = 0;

  const isCounted = (time: number) => time >= started && time < ended;
  const seconds = () => (ended - started) / 1000;

  function fault(what: string): void {
    if (faults.length < MAX_FAULTS) faults.push(what);
  }

  function good(body: Buffer, ms: number): void {
    counts.answered += 1;
    latency.add(ms);
    if (job.empty === true) return;
    if (body.includes(FALLBACK_MARK)) counts.fallbacks += 1;
    looked += 1;
    if (looked % LOOK_AT_EVERY !== 0 || occurrences(body, ITEM_MARK) === job.k) return;
    counts.wrong += 1;
    fault(`an answer without ${job.k} items: ${body.toString('utf8', 0, 200)}`);
  }

  return {
    begin() {
      started = performance.now();
      cpu = process.cpuUsage();
    },
    end() {
      ended = performance.now();
      cpu = process.cpuUsage(cpu);
    },
    answer(status, body, from) {
      const now = performance.now();
      if (status === 200 && isCounted(now)) inTime += 1;
      if (!isCounted(from)) return;
      const ms = now - from;
      if (status === 200) return good(body, ms);
      if (status === 503 || status === 429) return refusal.add(ms);
      counts.errors += 1;
      fault(`status ${status}: ${body.toString('utf8', 0, 200)}`);
    },
    error(what) {
      counts.errors += 1;
      fault(what);
    },
    sent(due) {
      if (isCounted(due)) lateness.add(performance.now() - due);
    },
    result: () => ({
      seconds: seconds(),
      throughput: Math.max(0, inTime - counts.fallbacks - counts.wrong) / seconds(),
      ...counts,
      refused: refusal.count(),
      latency: latency.percentiles(),
      refusal: refusal.percentiles(),
      lateness: lateness.percentiles(),
      generatorBusy: (cpu.user + cpu.system) / 1e6 / seconds(),
      faults,
    }),
  };
}

function occurrences(body: Buffer, mark: string): number {
  let found = 0;
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) found += 1;
  return found;
}
