import { Problem } from '../problems.ts';

/** Longest that a request should have to wait for an inference worker, milliseconds. */
const BUDGET_MS = 150;
/** Longest that the event loop may be busy with what came in at once before the rest of it is refused, milliseconds. */
const TURN_MS = 100;
/** So few never wait for long, whatever the estimate says; it has seen no full batch yet. */
const ALWAYS_ADMITTED = 32;
/** How many requests the estimate looks back over. */
const MEMORY = 64;

/** Decides, before anything has been spent on a request, whether there is time to answer it. */
export interface Admission {
  /** @throws Problem Overloaded */
  check(): void;
  /** A worker has scored `requests` together in `milliseconds`. */
  scored(requests: number, milliseconds: number): void;
}

interface AdmissionParts {
  /** Requests that wait for an inference worker now. */
  waiting: () => number;
  workers: number;
  /** For how long the event loop has been busy with what came in at once, milliseconds. */
  turn?: () => number;
  onRefused: () => void;
  /** Clock, milliseconds, that never goes back. */
  now?: () => number;
}

/**
 * Refuses when the requests that wait already will take the workers longer than BUDGET_MS: waiting × time for one /
 * workers. The time for one is the mean over the last requests, of batches as they come; under load they come full.
 * Refuses as well when requests wait and no batch has ended for that long, or when the event loop itself lags.
 */
export function createAdmission({ waiting, workers, turn = createTurn(), onRefused, now = () => performance.now() }: AdmissionParts): Admission {
  let perRequest = 0;
  let lastProgress = now();

  function isTooLate(): boolean {
    const queue = waiting();
    if (queue === 0) lastProgress = now();
    if (turn() > TURN_MS) return true;
    if (queue < ALWAYS_ADMITTED) return false;
    return (queue * perRequest) / workers > BUDGET_MS || now() - lastProgress > BUDGET_MS;
  }

  return {
    check() {
      if (!isTooLate()) return;
      onRefused();
      throw new Problem('Overloaded', 'More requests are waiting than can be answered in time; try again in a moment.');
    },
    scored(requests, milliseconds) {
      const share = Math.min(1, requests / MEMORY);
      perRequest = perRequest === 0 ? milliseconds / requests : perRequest * (1 - share) + (milliseconds / requests) * share;
      lastProgress = now();
    },
  };
}

/**
 * How long ago the event loop took up the first request of those that had come in while it was busy, milliseconds: the
 * last of them has waited at least that long.
 */
function createTurn(): () => number {
  let began: number | undefined;
  const end = () => (began = undefined);
  return () => {
    if (began === undefined) {
      began = performance.now();
      setImmediate(end);
    }
    return performance.now() - began;
  };
}
