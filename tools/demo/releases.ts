import type { Shop } from '../scene/shop.ts';
import { follow, type Status } from './following.ts';
import type { Teller } from './tell.ts';
import { number, readersTable, releaseLines, sentence, shieldedIn, wentBack } from './words.ts';

const serves = (version: string) => ({ champion, phase }: Status): boolean => champion?.version === version && (phase === 'Healthy' || phase === 'Watching');
const rejected = ({ phase }: Status): boolean => phase === 'Rejected';
const decision = ({ history }: Status, version: string): string =>
  sentence(history?.find((entry) => entry.version === version)?.reason ?? 'the status tells no reason');

export async function tellFirst(shop: Shop, tell: Teller): Promise<void> {
  tell.say('A RecommenderModel is applied. What it serves is in these lines, and no other will change:');
  await apply(shop, tell, '1.0.0');
  await follow(shop, tell, { what: '1.0.0 serves', comes: serves('1.0.0'), fails: rejected, limitMs: 150_000 });
  tell.say('There is no earlier version to compare it with: once its bundle had been checked, it started.', 'good');
}

export async function tellBetter(shop: Shop, tell: Teller): Promise<void> {
  tell.say('It is checked first, then given to 10% of the readers, then to 50%. At each step it must answer enough of them, and well.');
  await apply(shop, tell, '2.0.0');
  const status = await follow(shop, tell, { what: '2.0.0 is promoted', comes: serves('2.0.0'), fails: rejected, limitMs: 240_000 });
  const reason = decision(status, '2.0.0');
  if (status.message !== reason) tell.say(reason, 'good');
  const seen = await shop.seen();
  tell.show(readersTable(seen, ['1.0.0', '2.0.0']));
  const back = wentBack(seen, '2.0.0', '1.0.0');
  tell.say(back === 0 ? 'No reader who had come to 2.0.0 was sent back.' : `${number(back)} readers were sent back on the way.`);
}

/** @returns why 3.0.0 was rejected, in a sentence */
export async function tellBroken(shop: Shop, tell: Teller): Promise<string> {
  tell.say('Offline it looks like 2.0.0, and it passes its checks. But for some readers it throws.');
  const before = await shop.seen();
  await apply(shop, tell, '3.0.0');
  const promoted = serves('3.0.0');
  const status = await follow(shop, tell, { what: '3.0.0 is rejected', comes: rejected, fails: promoted, limitMs: 180_000 });
  const reason = decision(status, '3.0.0');
  tell.say('Argo Rollouts took it back at once, and its digest is quarantined.', 'good');
  const after = await shop.seen();
  const shielded = shieldedIn(after) - shieldedIn(before);
  tell.say(
    `Readers noticed nothing: ${number(after.failed)} of their calls failed. When 3.0.0 threw, 2.0.0 answered in its place: ${number(shielded)} times.`,
  );
  return reason;
}

async function apply(shop: Shop, tell: Teller, version: string): Promise<void> {
  tell.show(releaseLines(shop.release(version)), 'command');
  await shop.wish(version);
}
