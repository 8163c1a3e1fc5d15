import { type Entry, isByHand, isOf, placeOf } from './entry.ts';
import { said } from './weights.ts';
import type { World } from './world.ts';

/** So long a share that somebody wrote may stand. */
const LONGEST_MS = 5_000;

/** What people write is no promise of ours; that it is put back is. A Rollout that somebody edited starts its steps over. */
export function followHand(world: World, write: Entry): void {
  const place = placeOf(write);
  if (isOf(write, 'rollouts') && isByHand(write) && write.verb !== 'delete') startOver(world, place);
  if (!isOf(write, 'ingresses') || said(write).weight === undefined) return;
  const since = world.byHand.get(place);
  if (isByHand(write)) {
    world.counts.edits += 1;
    world.byHand.set(place, since ?? write.stageTimestamp);
    return;
  }
  world.byHand.delete(place);
  const stood = since === undefined ? 0 : Date.parse(write.stageTimestamp) - Date.parse(since);
  if (stood > LONGEST_MS) world.violations.push(`${write.stageTimestamp} ${place}: a share written by hand stood for ${String(stood / 1000)} s.`);
}

function startOver({ shares }: World, rollout: string): void {
  for (const [place, { digest }] of shares) {
    if (place.startsWith(`${rollout}-`)) shares.set(place, { weight: 0, digest });
  }
}

/** At the end of a log. */
export const neverPutBack = ({ byHand }: World): string[] => [...byHand].map(([place, since]) => `${since} ${place}: a share was written by hand and never put back.`);
