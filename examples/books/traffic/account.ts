import { type Failure, ledger as newLedger, type Ledger, type Switch } from './ledger.ts';

/** Failures and returns told one by one until the next reset; the counters go on. */
const DETAILS = 20;

/** What the outside sees of the traffic: the current ledger, and the first noteworthy things one by one. */
export interface Account {
  ledger(): Ledger;
  failed(failure: Failure): void;
  switched(change: Switch): void;
  /** Starts a new ledger. A visit that began before counts where it began. */
  reset(): void;
}

export function account(print: (line: unknown) => void): Account {
  let current = newLedger();
  let failures = 0;
  let returns = 0;
  return {
    ledger: () => current,
    failed(failure) {
      if (failures++ < DETAILS) print({ failure });
    },
    switched(change) {
      if (change.returned && returns++ < DETAILS) print({ returned: { at: new Date().toISOString(), ...change } });
    },
    reset() {
      current = newLedger();
      failures = returns = 0;
    },
  };
}
