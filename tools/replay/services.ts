import { POD_TEMPLATE_HASH_LABEL } from '../../serving/contract/carrier.ts';
import { at, type Entry, isOf, placeOf, textAt } from './entry.ts';
import { isOperator } from './lease.ts';
import type { World } from './world.ts';

/** Argo Rollouts or a person says which pods a Service leads to; the operator repeats it, and never from an outdated view. */
export function followService({ selected, violations }: World, write: Entry): void {
  if (!isOf(write, 'services')) return;
  const place = placeOf(write);
  const hash = textAt(write.requestObject, 'spec', 'selector', POD_TEMPLATE_HASH_LABEL);
  if (!isOperator(write)) {
    if (hash !== '') selected.set(place, { hash, at: write.stageTimestamp });
    else if (at(write.requestObject, 'spec', 'selector') !== undefined) selected.delete(place);
    return;
  }
  if (hash === '') return;
  const last = selected.get(place);
  if (last && last.hash !== hash && last.at < write.requestReceivedTimestamp) {
    violations.push(`${write.stageTimestamp} ${place} was pointed back at the pods ${hash}, after it had been pointed at ${last.hash}.`);
  }
}
