import { namesOf } from '../../operator/api/names.ts';
import { CARRIER } from '../../serving/contract/carrier.ts';
import { at, type Entry, isByHand, placeOf } from './entry.ts';

/** What a write says of a candidate's share of users, whatever kind of object carries it. */
export interface WeightWrite extends WeightFields {
  /** The object, as `namespace/name (Kind)`. */
  carrier: string;
  /** Whether a person wrote it. */
  isByHand: boolean;
  /** RFC 3339: when it was written. */
  at: string;
}

/** Absent is what the write leaves as it is. */
interface WeightFields {
  /** Percent. */
  weight?: number;
  /** Whose share it is; '' where the router is not told. */
  digest?: string;
}

/** Kinds of object that routers read shares from, and how they read them. */
const KINDS = {
  Ingress: { resource: 'ingresses', read: ofAnnotations },
  VirtualService: { resource: 'virtualservices', read: ofRoutes },
} satisfies Record<string, { resource: string; read: (object: unknown) => WeightFields }>;

/** @param place `namespace/name` */
export const carrierAt = (kind: keyof typeof KINDS, place: string): string => `${place} (${kind})`;

/** The carrier that is written or deleted; undefined for objects of other kinds, and their subresources. */
export function carrierOf(write: Entry): string | undefined {
  const kind = kindOf(write);
  return kind && carrierAt(kind, placeOf(write));
}

/** Undefined for objects that carry no shares. */
export function weightIn(write: Entry): WeightWrite | undefined {
  const kind = kindOf(write);
  if (kind === undefined) return undefined;
  const carrier = carrierAt(kind, placeOf(write));
  return { ...KINDS[kind].read(write.requestObject), carrier, isByHand: isByHand(write), at: write.stageTimestamp };
}

export const namespaceOf = (carrier: string): string => carrier.split('/')[0] ?? '';

/** Whether it carries the shares of this Rollout, as `namespace/name`: all but a VirtualService of the user's own are named after it. */
export const isOfRollout = (carrier: string, rollout: string): boolean =>
  carrier === carrierAt('VirtualService', rollout) || (carrier.startsWith(`${rollout}-`) && carrier.endsWith('(Ingress)'));

const kindOf = ({ objectRef }: Entry): keyof typeof KINDS | undefined =>
  (Object.keys(KINDS) as (keyof typeof KINDS)[]).find((kind) =>
    KINDS[kind].resource === objectRef?.resource && objectRef.subresource === undefined);

/**
 * The prefix of the annotations depends on the router. A weight for ingress-nginx does not say whose it is, and what another router
 * has left on the same Ingress about that counts no more.
 */
function ofAnnotations(object: unknown): WeightFields {
  const annotations = (at(object, 'metadata', 'annotations') ?? {}) as Record<string, string>;
  const foreign = Object.keys(annotations).find((key) => key.endsWith('/canary-weight') && key !== CARRIER.weight);
  if (foreign !== undefined) return { weight: Number(annotations[foreign]), digest: '' };
  const { [CARRIER.weight]: weight, [CARRIER.candidateDigest]: digest } = annotations;
  return { ...(weight === undefined ? {} : { weight: Number(weight) }), ...(digest === undefined ? {} : { digest }) };
}

const CANDIDATE = namesOf('').candidateService;

/**
 * A route that divides users leads to champion and candidate; the one for testers leads to the candidate alone. No route
 * says whose its weights are.
 */
function ofRoutes(object: unknown): WeightFields {
  const routes = listAt(object, 'spec', 'http').map((each) => listAt(each, 'route'));
  const dividing = routes.find((destinations) => destinations.length > 1 && destinations.some(isCandidate));
  return dividing ? { weight: Number(at(dividing.find(isCandidate), 'weight') ?? 0), digest: '' } : {};
}

/** A host may be written with its namespace. */
function isCandidate(destination: unknown): boolean {
  const [service] = String(at(destination, 'destination', 'host')).split('.');
  return service?.endsWith(CANDIDATE) === true;
}

function listAt(value: unknown, ...path: string[]): unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}
