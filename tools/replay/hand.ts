import { isOfRollout, weightIn } from './carriers.ts';
import { type Entry, isByHand, isOf, placeOf } from './entry.ts';
import type { World } from './world.ts';

/** So long a share that somebody wrote may stand. */
const LONGEST_MS = 5_000;

/**
 * What people write is no promise of ours; that it is put back is. A VirtualService may be theirs: what they write of it with the
 * weight as it is edits nothing. A Rollout that somebody edited starts its steps over; whoever writes its status may let it go on.
 */
export function followHand(world: World, write: Entry): void {
  if (isOf(write, 'rollouts', 'status') && isByHand(write)) world.letGo.set(placeOf(write), write.stageTimestamp);
  if (isOf(write, 'rollouts') && isByHand(write) && write.verb !== 'delete') startOver(world, placeOf(write));
  const said = weightIn(write);
  if (said?.weight === undefined) return;
  const { carrier, weight, at: time } = said;
  const since = world.byHand.get(carrier);
  if (said.isByHand && weight !== (world.shares.get(carrier)?.weight ?? 0)) {
    world.counts.edits += 1;
    world.byHand.set(carrier, since ?? time);
    return;
  }
  world.byHand.delete(carrier);
  const stood = since === undefined ? 0 : Date.parse(time) - Date.parse(since);
  if (stood > LONGEST_MS) world.violations.push(`${time} ${carrier}: a share written by hand stood for ${String(stood / 1000)} s.`);
}

function startOver({ shares }: World, rollout: string): void {
  for (const [carrier, { digest }] of shares) {
    if (isOfRollout(carrier, rollout)) shares.set(carrier, { weight: 0, digest });
  }
}

/** At the end of a log. */
export const neverPutBack = ({ byHand }: World): string[] =>
  [...byHand].map(([carrier, since]) => `${since} ${carrier}: a share was written by hand and never put back.`);
