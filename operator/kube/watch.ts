import type { KubernetesObject } from '../api/objects.ts';
import type { KubeClient } from './client.ts';
import { KubeError, type Status } from './errors.ts';
import type { Scope } from './list.ts';
import { collectionPath } from './paths.ts';
import { deadline } from './time.ts';

/** What a watch reports: that it is open, an object in its current state, a deletion, or only how far history has been sent. */
export type WatchEvent =
  | { readonly type: 'opened' }
  | { readonly type: 'present' | 'deleted'; readonly object: KubernetesObject }
  | { readonly type: 'bookmark'; readonly resourceVersion: string };

/** A watch on HTTP/1.1, where a dead connection looks like a silent one, is renewed this often. */
const SHORT_WATCH_SECONDS = 30;
/** How long after its announced end a watch may linger before we cut it. */
const GRACE_MS = 10_000;

/**
 * Watches a collection from a resourceVersion on. Ends when the server ends it, which it does after 5–10 min (random,
 * so that many watches do not renew in step). Throws KubeError; status 410 means that the history from here is gone.
 */
export async function* watchFrom(
  client: KubeClient,
  scope: Scope,
  resourceVersion: string,
  parent: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const seconds = client.noticesDeadWatches() ? 300 + Math.floor(Math.random() * 300) : SHORT_WATCH_SECONDS;
  const limit = deadline(seconds * 1000 + GRACE_MS, parent);
  try {
    const stream = await client.open({
      method: 'GET',
      path: collectionPath(scope.kind, scope.namespace),
      query: {
        watch: true,
        allowWatchBookmarks: true,
        labelSelector: scope.labelSelector,
        resourceVersion,
        timeoutSeconds: seconds,
      },
      signal: limit.signal,
    });
    yield { type: 'opened' };
    for await (const line of stream) yield parse(line);
  } finally {
    limit.end();
  }
}

function parse(line: string): WatchEvent {
  const { type, object } = JSON.parse(line) as { type: string; object: KubernetesObject };
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { type: 'present', object };
    case 'DELETED':
      return { type: 'deleted', object };
    case 'BOOKMARK':
      return { type: 'bookmark', resourceVersion: object.metadata.resourceVersion ?? '' };
    case 'ERROR':
      throw failure(object as unknown as Status);
    default:
      throw new KubeError({ status: 0, reason: 'Unknown', message: `the watch sent an event of unknown type ${type}` });
  }
}

function failure(status: Status): KubeError {
  return new KubeError({
    status: status.code ?? 0,
    reason: status.reason ?? 'Unknown',
    message: `the watch ended: ${status.message ?? 'no reason given'}`,
    retryAfterSeconds: status.details?.retryAfterSeconds,
    details: status.details,
  });
}
