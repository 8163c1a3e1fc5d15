/** The time during which a process may write: it begins with the first renewal of the lease and ends once. */
export type Term = {
  /** Notes a renewal; `at` is when it was asked for, ms of performance.now(). */
  renew(at: number): void;
  hasBegun(): boolean;
  /** Looks at the clock: true only within the deadline after the last renewal. */
  isRunning(): boolean;
  end(reason: string): void;
  ended(): Promise<string>;
  readonly signal: AbortSignal;
};

/** `onEnd` is called once, when the term is found to be over or is ended. */
export function createTerm(deadlineMs: number, onEnd: (reason: string) => void): Term {
  const over = new AbortController();
  const ended = Promise.withResolvers<string>();
  let renewedAt: number | undefined;

  const end = (reason: string): void => {
    if (over.signal.aborted) return;
    over.abort();
    ended.resolve(reason);
    onEnd(reason);
  };

  return {
    renew: (at) => {
      renewedAt = at;
    },
    hasBegun: () => renewedAt !== undefined,
    isRunning: () => {
      if (over.signal.aborted || renewedAt === undefined) return false;
      if (performance.now() - renewedAt < deadlineMs) return true;
      end(`the lease was not renewed for ${deadlineMs / 1000} s`);
      return false;
    },
    end,
    ended: () => ended.promise,
    signal: over.signal,
  };
}
