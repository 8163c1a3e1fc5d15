import type { Kind } from '../api/objects.ts';

/** REST path of a kind's collection, in one namespace or over all, e.g. `/apis/apps/v1/namespaces/shop/deployments`. */
export function collectionPath(kind: Kind, namespace?: string): string {
  const root = kind.apiVersion.includes('/') ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`;
  const scope = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${kind.plural}`;
}

/** REST path of one object, or of its subresource. Throws for a namespaced kind without namespace. */
export function objectPath(
  kind: Kind,
  ref: { readonly namespace?: string; readonly name: string },
  subresource?: string,
): string {
  if (kind.namespaced && !ref.namespace) {
    throw new Error(`${kind.kind} ${ref.name} needs metadata.namespace: ${kind.plural} are namespaced`);
  }
  const suffix = subresource === undefined ? '' : `/${subresource}`;
  return `${collectionPath(kind, ref.namespace)}/${encodeURIComponent(ref.name)}${suffix}`;
}
