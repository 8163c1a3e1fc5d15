import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { KubeClient } from './client.ts';
import { isStatus, messageOf, NotLeader } from './errors.ts';
import { leaseAccess, type Lease } from './leaseobject.ts';
import { pause } from './time.ts';

export type ElectorOptions = {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Names this process, e.g. `pod-name_random`; no two processes may share one. */
  readonly identity: string;
  readonly log: Log;
  readonly metrics?: Metrics;
  /** For how long others keep off after a renewal. 15 s. */
  readonly leaseSeconds?: number;
  /** For how long we write after a renewal; must leave the others' wait a margin. 10 s. */
  readonly renewDeadlineSeconds?: number;
  /** Pause between two attempts. 2 s. */
  readonly retrySeconds?: number;
};

/** One candidacy: it waits, leads once, and ends. After that the process starts anew with empty caches. */
export type Elector = {
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
  /** Stops, and empties the lease's holder so that a successor need not wait. */
  release(): Promise<void>;
};

/**
 * Leader election by a Lease, with the timing of client-go. Time is measured on this process's monotonic clock only:
 * others' renewals from the moment we saw them change, our own from before the request was sent. So a process that was
 * stopped finds its term over by the first look at the clock, before anything is sent.
 */
export function createElector(options: ElectorOptions): Elector {
  const { client, log, metrics, name } = options;
  const leaseMs = (options.leaseSeconds ?? 15) * 1000;
  const deadlineMs = (options.renewDeadlineSeconds ?? 10) * 1000;
  const retryMs = (options.retrySeconds ?? 2) * 1000;
  if (deadlineMs >= leaseMs) throw new Error('leader election: renewDeadlineSeconds must be less than leaseSeconds');
  const access = leaseAccess(client, { ...options, leaseSeconds: leaseMs / 1000, timeoutMs: Math.min(deadlineMs / 2, 5_000) });
  const over = new AbortController();
  const stop = new AbortController();
  const acquired = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<string>();
  let renewedAt: number | undefined;
  let seen: { lease: Lease; at: number } | undefined;
  let running: Promise<void> | undefined;

  const end = (reason: string): void => {
    if (over.signal.aborted) return;
    over.abort();
    stop.abort();
    metrics?.leader.set({ name }, 0);
    log.info('leadership ended', { lease: name, reason });
    ended.resolve(reason);
  };

  const isLeader = (): boolean => {
    if (over.signal.aborted || renewedAt === undefined) return false;
    if (performance.now() - renewedAt < deadlineMs) return true;
    end(`the lease was not renewed for ${deadlineMs / 1000} s`);
    return false;
  };

  const observe = (lease: Lease | undefined): void => {
    if (lease === undefined) seen = undefined;
    else if (seen?.lease.version !== lease.version) seen = { lease, at: performance.now() };
  };

  /** Whether the lease is another's and not yet run out, as far as we have watched it. */
  const isHeldByAnother = (): boolean => {
    if (seen === undefined || seen.lease.holder === '' || seen.lease.holder === options.identity) return false;
    return performance.now() - seen.at < seen.lease.seconds * 1000;
  };

  /** Acquires or renews; false while another holds the lease. */
  const claim = async (): Promise<boolean> => {
    const before = performance.now();
    if (renewedAt === undefined) {
      observe(await access.read(stop.signal));
      if (isHeldByAnother()) return false;
    }
    observe(await access.write(seen?.lease, options.identity, stop.signal));
    renewedAt = before;
    return true;
  };

  const attempt = async (): Promise<void> => {
    const wasLeading = renewedAt !== undefined;
    try {
      if (!(await claim())) return;
    } catch (error) {
      log.warn('lease not written', { lease: name, error: messageOf(error) });
      if (wasLeading && (isStatus(error, 409) || isStatus(error, 404))) await lookAgain();
      return;
    }
    if (wasLeading || !isLeader()) return;
    metrics?.leader.set({ name }, 1);
    log.info('leadership acquired', { lease: name, identity: options.identity });
    acquired.resolve();
  };

  /** After a conflict: our own earlier write whose answer was lost, a successor's write, or somebody deleted the lease. */
  const lookAgain = async (): Promise<void> => {
    try {
      const current = await access.read(stop.signal);
      observe(current);
      if (current !== undefined && current.holder !== options.identity) end(`the lease is held by "${current.holder}"`);
    } catch (error) {
      log.warn('lease not read', { lease: name, error: messageOf(error) });
    }
  };

  /** Empties the holder; a renewal that was cut off may have changed the version, so the lease is read first. */
  const giveUp = async (): Promise<void> => {
    try {
      const current = await access.read();
      if (current?.holder === options.identity) await access.write(current, '');
    } catch (error) {
      log.warn('lease not released, a successor has to wait for it to run out', { lease: name, error: messageOf(error) });
    }
  };

  const run = async (): Promise<void> => {
    metrics?.leader.set({ name }, 0);
    while (!stop.signal.aborted) {
      await attempt();
      if (renewedAt !== undefined && !isLeader()) return;
      await pause(retryMs * (1 + Math.random() / 5), stop.signal);
    }
  };

  return {
    start: () => {
      client.onConnect(() => void isLeader());
      running ??= run();
    },
    acquired: () => acquired.promise,
    ended: () => ended.promise,
    isLeader,
    fence: () => {
      if (!isLeader()) throw new NotLeader(`not sent: ${options.identity} does not hold the lease ${options.namespace}/${name}`);
    },
    signal: over.signal,
    release: async () => {
      const held = isLeader();
      stop.abort();
      await running;
      end('released');
      if (held) await giveUp();
    },
  };
}
