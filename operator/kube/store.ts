import { keyOf, type KubernetesObject } from '../api/objects.ts';
import { deepFreeze, isNewer, versioned } from './versions.ts';

/** One change of a cached object. A new object has no `before`, a deleted one no `after`. */
type Change = { readonly before: KubernetesObject | undefined; readonly after: KubernetesObject | undefined };

/** Values under which an object is found, such as the uids of its owners. */
export type IndexOf = (object: KubernetesObject) => readonly string[];

/**
 * The cache of one kind. Objects in it are deeply frozen. It takes three kinds of news in any order: lists, watch
 * events and the answers to our own writes; whichever resourceVersion is newest stays.
 */
export type Store = {
  /** By `namespace/name`. */
  get(key: string): KubernetesObject | undefined;
  all(): readonly KubernetesObject[];
  /** Throws for an index that was not declared. */
  byIndex(index: string, value: string): readonly KubernetesObject[];
  /** Takes an object if it is newer than the one here, and not one that is known to be deleted. */
  upsert(object: KubernetesObject): void;
  /**
   * Takes the news that an object is no longer in the watched collection: deleted, or relabelled so that the selector
   * misses it. `object` is its last state, its resourceVersion that of the event; newer news brings it back.
   */
  remove(object: KubernetesObject): void;
  /** Takes the server's answer that this incarnation was deleted, without a resourceVersion: it never comes back. */
  bury(object: KubernetesObject): void;
  /**
   * Takes a whole list: what it lacks was deleted, unless it was written after the list was made. A list older than the
   * one before means that the server's history was rewritten (etcd restored from a backup): then it is taken as it is.
   */
  replace(objects: readonly KubernetesObject[], listVersion: string): void;
  onChange(listener: (change: Change) => void): void;
  readonly size: number;
};

/** Deleted objects that are remembered, so that late news of them does not bring them back. */
const TOMBSTONES = 2_000;

/** News of the key is refused up to `version`, or, where `uid` is set, while it is of that incarnation. */
type Tombstone = { readonly version: string; readonly uid?: string | undefined };

/** Makes an empty cache. `onError` is called with what listeners throw; the cache carries on. */
export function createStore(
  options: {
    readonly indexes?: Readonly<Record<string, IndexOf>>;
    readonly onError?: (error: unknown) => void;
  } = {},
): Store {
  const objects = new Map<string, KubernetesObject>();
  const tombstones = new Map<string, Tombstone>();
  const listeners: ((change: Change) => void)[] = [];
  const indexes = new Map(Object.entries(options.indexes ?? {}).map(([name, of]) => [name, createIndex(of)]));

  let newestList: string | undefined;

  const put = (key: string, before: KubernetesObject | undefined, after: KubernetesObject | undefined): void => {
    if (after === undefined) objects.delete(key);
    else objects.set(key, after);
    for (const index of indexes.values()) index.move(key, before, after);
    for (const listener of listeners) {
      try {
        listener({ before, after });
      } catch (error) {
        options.onError?.(error);
      }
    }
  };

  const mark = (key: string, tombstone: Tombstone): void => {
    tombstones.delete(key);
    tombstones.set(key, tombstone);
    const oldest = tombstones.size > TOMBSTONES ? tombstones.keys().next().value : undefined;
    if (oldest !== undefined) tombstones.delete(oldest);
  };

  const upsert = (object: KubernetesObject): void => {
    const key = keyOf(object.metadata);
    const before = objects.get(key);
    if (before !== undefined && !isNewer(object, before)) return;
    if (before === undefined && isBuried(tombstones.get(key), object)) return;
    tombstones.delete(key);
    put(key, before, deepFreeze(object));
  };

  const drop = (object: KubernetesObject, uid?: string): void => {
    const key = keyOf(object.metadata);
    const before = objects.get(key);
    const isAnother = before !== undefined && before.metadata.uid !== object.metadata.uid && isNewer(before, object);
    if (isAnother) return;
    mark(key, { version: object.metadata.resourceVersion ?? '', uid });
    if (before !== undefined) put(key, before, undefined);
  };

  return {
    get: (key) => objects.get(key),
    all: () => [...objects.values()],
    byIndex: (name, value) => {
      const index = indexes.get(name);
      if (index === undefined) throw new Error(`the cache has no index "${name}"`);
      return index.keys(value).flatMap((key) => objects.get(key) ?? []);
    },
    upsert,
    remove: (object) => drop(object),
    bury: (object) => drop(object, object.metadata.uid),
    replace: (list, listVersion) => {
      const rewritten = newestList !== undefined && isNewer(versioned(newestList), versioned(listVersion));
      newestList = listVersion;
      if (rewritten) tombstones.clear();
      const listed = new Set(list.map((object) => keyOf(object.metadata)));
      for (const [key, object] of [...objects]) {
        if (listed.has(key) || (!rewritten && isNewer(object, versioned(listVersion)))) continue;
        if (!rewritten) mark(key, { version: listVersion });
        put(key, object, undefined);
      }
      for (const object of list) {
        if (rewritten) put(keyOf(object.metadata), objects.get(keyOf(object.metadata)), deepFreeze(object));
        else upsert(object);
      }
    },
    onChange: (listener) => void listeners.push(listener),
    get size() {
      return objects.size;
    },
  };
}

function isBuried(tombstone: Tombstone | undefined, object: KubernetesObject): boolean {
  if (tombstone === undefined) return false;
  if (tombstone.uid !== undefined && tombstone.uid === object.metadata.uid) return true;
  return tombstone.version !== '' && !isNewer(object, versioned(tombstone.version));
}

function createIndex(of: IndexOf) {
  const keysOf = new Map<string, Set<string>>();
  const forget = (value: string, key: string): void => {
    const keys = keysOf.get(value);
    keys?.delete(key);
    if (keys?.size === 0) keysOf.delete(value);
  };
  return {
    keys: (value: string): readonly string[] => [...(keysOf.get(value) ?? [])],
    move: (key: string, before: KubernetesObject | undefined, after: KubernetesObject | undefined): void => {
      if (before !== undefined) for (const value of of(before)) forget(value, key);
      if (after !== undefined) for (const value of of(after)) keysOf.set(value, (keysOf.get(value) ?? new Set()).add(key));
    },
  };
}
