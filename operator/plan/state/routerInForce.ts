import type { Rollout } from '../../api/argo.ts';
import type { RecommenderModel } from '../../api/model.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { isRouterType } from '../spec/router.ts';
import type { Observed } from './observed.ts';
import { servingPods } from './podShares.ts';
import { rolloutDigest } from './rolloutState.ts';
import { championOf } from './snapshot.ts';

export type Router = RecommenderModel['spec']['delivery']['router'];

/** The router as text; undefined for the default, which is not annotated. */
const noteOf = (router: Router): string | undefined => (router.type === 'BuiltIn' ? undefined : JSON.stringify(router));

/** Annotations of a Rollout with the router it was made with. */
export function routerNote({ spec }: RecommenderModel): { annotations?: Record<string, string> } {
  const note = noteOf(spec.delivery.router);
  return note === undefined ? {} : { annotations: { [ANNOTATIONS.router]: note } };
}

const noteOn = ({ metadata }: Rollout): string | undefined => metadata.annotations?.[ANNOTATIONS.router];

/** The Rollout was made with the router that the model asks for. */
export function isRouterInForce({ model, rollout }: Observed): boolean {
  return rollout !== undefined && noteOn(rollout) === noteOf(model.spec.delivery.router);
}

/**
 * Replaces the desired router by the one in force. Changing it would make Argo Rollouts start over, and would remove what
 * divides the users while two versions serve: so the change waits until the champion serves alone.
 */
export function withRouterInForce(observed: Observed): { observed: Observed; waiting?: Router } {
  const { model, rollout } = observed;
  if (!rollout || isRouterInForce(observed) || !isShared(observed)) return { observed };
  const { delivery } = model.spec;
  const inForce = { ...model, spec: { ...model.spec, delivery: { ...delivery, router: routerOf(rollout) } } };
  return { observed: { ...observed, model: inForce }, waiting: delivery.router };
}

function routerOf(rollout: Rollout): Router {
  try {
    const router = JSON.parse(noteOn(rollout) ?? '{}') as Partial<Router> | null;
    if (isRouterType(router?.type)) return { ...router, type: router.type };
  } catch {
    // Someone overwrote it.
  }
  return { type: 'BuiltIn' };
}

/** Another version than the champion is in the Rollout, or has pods. */
function isShared(observed: Observed): boolean {
  const champion = championOf(observed.versions)?.spec.digest;
  if (champion === undefined || !observed.rollout) return false;
  const digests = servingPods(observed).map(({ metadata }) => metadata.annotations?.[ANNOTATIONS.digest]);
  return [rolloutDigest(observed.rollout), ...digests].some((digest) => digest !== champion);
}
