import type { RecommenderModel } from '../../api/model.ts';
import { namesOf } from '../../api/names.ts';
import { canarySteps } from './canary.ts';
import { approval, type DeliveryStep, gate, hold, scale } from './step.ts';

/**
 * The champion's pods duplicate requests to a candidate without users and compare the responses; then it continues as a canary,
 * or waits for a person to decide. It keeps the pods it was compared with.
 */
export function shadowSteps(model: RecommenderModel): DeliveryStep[] {
  const { holdFor, then } = model.spec.delivery.shadow;
  const parts = [scale(100), hold(holdFor), gate(namesOf(model.metadata.name).shadowGate), ...(then === 'Stop' ? [approval] : [])];
  return [{ phase: 'Shadow', weight: 0, parts }, ...canarySteps(model)];
}
