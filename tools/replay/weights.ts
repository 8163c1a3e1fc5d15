import { startsAttempt } from '../../operator/plan/facts.ts';
import { CARRIER } from '../../serving/contract.ts';
import { at, type Entry, isByHand, isOf, placeOf } from './entry.ts';
import { nameOf } from './decisions.ts';
import { wentAhead } from './groups.ts';
import { lostItsPods } from './pods.ts';
import { type Known, type Share, withDigest, type World } from './world.ts';

/**
 * What a write says of a share; the prefix of the annotations depends on the router. A weight for ingress-nginx does not say whose
 * it is, and what another router has left on the same Ingress about that counts no more.
 */
export function said({ requestObject }: Entry): { weight?: number; digest?: string } {
  const annotations = (at(requestObject, 'metadata', 'annotations') ?? {}) as Record<string, string>;
  const foreign = Object.keys(annotations).find((key) => key.endsWith('/canary-weight') && key !== CARRIER.weight);
  if (foreign !== undefined) return { weight: Number(annotations[foreign]), digest: '' };
  const { [CARRIER.weight]: weight, [CARRIER.candidateDigest]: digest } = annotations;
  return { ...(weight === undefined ? {} : { weight: Number(weight) }), ...(digest === undefined ? {} : { digest }) };
}

const NO_SHARE: Share = { weight: 0, digest: '' };

/** A share grows; it falls to nothing at the end of an attempt and grows again only in another. */
export function followWeight(world: World, write: Entry): void {
  if (!isOf(write, 'ingresses') || isByHand(write)) return;
  const known = world.shares.get(placeOf(write));
  const before = known ?? NO_SHARE;
  const now = { weight: before.weight, digest: before.digest, ...said(write) };
  if (!known && said(write).weight === undefined) return;
  if (now.weight !== before.weight) world.counts.weights += 1;
  const wrong = known && wrongAbout(world, write, { before, now });
  if (wrong !== undefined) world.violations.push(`${write.stageTimestamp} ${placeOf(write)}: ${wrong}.`);
  const share = { ...now, ...given(before, now), ...fall(world, write, before, now) };
  const ahead = now.weight > before.weight ? wentAhead(world, { place: placeOf(write), share }) : undefined;
  if (ahead !== undefined) world.violations.push(`${write.stageTimestamp} ${placeOf(write)}: ${ahead}.`);
  world.shares.set(placeOf(write), share);
}

function given(before: Share, now: Share): Pick<Share, 'given'> {
  if (now.weight === 0) return {};
  const isSame = now.digest === before.digest && before.weight > 0;
  return { given: (isSame ? (before.given ?? 1) : 0) + (now.weight > before.weight || !isSame ? 1 : 0) };
}

function fall(world: World, write: Entry, before: Share, now: Share): Pick<Share, 'fellAt' | 'withoutPods'> {
  if (now.weight > 0 || now.digest !== before.digest) return {};
  if (before.weight === 0) return { ...(before.fellAt === undefined ? {} : { fellAt: before.fellAt }), ...(before.withoutPods === undefined ? {} : { withoutPods: before.withoutPods }) };
  const isWithoutPods = lostItsPods(world, write.objectRef?.namespace ?? '', now.digest);
  return { fellAt: write.stageTimestamp, ...(isWithoutPods ? { withoutPods: before.weight } : {}) };
}

/** Sentence part; undefined where a share may become this one. */
function wrongAbout({ versions }: World, write: Entry, { before, now }: { before: Share; now: Share }): string | undefined {
  if (now.weight === 0) return undefined;
  const change = `${String(before.weight)}% to ${String(now.weight)}%`;
  if (now.digest !== before.digest) return before.weight > 0 && !wasChampion(versions, write, now.digest) ? `users went over from one candidate to another, ${change}` : undefined;
  if (now.weight < before.weight) return `the share fell from ${change}`;
  const { fellAt, withoutPods = 0 } = before;
  if (now.weight <= withoutPods) return undefined;
  return fellAt !== undefined && !isNewAttempt(versions, write, now.digest, fellAt) ? `the share grew again within one attempt, from ${change}` : undefined;
}

/** A way back may lead from a candidate to any champion of before, at once. */
const wasChampion = (versions: Map<string, Known>, write: Entry, digest: string): boolean =>
  withDigest(versions, write.objectRef?.namespace ?? '', digest).some(({ decisions }) => decisions.some(({ to }) => to === 'Champion'));

function isNewAttempt(versions: Map<string, Known>, write: Entry, digest: string, fellAt: string): boolean {
  const known = withDigest(versions, write.objectRef?.namespace ?? '', digest);
  return known.length === 0 || known.some(({ decisions }) => decisions.some((each) => startsAttempt(each) && !isBefore(each.at, fellAt)));
}

/** Decisions are told in whole seconds. */
const isBefore = (time: string, other: string): boolean => Date.parse(time) < Math.floor(Date.parse(other) / 1000) * 1000;

const ENDS = ['Champion', 'Retired', 'Rejected', 'RolledBack', 'Candidate'];

/** At the end of a log: shares that were taken away and never explained. */
export function fellWithoutDecision({ shares, versions }: World): string[] {
  return [...shares].flatMap(([place, { digest, fellAt }]) => {
    const namespace = place.split('/')[0] ?? '';
    const known = withDigest(versions, namespace, digest);
    if (fellAt === undefined || known.length === 0 || known.some(({ stage }) => ENDS.includes(stage))) return [];
    return [`${fellAt} ${place}: users were taken from ${known.map(nameOf).join(', ')} and no decision says why.`];
  });
}
