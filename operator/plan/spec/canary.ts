import type { RecommenderModel } from '../../api/model.ts';
import { namesOf } from '../../api/names.ts';
import { type DeliveryStep, gate, hold, start } from './step.ts';

/** A growing share of users; each step holds and then asks the gate. */
export function canarySteps({ metadata, spec }: RecommenderModel): DeliveryStep[] {
  return spec.delivery.canary.steps.map(({ weight, hold: duration }) => ({
    phase: 'Canary',
    weight,
    parts: [start(weight), hold(duration), gate(namesOf(metadata.name).gate)],
  }));
}
