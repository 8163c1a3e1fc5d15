import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createCandidacy } from './candidacy.ts';
import type { KubeClient } from './client.ts';
import { isStatus, messageOf, NotLeader } from './errors.ts';
import { leaseAccess } from './leaseobject.ts';
import { createTerm } from './term.ts';
import { pause } from './time.ts';

type ElectorOptions = {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Names this process, e.g. `pod-name_random`; no two processes may share one. */
  readonly identity: string;
  readonly log: Log;
  readonly metrics?: Metrics;
  /** Of the Lease. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** For how long others keep off after a renewal. 15 s. */
  readonly leaseSeconds?: number;
  /** For how long we write after a renewal; must leave the others' wait a margin. Two thirds of the lease. */
  readonly renewDeadlineSeconds?: number;
  /** Pause between two attempts. Two fifteenths of the lease. */
  readonly retrySeconds?: number;
};

/** One candidacy: it waits, leads once, and ends. After that the process starts anew with empty caches. */
type Elector = {
  start(): void;
  /** Resolves when this process becomes the leader. */
  acquired(): Promise<void>;
  /** Resolves, with the reason, when leadership ends; also after `release`. */
  ended(): Promise<string>;
  isLeader(): boolean;
  /** Throws NotLeader unless this process leads at this very moment. Every write asks it just before it is sent. */
  fence(): void;
  /** Aborts when leadership ends; writes under way are cut with it. */
  readonly signal: AbortSignal;
  /** Stops, and empties the lease's holder so that a successor need not wait. Await it before the client is closed. */
  release(): Promise<void>;
};

/**
 * Leader election by a Lease, with the timing of client-go. Time is measured on this process's monotonic clock only:
 * others' renewals from the moment we saw them change, our own from before the request was sent. So a process that was
 * stopped finds its term over by the first look at the clock, before anything is sent; only a request that had passed the
 * fence in the instant of the stop still leaves, which no lease can prevent.
 */
export function createElector(options: ElectorOptions): Elector {
  const { client, log, metrics, name, identity } = options;
  const leaseSeconds = options.leaseSeconds ?? 15;
  const deadlineMs = (options.renewDeadlineSeconds ?? (leaseSeconds * 2) / 3) * 1000;
  const retryMs = (options.retrySeconds ?? (leaseSeconds * 2) / 15) * 1000;
  if (deadlineMs >= leaseSeconds * 1000) throw new Error('leader election: renewDeadlineSeconds must be less than leaseSeconds');
  const stop = new AbortController();
  const acquired = Promise.withResolvers<void>();
  const term = createTerm(deadlineMs, (reason) => {
    stop.abort();
    metrics?.leader.set({ name }, 0);
    log.info('leadership ended', { lease: name, reason });
  });
  const access = leaseAccess(client, { ...options, leaseSeconds, timeoutMs: Math.min(deadlineMs / 2, 5_000) });
  const candidacy = createCandidacy(access, identity, term, stop.signal);
  let running: Promise<void> | undefined;

  const attempt = async (): Promise<void> => {
    const wasLeading = term.hasBegun();
    try {
      if (!(await candidacy.claim())) return;
    } catch (error) {
      if (stop.signal.aborted) return;
      log.warn('lease not written', { lease: name, error: messageOf(error) });
      if (wasLeading && (isStatus(error, 409) || isStatus(error, 404))) await candidacy.lookAgain();
      return;
    }
    if (wasLeading || !term.isRunning()) return;
    metrics?.leader.set({ name }, 1);
    log.info('leadership acquired', { lease: name, identity });
    acquired.resolve();
  };

  const run = async (): Promise<void> => {
    metrics?.leader.set({ name }, 0);
    while (!stop.signal.aborted) {
      await attempt().catch((error: unknown) => log.warn('lease not read', { lease: name, error: messageOf(error) }));
      if (term.hasBegun() && !term.isRunning()) return;
      await pause(retryMs * (1 + Math.random() / 5), stop.signal);
    }
  };

  return {
    start: () => {
      client.onConnect(() => void term.isRunning());
      running ??= run();
    },
    acquired: () => acquired.promise,
    ended: term.ended,
    isLeader: term.isRunning,
    fence: () => {
      if (!term.isRunning()) throw new NotLeader(`not sent: ${identity} does not hold the lease ${options.namespace}/${name}`);
    },
    signal: term.signal,
    release: async () => {
      const held = term.isRunning();
      stop.abort();
      await running;
      term.end('released');
      if (held) await candidacy.giveUp().catch((error: unknown) => log.warn('lease not released', { lease: name, error }));
    },
  };
}
