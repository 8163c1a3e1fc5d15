import type { RecommenderModel } from '../../api/model.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { Observed } from './observed.ts';
import { rolloutDigest } from './rolloutState.ts';
import { withRouterInForce } from './routerInForce.ts';
import { championOf } from './snapshot.ts';
import { stepsOf } from './steps.ts';

type Delivery = RecommenderModel['spec']['delivery'];

/** What a candidate keeps to its end: Argo Rollouts follows the steps it was given at the start. */
const FIXED = ['strategy', 'canary', 'blueGreen', 'shadow', 'approval'] as const satisfies readonly (keyof Delivery)[];

const fixedOf = (delivery: Partial<Delivery>): Partial<Delivery> => Object.fromEntries(FIXED.map((part) => [part, delivery[part]]));

/** Annotations of a Rollout with the delivery and the group that its candidate was started with. */
export const deliveryNote = ({ spec: { delivery, group } }: RecommenderModel): Record<string, string> => ({
  [ANNOTATIONS.delivery]: JSON.stringify({ ...fixedOf(delivery), ...(group === undefined ? {} : { group }) }),
});

/**
 * Replaces the desired delivery by the one in force, so that messages, gates and measurements of a candidate follow its actual
 * steps. `waiting`: sentences about later changes.
 */
export function withDeliveryInForce(given: Observed): { observed: Observed; waiting: string[] } {
  const { observed, waiting: router } = withRouterInForce(given);
  const { model } = observed;
  const started = startedWith(observed) ?? model;
  const changed = FIXED.filter((part) => JSON.stringify(started.spec.delivery[part]) !== JSON.stringify(model.spec.delivery[part]));
  return {
    observed: { ...observed, model: started },
    waiting: [
      ...(router ? [`The change of delivery.router to ${router.type} takes effect once a single version serves everyone.`] : []),
      ...(model.spec.group !== undefined && model.spec.group !== started.spec.group
        ? [`It joins group ${model.spec.group} with the next candidate.`]
        : []),
      ...(changed.length > 0
        ? [`The change of ${changed.map((part) => `delivery.${part}`).join(', ')} takes effect with the next candidate.`]
        : []),
    ],
  };
}

/** The model as the candidate in the Rollout was started with it; undefined without a candidate or an annotation. */
function startedWith({ model, rollout, versions }: Observed): RecommenderModel | undefined {
  const note = rollout?.metadata.annotations?.[ANNOTATIONS.delivery];
  const champion = championOf(versions)?.spec.digest;
  if (!rollout || note === undefined || champion === undefined || rolloutDigest(rollout) === champion) return undefined;
  try {
    const { group: startedIn, ...all } = JSON.parse(note) as Partial<Delivery> & { group?: string };
    const noted = fixedOf(all);
    const { group: _, ...spec } = model.spec;
    const started = {
      ...model,
      spec: { ...spec, ...(startedIn === undefined ? {} : { group: startedIn }), delivery: { ...model.spec.delivery, ...noted } },
    };
    const isWhole = FIXED.every((part) => noted[part] !== undefined) && stepsOf(started).length > 0;
    return isWhole ? started : undefined;
  } catch {
    // Someone overwrote it.
    return undefined;
  }
}
