import { startsAttempt } from '../../operator/plan/state/snapshot.ts';
import { namespaceOf, type WeightWrite, weightIn } from './carriers.ts';
import type { Entry } from './entry.ts';
import { nameOf } from './decisions.ts';
import { wentAhead } from './groups.ts';
import { lostItsPods } from './pods.ts';
import { type Known, type Share, withDigest, type World } from './world.ts';

const NO_SHARE: Share = { weight: 0, digest: '' };

/** A share grows; it falls to nothing at the end of an attempt and grows again only in another. */
export function followWeight(world: World, write: Entry): void {
  const said = weightIn(write);
  if (said && !said.isByHand) follow(world, said);
}

function follow(world: World, said: WeightWrite): void {
  const { carrier, at: time } = said;
  const known = world.shares.get(carrier);
  const before = known ?? NO_SHARE;
  const now = { weight: said.weight ?? before.weight, digest: said.digest ?? before.digest };
  if (!known && said.weight === undefined) return;
  if (now.weight !== before.weight) world.counts.weights += 1;
  const wrong = known && wrongAbout(world, carrier, { before, now });
  if (wrong !== undefined) world.violations.push(`${time} ${carrier}: ${wrong}.`);
  const share = { ...now, ...given(before, now), ...fall(world, said, before, now) };
  const ahead = now.weight > before.weight ? wentAhead(world, { carrier, share }) : undefined;
  if (ahead !== undefined) world.violations.push(`${time} ${carrier}: ${ahead}.`);
  world.shares.set(carrier, share);
}

function given(before: Share, now: Share): Pick<Share, 'given'> {
  if (now.weight === 0) return {};
  const isSame = now.digest === before.digest && before.weight > 0;
  return { given: (isSame ? (before.given ?? 1) : 0) + (now.weight > before.weight || !isSame ? 1 : 0) };
}

function fall(world: World, { carrier, at: time }: WeightWrite, before: Share, now: Share): Pick<Share, 'fell'> {
  if (now.weight > 0 || now.digest !== before.digest) return {};
  if (before.weight === 0) return before.fell ? { fell: before.fell } : {};
  return { fell: { at: time, from: before.weight, isWithoutPods: lostItsPods(world, namespaceOf(carrier), now.digest) } };
}

/** Sentence part; undefined where a share may become this one. */
function wrongAbout({ versions }: World, carrier: string, { before, now }: { before: Share; now: Share }): string | undefined {
  if (now.weight === 0) return undefined;
  const change = `${String(before.weight)}% to ${String(now.weight)}%`;
  if (now.digest !== before.digest) {
    const isTaken = before.weight > 0 && !wasChampion(versions, carrier, now.digest);
    return isTaken ? `users went over from one candidate to another, ${change}` : undefined;
  }
  if (now.weight < before.weight) return `the share fell from ${change}`;
  const { fell } = before;
  if (!fell || (fell.isWithoutPods && now.weight <= fell.from)) return undefined;
  return !isNewAttempt(versions, carrier, now.digest, fell.at) ? `the share grew again within one attempt, from ${change}` : undefined;
}

/** A way back may lead from a candidate to any champion of before, at once. */
const wasChampion = (versions: Map<string, Known>, carrier: string, digest: string): boolean =>
  withDigest(versions, namespaceOf(carrier), digest).some(({ decisions }) => decisions.some(({ to }) => to === 'Champion'));

function isNewAttempt(versions: Map<string, Known>, carrier: string, digest: string, fellAt: string): boolean {
  const known = withDigest(versions, namespaceOf(carrier), digest);
  return known.length === 0 || known.some(({ decisions }) => decisions.some((each) => startsAttempt(each) && !isBefore(each.at, fellAt)));
}

/** Decisions are recorded in whole seconds. */
const isBefore = (time: string, other: string): boolean => Date.parse(time) < Math.floor(Date.parse(other) / 1000) * 1000;

const ENDS = ['Champion', 'Retired', 'Rejected', 'RolledBack', 'Candidate'];

/** At the end of a log: shares that were taken away and never explained. */
export function fellWithoutDecision({ shares, versions }: World): string[] {
  return [...shares].flatMap(([carrier, { digest, fell }]) => {
    const known = withDigest(versions, namespaceOf(carrier), digest);
    if (!fell || known.length === 0 || known.some(({ stage }) => ENDS.includes(stage))) return [];
    return [`${fell.at} ${carrier}: users were taken from ${known.map(nameOf).join(', ')} and no decision says why.`];
  });
}
