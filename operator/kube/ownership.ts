import { MANAGER } from '../api/names.ts';
import { keyOf, type Kind, type KubernetesObject } from '../api/objects.ts';
import type { KubeRequest } from './client.ts';
import { ForeignObject, isStatus } from './errors.ts';
import { objectPath } from './paths.ts';

/** E.g. `Service shop/books`. */
export const nameOf = ({ kind, metadata }: KubernetesObject): string => `${kind} ${keyOf(metadata)}`;

const controllerOf = ({ metadata }: KubernetesObject) => metadata.ownerReferences?.find(({ controller }) => controller === true);

/**
 * Only what has an owner is asked about. An earlier life of the owner has the same kind and name, and what it left may be taken
 * over; so may what we applied ourselves and a backup has brought back without its owner.
 */
export function refuseForeign(desired: KubernetesObject, live: KubernetesObject | undefined): void {
  const ours = controllerOf(desired);
  if (ours === undefined || live === undefined) return;
  const theirs = controllerOf(live);
  if (theirs === undefined ? wasApplied(live) : theirs.kind === ours.kind && theirs.name === ours.name) return;
  throw new ForeignObject(nameOf(desired), theirs === undefined ? `"${makerOf(live)}"` : `${theirs.kind} ${theirs.name}`);
}

const wasApplied = ({ metadata }: KubernetesObject): boolean =>
  metadata.managedFields?.some(({ manager, operation }) => manager === MANAGER && operation === 'Apply') === true;

/** Field manager of the oldest entry that the API server keeps. */
const makerOf = ({ metadata }: KubernetesObject): string =>
  metadata.managedFields?.toSorted((a, b) => Date.parse(a.time ?? '') - Date.parse(b.time ?? ''))[0]?.manager ?? 'unknown';

/**
 * The object that is there though no cache has it: one of others lacks the label that the caches select by, so before anything
 * with an owner is created the server is asked.
 */
export async function uncached(
  desired: KubernetesObject,
  kind: Kind,
  send: (request: KubeRequest) => Promise<unknown>,
): Promise<KubernetesObject | undefined> {
  if (controllerOf(desired) === undefined) return undefined;
  try {
    return (await send({ method: 'GET', path: objectPath(kind, desired.metadata) })) as KubernetesObject;
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}
