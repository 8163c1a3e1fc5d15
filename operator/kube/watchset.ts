import { type Kind, kindId, type KubernetesObject } from '../api/objects.ts';
import type { Log } from '../telemetry/log.ts';
import type { KubeClient } from './client.ts';
import { createReflector, type Reflector } from './reflector.ts';
import { createStore, type IndexOf, type Store } from './store.ts';

export type Watched = {
  readonly kind: Kind;
  /** Label selector, e.g. `app.kubernetes.io/managed-by=recommender-operator`. */
  readonly selector?: string;
  /** Where no selector can tell the objects of interest from the rest. */
  readonly wanted?: (object: KubernetesObject) => boolean;
  readonly indexes?: Readonly<Record<string, IndexOf>>;
  /** Queue keys that a change of this object concerns. Asked for the object before and after the change. */
  readonly keysOf: (object: KubernetesObject) => readonly string[];
};

/** The caches of all watched kinds, kept current. */
export type WatchSet = {
  start(): void;
  stop(): Promise<void>;
  /** Resolves once every kind that the server knows has been listed; a kind without CRD does not hold it up. */
  synced(): Promise<void>;
  /** Throws for a kind that is not watched. */
  storeOf(kind: Kind): Store;
  /** Kinds that the server does not know. They are retried at least every 10 s. */
  missing(): readonly Kind[];
  /** One sentence for each kind that is not listed yet or whose watch is down. */
  problems(): readonly string[];
  /** Kinds that were never listed, the missing ones left out. */
  unsynced(): readonly Kind[];
  /** Kinds whose reflector has neither sent nor received anything for `ms`: it hangs. */
  idle(ms: number): readonly Kind[];
  /** Calls back when a kind goes missing or comes back, so that conditions which name it can be written anew. */
  onMissingChange(listener: (kind: Kind, missing: boolean) => void): void;
};

/** One reflector and store a kind, over all namespaces or one; every change adds the keys it concerns. */
export function createWatchSet(options: {
  readonly client: KubeClient;
  readonly watched: readonly Watched[];
  readonly add: (key: string) => void;
  readonly log: Log;
  readonly namespace?: string;
}): WatchSet {
  const entries = new Map(options.watched.map((watched) => [kindId(watched.kind), openReflector(watched, options)]));
  const reflectors = [...entries.values()];
  return {
    start: () => {
      for (const reflector of reflectors) reflector.start();
    },
    stop: async () => {
      await Promise.all(reflectors.map((reflector) => reflector.stop()));
    },
    synced: async () => {
      await Promise.all(reflectors.map((reflector) => reflector.settled()));
    },
    storeOf: (kind) => {
      const reflector = entries.get(kindId(kind));
      if (reflector === undefined) throw new Error(`${kindId(kind)} is not watched`);
      return reflector.store;
    },
    missing: () => reflectors.filter((reflector) => reflector.missing()).map(({ scope }) => scope.kind),
    problems: () =>
      reflectors.flatMap((reflector) => {
        const problem = reflector.problem();
        return problem === undefined ? [] : [`${reflector.scope.kind.kind}: ${problem}`];
      }),
    unsynced: () =>
      reflectors.filter((reflector) => !reflector.hasSynced() && !reflector.missing()).map(({ scope }) => scope.kind),
    idle: (ms) => reflectors.filter((reflector) => reflector.idleMs() > ms).map(({ scope }) => scope.kind),
    onMissingChange: (listener) => {
      for (const reflector of reflectors) reflector.onMissingChange((missing) => listener(reflector.scope.kind, missing));
    },
  };
}

function openReflector(
  watched: Watched,
  options: { readonly client: KubeClient; readonly add: (key: string) => void; readonly log: Log; readonly namespace?: string },
): Reflector {
  const { kind, selector, wanted, keysOf } = watched;
  const log = options.log.with({ kind: kindId(kind) });
  const store = createStore({
    ...(watched.indexes === undefined ? {} : { indexes: watched.indexes }),
    onError: (error) => log.error('cannot pass on a change', { error }),
  });
  store.onChange(({ before, after }) => {
    const keys = [before, after].flatMap((object) => (object === undefined ? [] : keysOf(object)));
    for (const key of new Set(keys)) options.add(key);
  });
  const scope = {
    kind,
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    ...(selector === undefined ? {} : { labelSelector: selector }),
    ...(wanted === undefined ? {} : { wanted }),
  };
  return createReflector(options.client, scope, store, log);
}
