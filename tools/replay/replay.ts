import { carrierOf, isOfRollout } from './carriers.ts';
import { followDecisions, followRegistration } from './decisions.ts';
import { type Entry, isOf, placeOf, writesOf } from './entry.ts';
import { followGroup } from './groups.ts';
import { followHand, neverPutBack } from './hand.ts';
import { followLease, wroteWithoutLease } from './lease.ts';
import { followPods } from './pods.ts';
import { followRollout } from './rollouts.ts';
import { followService } from './services.ts';
import { followWeight, fellWithoutDecision } from './weights.ts';
import { type Counts, emptyWorld, type World } from './world.ts';

/** What looks at every write, in the order in which they were made; each adds to the world and reports violations. */
const LOOKS: readonly ((world: World, write: Entry) => void)[] = [
  followLease,
  wroteWithoutLease,
  followGroup,
  followRegistration,
  followDecisions,
  followRollout,
  followPods,
  followService,
  followHand,
  followWeight,
  forget,
];

/**
 * Replays an audit log against what releases promise: a share of users only grows, but for the end of an attempt; nobody is
 * promoted without a pass or an act of a person; pods of all users run a champion and nothing unproven; a Service leads to
 * the pods that Argo Rollouts chose; a decision and an act
 * are made once; models of a group take each step together; only the holder of the lease writes. Pure.
 * @returns violations as sentences, none where all is well, and what was replayed
 */
export function replay(entries: readonly Entry[]): { violations: string[]; counts: Counts } {
  const world = emptyWorld();
  for (const write of writesOf(entries)) {
    for (const look of LOOKS) look(world, write);
  }
  return { violations: [...world.violations, ...fellWithoutDecision(world), ...neverPutBack(world)], counts: world.counts };
}

/** What was known of a deleted object does not hold for a later one of the same name. */
function forget(world: World, write: Entry): void {
  if (write.verb !== 'delete') return;
  const carrier = carrierOf(write);
  if (carrier !== undefined) for (const map of [world.shares, world.byHand]) map.delete(carrier);
  if (isOf(write, 'services')) world.selected.delete(placeOf(write));
  if (isOf(write, 'replicasets')) world.pods.delete(placeOf(write));
  if (isOf(write, 'modelversions')) world.versions.delete(placeOf(write));
  // Its carrier stays behind or goes a moment later, by no decision.
  if (isOf(write, 'rollouts') || isOf(write, 'recommendermodels')) {
    for (const map of [world.shares, world.byHand]) forgetThose(map, (each) => isOfRollout(each, placeOf(write)));
  }
  if (isOf(write, 'namespaces')) {
    const maps = [world.shares, world.byHand, world.versions, world.pods, world.selected];
    for (const map of maps) forgetThose(map, (place) => place.startsWith(`${write.objectRef?.name ?? ''}/`));
  }
}

function forgetThose(map: Map<string, unknown>, isGone: (key: string) => boolean): void {
  for (const key of map.keys()) if (isGone(key)) map.delete(key);
}
