const FAILURES_IN_A_ROW = 5;
const WINDOW = 20;
const FAILURES_IN_WINDOW = 10;
const OPEN_MS = 2_000;

/** Stops calling a target that keeps failing; lets one call through now and then to see whether it is back. */
interface CircuitBreaker {
  /** Whether a call may be made; `true` obliges the caller to report how it ended. */
  allows(): boolean;
  succeeded(): void;
  failed(): void;
  /** The call ended without telling anything about the target. */
  undecided(): void;
}

/** @param now clock, milliseconds */
export function createCircuitBreaker(now: () => number = Date.now): CircuitBreaker {
  /** Last outcomes, newest last; true = failure. */
  let recent: boolean[] = [];
  let openSince: number | undefined;
  let probing = false;

  function isBad(): boolean {
    const row = recent.slice(-FAILURES_IN_A_ROW);
    if (row.length === FAILURES_IN_A_ROW && row.every(Boolean)) return true;
    return recent.filter(Boolean).length >= FAILURES_IN_WINDOW;
  }

  function remember(failure: boolean): void {
    recent = [...recent, failure].slice(-WINDOW);
  }

  return {
    allows() {
      if (openSince === undefined) return true;
      if (probing || now() - openSince < OPEN_MS) return false;
      probing = true;
      return true;
    },
    succeeded() {
      if (probing) recent = [];
      probing = false;
      openSince = undefined;
      remember(false);
    },
    failed() {
      remember(true);
      if (probing || isBad()) openSince = now();
      probing = false;
    },
    undecided() {
      probing = false;
    },
  };
}
