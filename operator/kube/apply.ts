import { MANAGER as fieldManager } from '../api/names.ts';
import { keyOf, type Kind, kindId, type KubernetesObject, type ObjectRef } from '../api/objects.ts';
import type { KubeClient, KubeRequest } from './client.ts';
import { isLastApplied, needsApply, stamp } from './drift.ts';
import { ChangedMeanwhile, FieldConflict, isStatus, KubeError, type ManagedField } from './errors.ts';
import { nameOf, refuseForeign, uncached } from './ownership.ts';
import { collectionPath, objectPath } from './paths.ts';
import { createRevertLimiter } from './revertLimiter.ts';
import type { Store } from './store.ts';

/**
 * The only way to write. Every method asks the fence first, rejects with NotLeader, KubeError or FieldConflict, and
 * folds the server's answer into the kind's store, so that the next read sees it.
 */
export type Writer = {
  /**
   * Stamps and applies `desired` if the cached object differs from it, else sends nothing; returns the object as it is then.
   * With `metadata.resourceVersion` it applies to that state of the object only: rejects with ChangedMeanwhile once there is a
   * later one. Rejects with ForeignObject if `desired` has an owner and the object there is another's or nobody's: the server
   * would see no conflict where both say the same, and the object would be deleted with an owner that never made it. Manual edits
   * of a `guarded` kind are reverted and listed in `edits`, but only over the very spec that was looked at; after repeated edits
   * the object is left alone for a while and reported as a FieldConflict.
   */
  ensure(desired: KubernetesObject): Promise<Ensured>;
  /** As `ensure`, but only while `desired` is what was applied last: so it puts back and changes nothing. */
  restore(desired: KubernetesObject): Promise<Ensured | undefined>;
  /** Server-side apply without force: FieldConflict where another manager owns one of the fields. */
  apply(object: KubernetesObject): Promise<KubernetesObject>;
  /**
   * Replaces the whole `status`: nobody else has business there. With `metadata.uid` only that of this incarnation
   * (409 if the name is another's by now). A JSON patch, because the server ignores the uid in an applied status.
   */
  applyStatus(object: KubernetesObject): Promise<KubernetesObject>;
  /** Rejects with status 409 (AlreadyExists) when the name is taken. */
  create(object: KubernetesObject): Promise<KubernetesObject>;
  /** JSON merge patch (RFC 7386), e.g. to abort a Rollout; rejects with 404 when there is no such object. */
  patch(kind: Kind, ref: ObjectRef, body: Readonly<Record<string, unknown>>, subresource?: string): Promise<KubernetesObject>;
  /** Deletes. With `uid` only that incarnation (409 if the name is another's by now). Resolves to false when it was gone. */
  remove(
    kind: Kind,
    ref: ObjectRef,
    options?: { readonly uid?: string; readonly propagation?: 'Background' | 'Foreground' | 'Orphan' },
  ): Promise<boolean>;
};

export type Ensured = { readonly object: KubernetesObject; readonly changed: boolean; readonly edits?: readonly ManagedField[] };

type WriterOptions = {
  readonly client: KubeClient;
  /** Every kind that may be written; of `guarded` ones edits by hand are put back. */
  readonly kinds: readonly (Kind & { readonly guarded?: boolean })[];
  readonly storeOf: (kind: Kind) => Store | undefined;
  /** Throws when nothing may be written; asked right before each sending. */
  readonly fence: () => void;
  /** Cuts writes under way when leadership ends. */
  readonly signal?: AbortSignal;
};

/** A patch by RFC 6902 that sets the whole status, of this very object where its uid is given. */
function statusPatch({ metadata: { uid }, ...object }: KubernetesObject): readonly unknown[] {
  const isSame = uid === undefined ? [] : [{ op: 'test', path: '/metadata/uid', value: uid }];
  return [...isSame, { op: 'add', path: '/status', value: object['status'] }];
}

const deletion = (propagationPolicy: string, uid: string | undefined) => ({
  apiVersion: 'v1',
  kind: 'DeleteOptions',
  propagationPolicy,
  ...(uid === undefined ? {} : { preconditions: { uid } }),
});

export function createWriter(options: WriterOptions): Writer {
  const { client, fence } = options;
  const reverts = createRevertLimiter();
  const kinds = new Map(options.kinds.map((kind) => [kindId(kind), kind]));

  const kindOf = (object: KubernetesObject): Kind & { readonly guarded?: boolean } => {
    const kind = kinds.get(kindId(object));
    if (kind === undefined) throw new Error(`${kindId(object)} is not in the table of kinds`);
    return kind;
  };

  const send = (request: KubeRequest): Promise<unknown> =>
    client.send({ ...request, fence, ...(options.signal === undefined ? {} : { signal: options.signal }) });

  const sendAndFold = async (kind: Kind, request: KubeRequest): Promise<KubernetesObject> => {
    const answer = (await send(request)) as KubernetesObject;
    options.storeOf(kind)?.upsert(answer);
    return answer;
  };

  const apply = async (object: KubernetesObject, force = false): Promise<KubernetesObject> => {
    const kind = kindOf(object);
    try {
      return await sendAndFold(kind, {
        method: 'PATCH',
        path: objectPath(kind, object.metadata),
        query: { fieldManager, force, fieldValidation: 'Strict' },
        contentType: 'application/apply-patch+yaml',
        body: object,
      });
    } catch (error) {
      throw asFieldConflict(object, error);
    }
  };

  const meantFor = async (desired: KubernetesObject, seen: KubernetesObject): Promise<KubernetesObject> =>
    forState(desired, seen, await sendAndFold(kindOf(desired), { method: 'GET', path: objectPath(kindOf(desired), desired.metadata) }));

  const cachedOf = (desired: KubernetesObject): KubernetesObject | undefined =>
    options.storeOf(kindOf(desired))?.get(keyOf(desired.metadata));

  const ensure = async (desired: KubernetesObject): Promise<Ensured> => {
    const live = cachedOf(desired) ?? (await uncached(desired, kindOf(desired), send));
    if (live !== undefined && !needsApply(desired, live)) return { object: live, changed: false };
    refuseForeign(desired, live);
    refuseOutdated(desired, live);
    const stamped = stamp(desired);
    try {
      return { object: await apply(stamped), changed: true };
    } catch (error) {
      const edits = kindOf(desired).guarded === true ? editsIn(error) : [];
      const edit = editKey(desired, edits);
      if (edits.length === 0 || live === undefined || !reverts.allows(edit)) throw error;
      const object = await apply(await meantFor(stamped, live), true);
      reverts.count(edit);
      return { object, changed: true, edits };
    }
  };

  return {
    ensure,
    restore: async (desired) => {
      const live = cachedOf(desired);
      return live !== undefined && isLastApplied(desired, live) ? ensure(desired) : undefined;
    },
    apply: (object) => apply(object),
    applyStatus: async (object) => {
      const kind = kindOf(object);
      try {
        return await sendAndFold(kind, {
          method: 'PATCH',
          path: objectPath(kind, object.metadata, 'status'),
          query: { fieldManager },
          contentType: 'application/json-patch+json',
          body: statusPatch(object),
        });
      } catch (error) {
        throw object.metadata.uid === undefined ? error : asWrongIncarnation(object, error);
      }
    },
    create: (object) => {
      const kind = kindOf(object);
      const path = collectionPath(kind, object.metadata.namespace);
      return sendAndFold(kind, { method: 'POST', path, query: { fieldManager, fieldValidation: 'Strict' }, body: object });
    },
    patch: (kind, ref, body, subresource) =>
      sendAndFold(kind, {
        method: 'PATCH',
        path: objectPath(kind, ref, subresource),
        query: { fieldManager },
        contentType: 'application/merge-patch+json',
        body,
      }),
    remove: async (kind, ref, { uid, propagation = 'Background' } = {}) => {
      const store = options.storeOf(kind);
      const cached = store?.get(keyOf(ref));
      try {
        foldDeletion(store, cached, await send({ method: 'DELETE', path: objectPath(kind, ref), body: deletion(propagation, uid) }));
        return true;
      } catch (error) {
        if (isStatus(error, 404)) return false;
        throw error;
      }
    },
  };
}

function refuseOutdated(desired: KubernetesObject, live: KubernetesObject | undefined): void {
  const { resourceVersion } = desired.metadata;
  if (resourceVersion !== undefined && resourceVersion !== live?.metadata.resourceVersion) throw new ChangedMeanwhile(nameOf(desired));
}

/**
 * `desired` for the very state that the API server has now, if its spec is the one that was looked at: Argo Rollouts writes
 * statuses all the time. The API server refuses it (409) once the object has changed again.
 */
function forState(desired: KubernetesObject, seen: KubernetesObject, now: KubernetesObject): KubernetesObject {
  const { resourceVersion = '', generation } = now.metadata;
  const isSeen = generation === undefined ? resourceVersion === seen.metadata.resourceVersion : generation === seen.metadata.generation;
  if (!isSeen) throw new ChangedMeanwhile(nameOf(desired));
  return { ...desired, metadata: { ...desired.metadata, resourceVersion } };
}

/** The answer to a DELETE is a Status or the last state when the object is gone, else the object that awaits finalizers. */
function foldDeletion(store: Store | undefined, cached: KubernetesObject | undefined, answer: unknown): void {
  const object = answer as KubernetesObject;
  if (object.kind !== 'Status') {
    if (object.metadata.deletionTimestamp === undefined) store?.bury(object);
    else store?.upsert(object);
    return;
  }
  const { details } = answer as { readonly details?: { readonly uid?: string } };
  if (cached !== undefined && details?.uid === cached.metadata.uid) store?.bury(cached);
}

/** A failed `test` comes back as a 422 that names no field; a status that the schema refuses names its fields. */
function asWrongIncarnation(object: KubernetesObject, error: unknown): unknown {
  if (!isStatus(error, 422) || (error.details?.causes ?? []).length > 0) return error;
  const message = `${nameOf(object)} is no longer the one with uid ${object.metadata.uid ?? ''}`;
  return new KubeError({ status: 409, reason: 'Conflict', message, cause: error });
}

/** For updates the API server adds the API version and the time. */
const EDITED = /" using \S+/;
const MANAGER = /conflict with "((?:[^"\\]|\\.)*)"/;

/** Who has written the field, as the message of a conflict says. */
const writerIn = (message: string) => ({ manager: MANAGER.exec(message)?.[1] ?? message, edited: EDITED.test(message) });

/**
 * The fields in conflict, if all of them were edited by hand; none if anyone applies one of them. The number of replicas
 * belongs to the autoscaler.
 */
function editsIn(error: unknown): readonly ManagedField[] {
  const isEdit = ({ edited, field }: ManagedField): boolean => edited && field !== '.spec.replicas';
  return error instanceof FieldConflict && error.conflicts.every(isEdit) ? error.conflicts : [];
}

const editKey = (object: KubernetesObject, edits: readonly ManagedField[]): string =>
  `${nameOf(object)} by ${[...new Set(edits.map(({ manager }) => manager))].sort().join()}`;

function asFieldConflict(object: KubernetesObject, error: unknown): unknown {
  if (!(error instanceof KubeError) || error.status !== 409) return error;
  const causes = (error.details?.causes ?? []).filter(({ reason }) => reason === 'FieldManagerConflict');
  if (causes.length === 0) return object.metadata.resourceVersion === undefined ? error : new ChangedMeanwhile(nameOf(object), error);
  const conflicts = causes.map(({ field = '', message = '' }) => ({ field, ...writerIn(message) }));
  return new FieldConflict(nameOf(object), conflicts, error);
}
