/** A reference to the object that owns another; the API server's garbage collector follows it. */
type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
};

export type ObjectMeta = {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  /** RFC 3339; set while the object waits for its finalizers. */
  readonly deletionTimestamp?: string;
  /** RFC 3339. */
  readonly creationTimestamp?: string;
  readonly managedFields?: readonly ManagedFields[];
};

/** What one client has written of an object, as far as the operator reads it. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  /** RFC 3339. */
  readonly time?: string;
  readonly fieldsV1?: { readonly 'f:metadata'?: { readonly 'f:annotations'?: Readonly<Record<string, unknown>> } };
}

/** Any Kubernetes object as plain JSON. Objects that come out of a cache are deeply frozen. */
export type KubernetesObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
};

/** What is needed to build the REST path of a kind: `{apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', …}`. */
export type Kind = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
};

/** Names one object; `uid`, where given, names one incarnation of it. */
export type ObjectRef = {
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
};

/** `namespace/name`, or `name` for objects without a namespace: the key of caches and of the work queue. */
export function keyOf(meta: { readonly namespace?: string; readonly name: string }): string {
  return meta.namespace === undefined || meta.namespace === '' ? meta.name : `${meta.namespace}/${meta.name}`;
}

/** `kind.apiVersion` as one string, e.g. `networking.k8s.io/v1/Ingress`: names a kind in tables and logs. */
export function kindId(kind: { readonly apiVersion: string; readonly kind: string }): string {
  return `${kind.apiVersion}/${kind.kind}`;
}
