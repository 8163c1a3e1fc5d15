import { keyOf, kindId, type KubernetesObject } from '../api/objects.ts';
import type { Log } from '../telemetry/log.ts';
import type { KubeClient } from './client.ts';
import { isStatus, KubeError, messageOf } from './errors.ts';
import { listAll, type Scope } from './list.ts';
import type { Store } from './store.ts';
import { delays, pause } from './time.ts';
import { type WatchEvent, watchFrom } from './watch.ts';

/** Keeps a store in sync with the API server's collection, whatever happens in between. */
export type Reflector = {
  readonly scope: Scope;
  readonly store: Store;
  start(): void;
  stop(): Promise<void>;
  /** True from the first complete list on, also while the connection is lost: the cache may be old, not empty. */
  hasSynced(): boolean;
  /** Resolves at the first complete list, or when the server says that it does not know the kind. */
  settled(): Promise<void>;
  /** True while the server does not know the kind: its CRD is not installed (or not yet served). */
  missing(): boolean;
  onMissingChange(listener: (missing: boolean) => void): void;
  /** Why nothing comes in at present; undefined while the watch is open. */
  problem(): string | undefined;
  /** Milliseconds (performance.now) of the last list page, event, bookmark or opened watch. */
  lastContact(): number | undefined;
  /** Milliseconds since it last sent or received anything, in vain or not; 0 before the start. */
  idleMs(): number;
};

/** After an outage every reflector is back within 5 s of the API server. */
const RETRY_MS = { first: 200, longest: 5_000 };
/** A missing CRD or permission has to be fixed by people, so it is retried less often. */
const REFUSED_MS = { first: 1_000, longest: 10_000 };
/** Upper bound for a Retry-After of the server. */
const LONGEST_RETRY_AFTER_SECONDS = 60;
/** A watch that ends sooner than this with nothing in it counts as failed. */
const SHORTEST_WATCH_MS = 1_000;

/**
 * One list, then watches from its resourceVersion on; each watch resumes where the last ended. Where the server has
 * forgotten that place (410) the list is read again, and whatever is gone from it is deleted from the store.
 */
export function createReflector(client: KubeClient, scope: Scope, store: Store, log: Log): Reflector {
  const stopped = new AbortController();
  const { signal } = stopped;
  const first = Promise.withResolvers<void>();
  const retries = { failed: delays(RETRY_MS.first, RETRY_MS.longest), refused: delays(REFUSED_MS.first, REFUSED_MS.longest) };
  const missingListeners: ((missing: boolean) => void)[] = [];
  const state: State = { synced: false, missing: false, problem: 'not started' };
  let running: Promise<void> | undefined;

  const touch = (heard: boolean): void => {
    state.turn = performance.now();
    if (heard) state.contact = state.turn;
  };

  const setMissing = (missing: boolean): void => {
    if (missing) first.resolve();
    if (state.missing === missing) return;
    state.missing = missing;
    for (const listener of missingListeners) listener(missing);
  };

  const relist = async (): Promise<string> => {
    const list = await listAll(client, scope, signal);
    store.replace(list.items, list.resourceVersion);
    touch(true);
    state.synced = true;
    setMissing(false);
    first.resolve();
    return list.resourceVersion;
  };

  const keep = (object: KubernetesObject): void => {
    if (scope.wanted?.(object) ?? true) store.upsert(object);
    else if (store.get(keyOf(object.metadata)) !== undefined) store.remove(object);
  };

  const take = (event: WatchEvent): void => {
    touch(true);
    if (event.type === 'opened') {
      delete state.problem;
      return;
    }
    retries.failed.reset();
    retries.refused.reset();
    if (event.type === 'present') keep(event.object);
    if (event.type === 'deleted') store.remove(event.object);
    const version = event.type === 'bookmark' ? event.resourceVersion : event.object.metadata.resourceVersion;
    if (version) state.version = version;
  };

  const follow = async (): Promise<void> => {
    touch(false);
    state.version ??= await relist();
    const openedAt = performance.now();
    let events = -1;
    for await (const event of watchFrom(client, scope, state.version, signal)) {
      take(event);
      events++;
    }
    touch(true);
    if (events > 0 || performance.now() - openedAt > SHORTEST_WATCH_MS) return;
    throw new KubeError({ status: 0, reason: 'WatchEnded', message: 'the watch ended as soon as it started' });
  };

  const recover = async (error: unknown): Promise<void> => {
    const expired = mustRelist(error);
    if (expired) delete state.version;
    const wasMissing = state.missing;
    setMissing(isStatus(error, 404));
    state.problem = messageOf(error);
    const wait = delayFor(error, retries);
    // A cluster may never learn a kind that few models need.
    if (!wasMissing || !state.missing) {
      log.warn('list or watch failed, retrying', { kind: kindId(scope.kind), error, relist: expired, waitMs: Math.round(wait) });
    }
    await pause(wait, signal);
  };

  const isStopped = (): boolean => signal.aborted;

  const run = async (): Promise<void> => {
    while (!isStopped()) {
      try {
        await follow();
      } catch (error) {
        if (!isStopped()) await recover(error);
      }
    }
  };

  return {
    scope,
    store,
    start: () => {
      running ??= run();
    },
    stop: async () => {
      stopped.abort();
      await running;
    },
    hasSynced: () => state.synced,
    settled: () => first.promise,
    missing: () => state.missing,
    onMissingChange: (listener) => void missingListeners.push(listener),
    problem: () => state.problem,
    lastContact: () => state.contact,
    idleMs: () => (state.turn === undefined ? 0 : performance.now() - state.turn),
  };
}

type State = {
  /** resourceVersion up to which the store is current; none before the first list and after a loss. */
  version?: string;
  synced: boolean;
  missing: boolean;
  problem?: string;
  contact?: number;
  turn?: number;
};

/** 410: history compacted. 404: the CRD is gone, its history too. 504: the server's history ends before ours (etcd restored). */
function mustRelist(error: unknown): boolean {
  return isStatus(error, 410) || isStatus(error, 404) || isStatus(error, 504) || !(error instanceof KubeError);
}

type Retries = { readonly failed: { next(): number }; readonly refused: { next(): number } };

function delayFor(error: unknown, retries: Retries): number {
  const refused = isStatus(error, 401) || isStatus(error, 403) || isStatus(error, 404);
  const delay = (refused ? retries.refused : retries.failed).next();
  const asked = error instanceof KubeError ? (error.retryAfterSeconds ?? 0) : 0;
  return Math.max(delay, Math.min(asked, LONGEST_RETRY_AFTER_SECONDS) * 1000 * (1 + Math.random() / 2));
}
