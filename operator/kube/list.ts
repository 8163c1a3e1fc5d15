import type { Kind, KubernetesObject } from '../api/objects.ts';
import type { KubeClient } from './client.ts';
import { isStatus } from './errors.ts';
import { collectionPath } from './paths.ts';

export type Scope = {
  readonly kind: Kind;
  /** All namespaces when left out. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  /** What no selector can say; all others are let go by. */
  readonly wanted?: (object: KubernetesObject) => boolean;
};

type List = { readonly items: KubernetesObject[]; readonly resourceVersion: string };

/** Objects in one page. */
const PAGE = 500;

type Page = {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly KubernetesObject[];
};

/**
 * Lists a whole collection, page by page, at one resourceVersion. No resourceVersion is asked for, so the answer is
 * never older than the last write: an operator that just took over must not act on a stale cache of the API server.
 * A page token that expires while we read (410) makes us read again, without pages, as client-go does.
 */
export async function listAll(client: KubeClient, scope: Scope, signal?: AbortSignal): Promise<List> {
  try {
    return await readPages(client, scope, PAGE, signal);
  } catch (error) {
    if (!isStatus(error, 410)) throw error;
    return await readPages(client, scope, undefined, signal);
  }
}

async function readPages(client: KubeClient, scope: Scope, limit: number | undefined, signal?: AbortSignal): Promise<List> {
  const items: KubernetesObject[] = [];
  let next: string | undefined;
  for (;;) {
    const page = (await client.send({
      method: 'GET',
      path: collectionPath(scope.kind, scope.namespace),
      query: { labelSelector: scope.labelSelector, limit, continue: next },
      ...(signal === undefined ? {} : { signal }),
    })) as Page;
    items.push(...(page.items ?? []).map((item) => whole(item, scope.kind)).filter((item) => scope.wanted?.(item) ?? true));
    next = page.metadata?.continue || undefined;
    if (next === undefined) return { items, resourceVersion: page.metadata?.resourceVersion ?? '' };
  }
}

/** Items of a built-in kind's list come without apiVersion and kind. */
function whole(item: KubernetesObject, kind: Kind): KubernetesObject {
  return { ...item, apiVersion: kind.apiVersion, kind: kind.kind };
}
