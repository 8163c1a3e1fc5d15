import { Problem } from '../common/problems.ts';
import { MAX_BATCH } from '../scoring/slot.ts';
import { MAX_CONNECTIONS } from './connections.ts';

/** Longest that a request should have to wait for an inference worker, milliseconds. */
const BUDGET_MS = 250;
/** Admitted to wait as long as nobody knows how long a request takes. */
const ADMITTED_UNKNOWN = 32;
/** Admitted to wait for each worker however long requests take: a worker without work helps nobody. */
const ADMITTED_PER_WORKER = 2;
/** Of the time between two requests, milliseconds, what counts at most as one in which a worker could have been heard of. */
const LONGEST_LOOK_MS = 50;
/** How many requests the estimate looks back over. */
const MEMORY = 64;

/** Decides whether there is time to answer a request. */
export interface Admission {
  /**
   * To be asked once for each request before anything is spent on it: whether it is refused.
   * @param ahead requests that have been let in and do not wait for a worker yet
   * @param isCounted whether a refusal tells of callers; what nobody waits for does not
   */
  refuses(ahead: number, isCounted?: boolean): boolean;
  /**
   * To be asked again before a request waits: many may have come meanwhile.
   * @throws Problem Overloaded
   */
  check(isCounted?: boolean): void;
  /** A worker has scored `requests` together in `milliseconds`. */
  scored(requests: number, milliseconds: number): void;
}

interface AdmissionDeps {
  /** Requests that wait for an inference worker now. */
  waiting: () => number;
  workers: number;
  onRefused: () => void;
  /** Clock, milliseconds, that never goes back. */
  now?: () => number;
}

/**
 * Refuses when the requests that wait already will take the workers longer than BUDGET_MS: waiting × time for one /
 * workers. The time for one is the mean over the last requests, of batches as they come; under load they come full.
 * Refuses as well when more wait than the workers take next and no batch has ended for that long. A machine that has too much to do
 * stops a worker, or the whole process, for such a time; what fits the next batches is answered as soon as it runs again, and to
 * refuse it would only be to answer nobody. The event loop has no such rule: reading a
 * request and refusing it takes a good part of what answering it takes there, and what waits for the event loop is
 * bounded by the number of connections.
 */
export function createAdmission({ waiting, workers, onRefused, now = () => performance.now() }: AdmissionDeps): Admission {
  let perRequest = 0;
  /** Requests that `perRequest` is the mean of, MEMORY at most. */
  let known = 0;
  /** Milliseconds in which requests have waited, no batch has ended, and this process was there to hear of one. */
  let standstill = 0;
  let looked = now();

  function look(waitingNow: number): void {
    const time = now();
    // Without work nobody gets on; what is only ahead has not come to a worker.
    standstill = waitingNow === 0 ? 0 : standstill + Math.min(time - looked, LONGEST_LOOK_MS);
    looked = time;
  }

  function isTooLate(ahead: number): boolean {
    const waitingNow = waiting();
    const queue = waitingNow + ahead;
    look(waitingNow);
    // One for each connection; beyond that are callers who send more without waiting for answers.
    if (ahead >= MAX_CONNECTIONS) return true;
    if (queue < (perRequest === 0 ? ADMITTED_UNKNOWN : ADMITTED_PER_WORKER * workers)) return false;
    return (queue * perRequest) / workers > BUDGET_MS || (queue > MAX_BATCH * workers && standstill > BUDGET_MS);
  }

  function refuses(ahead: number, isCounted = true): boolean {
    const isRefused = isTooLate(ahead);
    if (isRefused && isCounted) onRefused();
    return isRefused;
  }

  return {
    refuses,
    check(isCounted) {
      if (refuses(0, isCounted)) throw overloaded();
    },
    scored(requests, milliseconds) {
      // A pod's first run is many times slower than the next ones: its weight is that of one request from the beginning.
      known = Math.min(MEMORY, known + requests);
      const share = Math.min(1, requests / known);
      perRequest = perRequest * (1 - share) + (milliseconds / requests) * share;
      standstill = 0;
      looked = now();
    },
  };
}

export function overloaded(): Problem {
  return new Problem('Overloaded', 'More requests are waiting than can be answered in time; try again shortly.');
}
