import { MANAGER } from '../../operator/api/names.ts';
import { POD_TEMPLATE_HASH_LABEL } from '../../serving/contract.ts';
import { type Entry, isOf, placeOf, textAt } from './entry.ts';
import type { World } from './world.ts';

/** Which pods a Service leads to is said by Argo Rollouts, or by a person; the operator repeats it and never says it from a view that is past. */
export function followService({ selected, violations }: World, write: Entry): void {
  if (!isOf(write, 'services')) return;
  const place = placeOf(write);
  const hash = textAt(write.requestObject, 'spec', 'selector', POD_TEMPLATE_HASH_LABEL);
  if (hash === '') return;
  if (!write.user.username.endsWith(`:${MANAGER}`)) {
    selected.set(place, { hash, at: write.stageTimestamp });
    return;
  }
  const last = selected.get(place);
  if (last && last.hash !== hash && last.at < write.requestReceivedTimestamp) {
    violations.push(`${write.stageTimestamp} ${place} was led back to the pods ${hash}, after Argo Rollouts had led it to ${last.hash}.`);
  }
}
