import { namesOf } from '../../operator/api/names.ts';
import { isUnderWay } from '../../operator/plan/state/snapshot.ts';
import { isBeside, jointAttemptsOf } from '../../operator/plan/state/jointAttempt.ts';
import { carrierAt } from './carriers.ts';
import { at, type Entry, isOf, placeOf, textAt } from './entry.ts';
import type { Known, Share, World } from './world.ts';

/** Who is in which group, and how many shares of users the Rollout of a member gives before everyone. */
export function followGroup({ groups, steps }: World, write: Entry): void {
  if (isOf(write, 'recommendermodels') && at(write.requestObject, 'spec', 'release') !== undefined) {
    groups.set(placeOf(write), textAt(write.requestObject, 'spec', 'group'));
  }
  const written = at(write.requestObject, 'spec', 'strategy', 'canary', 'steps');
  if (isOf(write, 'rollouts') && Array.isArray(written)) {
    steps.set(placeOf(write), written.filter((each) => at(each, 'setWeight') !== undefined).length);
  }
}

/** Where pods divide the users: no other router is told whose share it is. */
const carrierOfModel = ({ namespace, model }: Known): string => carrierAt('Ingress', `${namespace}/${namesOf(model).carrierIngress}`);
const placeOfModel = ({ namespace, model }: Known): string => `${namespace}/${model}`;

/** Versions of the other models of its group. */
function othersOf({ groups, versions }: World, known: Known): Known[] {
  const group = groups.get(placeOfModel(known)) ?? '';
  const isOther = (each: Known): boolean =>
    each.namespace === known.namespace && each.model !== known.model && groups.get(placeOfModel(each)) === group;
  return group === '' ? [] : [...versions.values()].filter(isOther);
}

const attemptsOf = ({ decisions }: Known) => jointAttemptsOf(decisions.toReversed());

/** Whether the version goes its way with its group: not what was promoted by hand. */
function isMoving(known: Known): boolean {
  const [attempt] = attemptsOf(known);
  return isUnderWay(known.stage) && attempt?.end === Infinity && !attempt.isPromotedAlone;
}

/** Sentence part about one of the group that had to come first; undefined where this share may be given. */
export function wentAhead(world: World, { carrier, share }: { carrier: string; share: Share }): string | undefined {
  const known = [...world.versions.values()].find((each) => each.digest === share.digest && carrierOfModel(each) === carrier);
  if (!known || !isMoving(known)) return undefined;
  const behind = othersOf(world, known).filter(isMoving).find((other) => {
    const all = world.steps.get(placeOfModel(other)) ?? 0;
    const needed = share.weight === 100 ? all : Math.min((share.given ?? 1) - 1, all);
    return sharesGiven(world.shares.get(carrierOfModel(other)), other) < needed;
  });
  const nameOf = ({ model, version }: Known): string => `${model} ${version}`;
  return behind && `${nameOf(known)} went to ${String(share.weight)}% ahead of ${nameOf(behind)} of its group`;
}

/** Once a version serves everyone Argo Rollouts takes its share back, a moment before the operator records the promotion. */
function sharesGiven(share: Share | undefined, { digest }: Known): number {
  if (share?.digest !== digest) return 0;
  if (share.weight > 0) return share.given ?? 1;
  return share.fell?.from === 100 ? Infinity : 0;
}

/** Sentence part about one of the group that was lost on its way beside this one, before it was promoted; `time`: RFC 3339. */
export function lostBefore(world: World, known: Known, time: string): string | undefined {
  const [mine] = attemptsOf(known);
  if (!mine || mine.isPromotedAlone) return undefined;
  const lost = othersOf(world, known).find((each) =>
    attemptsOf(each).some((other) => other.lost && other.lost.at < time && isBeside(mine, other)));
  return lost && `was promoted although ${lost.model} ${lost.version} of its group had been lost`;
}
