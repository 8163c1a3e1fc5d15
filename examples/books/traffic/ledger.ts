import { latencies, type Latencies } from './latency.ts';

/** A valid answer to a scoring request. */
export interface Answer {
  user: string;
  version: string;
  /** The champion answered in the place of a candidate that failed or was late. */
  shielded: boolean;
  fallback: boolean;
  /** Milliseconds from sending to the last byte. */
  took: number;
}

interface VersionSummary {
  requests: number;
  users: number;
  clicks: number;
  /** Clicks per answered request. */
  ctr: number;
  p50?: number | undefined;
  p99?: number | undefined;
  fallback: number;
  shielded: number;
}

/** One call without a valid answer, for people. */
export interface Failure {
  at: string;
  call: 'recommend' | 'feedback';
  user: string;
  requestId: string;
  status?: number;
  code?: string;
  message: string;
  /** Milliseconds from sending to the failure. */
  took: number;
}

/** Failures told one by one; the count goes on. */
const FAILURES_TOLD = 20;

/** Everything since the start or the last reset. */
export interface Summary {
  /** Calls that have ended: recommendations and feedback together. */
  requests: number;
  /** Calls without a valid answer in time. */
  failed: number;
  /** The first of them. */
  failures: readonly Failure[];
  /** Calls that were sent again because their connection failed. */
  retried: number;
  /** Arrivals that found no free place; nothing was sent. */
  skipped: number;
  versions: Record<string, VersionSummary>;
  /** "1.0.0->2.0.0": how often a user's version changed from one answer to the next. */
  switches: Record<string, number>;
}

/** The same user on another version than before; `returned`: to one that the user had left earlier. */
export interface Switch {
  user: string;
  from: string;
  to: string;
  returned: boolean;
}

export interface Ledger {
  /** Answers of one user must come in the order in which that user got them. Tells of a change of version. */
  answered(answer: Answer): Switch | undefined;
  clicked(version: string): void;
  /** A feedback call that was accepted. */
  accepted(): void;
  failed(failure: Failure): void;
  retried(): void;
  skipped(): void;
  summary(): Summary;
}

interface Tally {
  requests: number;
  clicks: number;
  fallback: number;
  shielded: number;
  users: Set<string>;
  latency: Latencies;
}

const newTally = (): Tally => ({ requests: 0, clicks: 0, fallback: 0, shielded: 0, users: new Set(), latency: latencies() });

function summaryOf({ requests, clicks, fallback, shielded, users, latency }: Tally): VersionSummary {
  const ctr = Number((clicks / Math.max(1, requests)).toFixed(4));
  return { requests, users: users.size, clicks, ctr, p50: latency.quantile(0.5), p99: latency.quantile(0.99), fallback, shielded };
}

/**
 * Bookkeeping of the traffic. A shielded answer counts for the version that gave it, but says nothing of the user's
 * assignment (the user still belongs to the candidate), so it takes no part in the sequence of versions.
 */
export function ledger(): Ledger {
  const counts = { requests: 0, failed: 0, retried: 0, skipped: 0 };
  const failures: Failure[] = [];
  const tallies = new Map<string, Tally>();
  const sequences = new Map<string, string[]>();
  const switches = new Map<string, number>();

  const tallyOf = (version: string): Tally => {
    const tally = tallies.get(version) ?? newTally();
    tallies.set(version, tally);
    return tally;
  };

  const follow = (user: string, to: string): Switch | undefined => {
    const sequence = sequences.get(user) ?? [];
    sequences.set(user, sequence);
    const from = sequence.at(-1);
    if (from === to) return undefined;
    const returned = sequence.includes(to);
    sequence.push(to);
    if (from === undefined) return undefined;
    const name = `${from}->${to}`;
    switches.set(name, (switches.get(name) ?? 0) + 1);
    return { user, from, to, returned };
  };

  return {
    answered({ user, version, shielded, fallback, took }) {
      counts.requests += 1;
      const tally = tallyOf(version);
      tally.requests += 1;
      tally.users.add(user);
      tally.fallback += Number(fallback);
      tally.shielded += Number(shielded);
      tally.latency.record(took);
      return shielded ? undefined : follow(user, version);
    },
    clicked: (version) => void (tallyOf(version).clicks += 1),
    accepted: () => void (counts.requests += 1),
    failed: (failure) => {
      counts.requests += 1;
      counts.failed += 1;
      if (failures.length < FAILURES_TOLD) failures.push(failure);
    },
    retried: () => void (counts.retried += 1),
    skipped: () => void (counts.skipped += 1),
    summary: () => ({
      ...counts,
      failures,
      versions: Object.fromEntries([...tallies].map(([version, tally]) => [version, summaryOf(tally)])),
      switches: Object.fromEntries(switches),
    }),
  };
}
