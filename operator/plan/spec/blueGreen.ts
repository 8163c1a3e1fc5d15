import type { RecommenderModel } from '../../api/model.ts';
import { namesOf } from '../../api/names.ts';
import { type DeliveryStep, gate, hold, scale, start } from './step.ts';

/** A whole second stack, checked while it has no users; then a share of them tries it. It keeps its size all the way. */
export function blueGreenSteps({ metadata, spec }: RecommenderModel): DeliveryStep[] {
  const { weight, validateFor } = spec.delivery.blueGreen;
  const names = namesOf(metadata.name);
  return [
    { phase: 'Canary', weight: 0, parts: [scale(100), gate(names.stackGate)] },
    { phase: 'Canary', weight, parts: [start(weight), hold(validateFor), gate(names.gate)] },
  ];
}
