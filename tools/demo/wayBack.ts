import { lastAnswerOf } from '../testenv/lastAnswer.ts';
import { recommender } from '../testenv/recommender.ts';
import { until } from '../testenv/until.ts';
import { follow, type Status } from './following.ts';
import type { Scene } from './plots/plot.ts';
import { number, quoted } from './words.ts';

/** So that it can be seen how all of them go back. */
const ANSWERS_BEFORE = 100;

/**
 * Goes back by the command that a person uses, while readers ask.
 * @returns milliseconds from the command to the last answer of the version that was left
 */
export async function tellWayBack({ cluster, shop, tell }: Scene, { from, to }: { from: string; to: string }): Promise<number> {
  tell.say(`Suppose that the shop's people do not like what ${from} recommends. They say so:`);
  const command = ['rollback', 'books', '--namespace', shop.namespace, '--to', to, '--reason', 'too many thrillers'];
  tell.show(`$ kubectl recommender ${command.map(quoted).join(' ')}`, 'command');
  const answersOf = async (): Promise<number> => (await shop.seen()).versions[from]?.requests ?? 0;
  const before = await answersOf();
  await tell.during('Waiting for readers', until(`readers get answers of ${from}`, async () => (await answersOf()) >= before + ANSWERS_BEFORE, 60_000));
  const [said, ms] = await Promise.all([recommender(cluster, command), lastAnswerOf(shop, from)]);
  tell.say(said.trim());
  const { failed } = await shop.seen();
  tell.say(
    `${number(Math.round(ms))} ms after the command was entered the last answer of ${from} came: every reader was back on ${to}, whose pods had stood by. ` +
      `${number(failed)} calls failed.`,
    'good',
  );
  const isBack = ({ phase, champion }: Status): boolean => phase === 'RolledBack' && champion?.version === to;
  await follow(shop, tell, { what: 'the way back is on record', comes: isBack, limitMs: 60_000 });
  return Math.round(ms);
}
