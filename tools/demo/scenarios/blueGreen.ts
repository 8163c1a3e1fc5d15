import { versionReplicaSetsOf } from '../../../operator/plan/state/replicaSets.ts';
import { DemoFailure } from '../failure.ts';
import { follow, type Status } from '../followStatus.ts';
import { apply, isRejected, releaseBroken, untilPromoted } from '../releases.ts';
import { rollBack } from '../rollback.ts';
import type { Context, Scenario } from './scenario.ts';

const WEIGHT = 20;
const [FIRST, SECOND, BROKEN] = ['1.0.0', '2.0.0', '3.0.0'] as const;

/** A second set of pods takes over, the first one takes back, and a broken version is rejected. */
export const blueGreen: Scenario = {
  introduction:
    'A book shop recommends books with a model. You will see a second version set up in full beside the first, tried, and given to all ' +
    'readers; then an instant rollback; then a broken version rejected. Readers send requests all the time.',
  spec: { delivery: { strategy: 'BlueGreen', blueGreen: { weight: WEIGHT, validateFor: '5s' }, after: { watchFor: '0s', keepPrevious: '10m' } } },
  first: FIRST,
  trained: [FIRST, SECOND],
  run: async (context) => {
    const { environment, output, section } = context;
    await section(`Version ${SECOND}, beside the first`, () => releaseSecond(context));
    const backAfterMs = await section(`Back to ${FIRST}, at once`, () => rollBack(context, { from: SECOND, to: FIRST }));
    const reason = await section(`Version ${BROKEN}, a broken one`, () => releaseBroken(environment, output, FIRST));
    return { promoted: SECOND, rolledBackTo: FIRST, backAfterMs, rejected: BROKEN, reason };
  },
};

async function releaseSecond(context: Context): Promise<void> {
  const { environment, output } = context;
  output.say(
    `It gets as many pods as ${FIRST} has, and no readers. First the pods alone are checked; then ${String(WEIGHT)}% of the readers try them, ` +
      'and then everyone moves over.',
  );
  await apply(environment, output, SECOND);
  const hasReaders = { what: `${SECOND} has its first readers`, comes: hasWeight, fails: isRejected, limitMs: 180_000 };
  const underway = await follow(environment, output, hasReaders);
  await showReplicaSets(context);
  const { message } = await untilPromoted(environment, output, { version: SECOND, from: FIRST, underway });
  await follow(environment, output, { what: `the pods of ${FIRST} are kept`, comes: standsBy, limitMs: 30_000, printed: message });
}

const hasWeight = ({ candidate }: Status): boolean => candidate?.version === SECOND && (candidate.weight ?? 0) >= WEIGHT;
const standsBy = ({ message }: Status): boolean => message?.includes(`the pods of ${FIRST} are kept until`) === true;

/** @throws DemoFailure unless both versions have all their pods */
async function showReplicaSets({ cluster, environment, output }: Context): Promise<void> {
  const stacks = versionReplicaSetsOf(await cluster.list('ReplicaSet', environment.namespace));
  const podsOf = (version: string): number => stacks.find((each) => each.version === version)?.available ?? 0;
  if (podsOf(SECOND) === 0 || podsOf(SECOND) !== podsOf(FIRST)) {
    throw new DemoFailure(`Both versions should have as many pods, but ${SECOND} has ${String(podsOf(SECOND))} ready pods and ${FIRST} has ${String(podsOf(FIRST))}.`);
  }
  output.say(`Both versions run in full: ${String(podsOf(FIRST))} pods of ${FIRST}, ${String(podsOf(SECOND))} pods of ${SECOND}. Only now do readers see ${SECOND}.`);
}
