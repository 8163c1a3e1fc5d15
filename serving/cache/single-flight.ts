/**
 * Lets everybody who asks the same at the same time wait for one answer.
 * The work goes on as long as anybody waits for it, and is aborted when the last one has gone.
 */
interface SingleFlight<T> {
  /** Joins the work with this key that is under way. */
  join(key: string, signal?: AbortSignal): Promise<T> | undefined;
  start(key: string, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** Work under way, and how many wait for it. */
interface Flight<T> {
  outcome: Promise<T>;
  abort: AbortController;
  waiting: number;
}

export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>();

  function attach(key: string, flight: Flight<T>, signal: AbortSignal | undefined): Promise<T> {
    flight.waiting += 1;
    if (signal === undefined) return flight.outcome;
    const leave = () => {
      flight.waiting -= 1;
      if (flight.waiting > 0) return;
      forget(key, flight);
      flight.abort.abort();
    };
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    return flight.outcome.finally(() => signal.removeEventListener('abort', leave));
  }

  /** Whoever comes now starts anew. */
  function forget(key: string, flight: Flight<T>): void {
    if (flights.get(key) === flight) flights.delete(key);
  }

  return {
    join(key, signal) {
      const flight = flights.get(key);
      return flight && attach(key, flight, signal);
    },
    start(key, signal, work) {
      const abort = new AbortController();
      const flight: Flight<T> = { outcome: work(abort.signal), abort, waiting: 0 };
      flights.set(key, flight);
      const ended = () => forget(key, flight);
      flight.outcome.then(ended, ended);
      return attach(key, flight, signal);
    },
  };
}
