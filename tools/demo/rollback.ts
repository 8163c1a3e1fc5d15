import { lastAnswerOf } from '../testenv/lastAnswer.ts';
import { recommender } from '../testenv/recommender.ts';
import { until } from '../testenv/until.ts';
import { follow, type Status } from './followStatus.ts';
import { integer, quoted } from './format.ts';
import type { Context } from './scenarios/scenario.ts';

/** Enough readers to see all of them go back. */
const ANSWERS_BEFORE = 100;

/**
 * Goes back by the command that a person uses, while readers ask.
 * @returns milliseconds from the command to the last answer of the version that was left
 */
export async function rollBack({ cluster, environment, output }: Context, { from, to }: { from: string; to: string }): Promise<number> {
  output.say(`Suppose the shop does not like what ${from} recommends. One command rolls it back:`);
  const command = ['rollback', 'books', '--namespace', environment.namespace, '--to', to, '--reason', 'too many thrillers'];
  output.show(`$ kubectl recommender ${command.map(quoted).join(' ')}`, 'command');
  const answersOf = async (): Promise<number> => (await environment.seen()).versions[from]?.requests ?? 0;
  const before = await answersOf();
  await output.during('Waiting for readers', until(`readers get answers of ${from}`, async () => (await answersOf()) >= before + ANSWERS_BEFORE, 60_000));
  const [said, ms] = await Promise.all([recommender(cluster, command), lastAnswerOf(environment, from)]);
  output.say(said.trim());
  const { failed } = await environment.seen();
  output.say(
    `The last answer of ${from} came ${integer(Math.round(ms))} ms after the command: every reader was back on ${to}, whose pods were on standby. ` +
      `${integer(failed)} calls failed.`,
    'good',
  );
  const isBack = ({ phase, champion }: Status): boolean => phase === 'RolledBack' && champion?.version === to;
  await follow(environment, output, { what: 'the way back is on record', comes: isBack, limitMs: 60_000 });
  return Math.round(ms);
}
