import { createHash } from 'node:crypto';
import { POD_TEMPLATE_HASH_LABEL } from '../../serving/contract/carrier.ts';
import { ANNOTATIONS } from '../api/names.ts';
import type { KubernetesObject } from '../api/objects.ts';
import { isSameQuantity } from '../api/quantity.ts';

/** Holds a hash of the object as we last applied it. */
export const APPLIED = ANNOTATIONS.applied;

/** Fields whose values, or whose members' values, are quantities, and so may come back spelled otherwise. */
const QUANTITIES: ReadonlySet<string> = new Set(['limits', 'requests', 'capacity', 'sizeLimit', 'averageValue', 'divisor']);
/** Maps that are one field, to which nobody may add: a Service with one label more selects no pod. */
const WHOLE: ReadonlySet<string> = new Set(['selector']);
/** Metadata lists that the API merges by member: others may add theirs. */
const SHARED_LISTS: ReadonlySet<string> = new Set(['finalizers', 'ownerReferences']);

/** The object with its hash as an annotation. */
export function stamp<T extends KubernetesObject>(desired: T): T {
  const annotations = { ...desired.metadata.annotations, [APPLIED]: hashOf(desired) };
  return { ...desired, metadata: { ...desired.metadata, annotations } };
}

/**
 * Whether `desired` has to be applied. It has if we last applied something else (also something with more fields, which
 * the API server must now drop), or if a field of it is absent or unequal in `live`: somebody changed it. Fields that
 * only `live` has are the server's defaults or another manager's, and do not count.
 *
 * Lists are compared member by member and must be equally long. `{}`, `[]` and null equal an absent field, because the
 * server drops them; every other value has to be there. `status` is not looked at.
 */
export function needsApply(desired: KubernetesObject, live: KubernetesObject): boolean {
  return !isLastApplied(desired, live) || driftOf(desired, live) !== undefined;
}

/** Whether `desired` is what we applied last, whatever has become of it since. */
export const isLastApplied = (desired: KubernetesObject, live: KubernetesObject): boolean =>
  live.metadata.annotations?.[APPLIED] === hashOf(desired);

/** Path of the first field of `desired` that `live` lacks or has otherwise, e.g. `.spec.ports[0].port`; undefined if none. */
export function driftOf(desired: KubernetesObject, live: KubernetesObject): string | undefined {
  const { status: _status, metadata: { resourceVersion: _state, ...metadata }, ...rest } = desired;
  const { [APPLIED]: _hash, ...annotations } = metadata.annotations ?? {};
  return drift({ ...rest, metadata: { ...metadata, annotations } }, live, '', '');
}

/**
 * First 16 hex digits of the SHA-256 over the object's JSON with sorted keys. Left out: the annotation itself; the uid and the
 * resource version, which say which object is meant and not what is desired; and fields controlled by someone else.
 */
export function hashOf(desired: KubernetesObject): string {
  const { status: _status, spec, metadata: { uid: _uid, resourceVersion: _state, ...metadata }, ...rest } = desired;
  const { [APPLIED]: _hash, ...annotations } = metadata.annotations ?? {};
  const text = JSON.stringify(
    { ...rest, spec: isRecord(spec) ? withoutFollowed(spec) : spec, metadata: { ...metadata, annotations } },
    sortKeys,
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The number of replicas may be an autoscaler's, and which pods a Service selects is Argo Rollouts'. */
function withoutFollowed(spec: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { selector } = spec;
  const { [POD_TEMPLATE_HASH_LABEL]: _hash, ...labels } = isRecord(selector) ? selector : {};
  return { ...spec, ...(spec['replicas'] === undefined ? {} : { replicas: 'any' }), ...(isRecord(selector) ? { selector: labels } : {}) };
}

function sortKeys(_key: string, value: unknown): unknown {
  if (!isRecord(value)) return value;
  const sorted = Object.keys(value).sort().map((key) => [key, value[key]]);
  return Object.fromEntries(sorted);
}

/** `field` is the name of the nearest field above, to know quantities and shared lists by. */
function drift(desired: unknown, live: unknown, path: string, field: string): string | undefined {
  if (desired === undefined || (live === undefined && isNothing(desired))) return undefined;
  if (Array.isArray(desired)) return listDrift(desired, live, path, field);
  if (isRecord(desired)) return recordDrift(desired, live, path, field);
  if (desired === live || (typeof desired === 'string' && desired.toWellFormed() === live)) return undefined;
  return QUANTITIES.has(field) && isSameQuantity(desired, live) ? undefined : path;
}

function listDrift(desired: readonly unknown[], live: unknown, path: string, field: string): string | undefined {
  if (!Array.isArray(live)) return path;
  if (path === `.metadata.${field}` && SHARED_LISTS.has(field)) {
    const missing = desired.some((member) => !live.some((other) => drift(member, other, '.', '') === undefined));
    return missing ? path : undefined;
  }
  if (desired.length !== live.length) return path;
  return firstDefined(desired, (member, index) => drift(member, live[index], `${path}[${index}]`, field));
}

function recordDrift(desired: Readonly<Record<string, unknown>>, live: unknown, path: string, field: string): string | undefined {
  if (!isRecord(live)) return path || '.';
  if (WHOLE.has(field) && Object.keys(live).some((key) => !Object.hasOwn(desired, key))) return path;
  return firstDefined(Object.keys(desired), (key) => {
    const theirs = Object.hasOwn(live, key) ? live[key] : undefined;
    return drift(desired[key], theirs, `${path}.${key}`, QUANTITIES.has(field) ? field : key);
  });
}

function firstDefined<T>(values: readonly T[], of: (value: T, index: number) => string | undefined): string | undefined {
  for (const [index, value] of values.entries()) {
    const found = of(value, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isNothing(value: unknown): boolean {
  if (value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.values(value).every((inner) => inner === undefined);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
