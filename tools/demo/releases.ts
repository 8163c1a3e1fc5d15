import type { Shop } from '../testenv/shop.ts';
import { follow, type Status } from './following.ts';
import type { Asked } from './plots/plot.ts';
import type { Teller } from './tell.ts';
import { askedLines, number, readersTable, releaseLines, sentence, shieldedIn, wentBack } from './words.ts';

export const rejected = ({ phase }: Status): boolean => phase === 'Rejected';
const serves = (version: string) => ({ champion, phase }: Status): boolean => champion?.version === version && (phase === 'Healthy' || phase === 'Watching');
const decision = ({ history }: Status, version: string): string =>
  sentence(history?.find((entry) => entry.version === version)?.reason ?? 'the status tells no reason');

export async function tellFirst(shop: Shop, tell: Teller, { first, asked }: { first: string; asked: Asked }): Promise<void> {
  if (Object.keys(asked).length > 0) {
    tell.say('A RecommenderModel says how its versions come to readers:');
    tell.show(askedLines(asked), 'command');
    tell.say('What it serves is in these lines, and no other will change:');
  } else tell.say('A RecommenderModel is applied. What it serves is in these lines, and no other will change:');
  await apply(shop, tell, first);
  await follow(shop, tell, { what: `${first} serves`, comes: serves(first), fails: rejected, limitMs: 150_000 });
  tell.say('There is no earlier version to compare it with: once its bundle had been checked, it started.', 'good');
}

interface Promoted {
  version: string;
  from: string;
  /** It is on its way, and this was told last. */
  underway?: Status;
}

export async function tellPromoted(shop: Shop, tell: Teller, { version, from, underway }: Promoted): Promise<Status> {
  if (!underway) await apply(shop, tell, version);
  const promoted = { what: `${version} is promoted`, comes: serves(version), fails: rejected, limitMs: 240_000, told: underway?.message };
  const status = await follow(shop, tell, promoted);
  const reason = decision(status, version);
  if (status.message !== reason) tell.say(reason, 'good');
  const seen = await shop.seen();
  tell.show(readersTable(seen, [from, version]));
  const back = wentBack(seen, version, from);
  tell.say(back === 0 ? `No reader who had come to ${version} was sent back.` : `${number(back)} readers were sent back on the way.`);
  return status;
}

/** @returns why the version was rejected, in a sentence */
export async function tellRejected(shop: Shop, tell: Teller, version: string): Promise<string> {
  const status = await follow(shop, tell, { what: `${version} is rejected`, comes: rejected, fails: serves(version), limitMs: 180_000 });
  return decision(status, version);
}

/** @returns why 3.0.0 was rejected, in a sentence */
export async function tellBroken(shop: Shop, tell: Teller, champion: string): Promise<string> {
  tell.say('Offline it looks like 2.0.0, and it passes its checks. But for some readers it throws.');
  const before = await shop.seen();
  await apply(shop, tell, '3.0.0');
  const reason = await tellRejected(shop, tell, '3.0.0');
  tell.say('Argo Rollouts took it back at once, and its digest is quarantined.', 'good');
  const after = await shop.seen();
  const shielded = shieldedIn(after) - shieldedIn(before);
  tell.say(
    `Readers noticed nothing: ${number(after.failed)} of their calls failed. When 3.0.0 threw, ${champion} answered in its place: ${number(shielded)} times.`,
  );
  return reason;
}

export async function apply(shop: Shop, tell: Teller, version: string): Promise<void> {
  tell.show(releaseLines(shop.release(version)), 'command');
  await shop.wish(version);
}
