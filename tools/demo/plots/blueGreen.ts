import { versionReplicaSetsOf } from '../../../operator/plan/state/replicaSets.ts';
import { DemoFailure } from '../failure.ts';
import { follow, type Status } from '../following.ts';
import { apply, rejected, tellBroken, tellPromoted } from '../releases.ts';
import { tellWayBack } from '../wayBack.ts';
import type { Plot, Scene } from './plot.ts';

const WEIGHT = 20;
const [FIRST, SECOND, BROKEN] = ['1.0.0', '2.0.0', '3.0.0'] as const;

/** A second stack takes over, the first one takes back, and a broken version is stopped between the two. */
export const blueGreen: Plot = {
  introduction:
    'A book shop recommends books with a model. You will see it set up a second version in full beside the first, try it, and move all ' +
    'readers over; then change its mind and move them back at once; then stop a broken version. Readers ask all the time.',
  asked: { delivery: { strategy: 'BlueGreen', blueGreen: { weight: WEIGHT, validateFor: '10s' }, after: { watchFor: '0s', keepPrevious: '10m' } } },
  first: FIRST,
  trained: [FIRST, SECOND],
  play: async (scene) => {
    const { shop, tell, chapter } = scene;
    await chapter(`Version ${SECOND}, on a second stack`, () => tellSecondStack(scene));
    const backAfterMs = await chapter(`Back to ${FIRST}, at once`, () => tellWayBack(scene, { from: SECOND, to: FIRST }));
    const reason = await chapter(`Version ${BROKEN}, a broken one`, () => tellBroken(shop, tell, FIRST));
    return { promoted: SECOND, rolledBackTo: FIRST, backAfterMs, rejected: BROKEN, reason };
  },
};

async function tellSecondStack(scene: Scene): Promise<void> {
  const { shop, tell } = scene;
  tell.say(
    `It gets as many pods as ${FIRST} has, and no reader. The pods are checked as they stand; then ${String(WEIGHT)}% of the readers try them, ` +
      'and then everyone moves over.',
  );
  await apply(shop, tell, SECOND);
  const hasReaders = { what: `${SECOND} has its first readers`, comes: hasWeight, fails: rejected, limitMs: 180_000 };
  const underway = await follow(shop, tell, hasReaders);
  await tellStacks(scene);
  const { message } = await tellPromoted(shop, tell, { version: SECOND, from: FIRST, underway });
  await follow(shop, tell, { what: `${FIRST} stands by`, comes: standsBy, limitMs: 30_000, told: message });
}

const hasWeight = ({ candidate }: Status): boolean => candidate?.version === SECOND && (candidate.weight ?? 0) >= WEIGHT;
const standsBy = ({ message }: Status): boolean => message?.includes(`the pods of ${FIRST} are kept until`) === true;

/** @throws DemoFailure unless both stacks stand in full */
async function tellStacks({ cluster, shop, tell }: Scene): Promise<void> {
  const stacks = versionReplicaSetsOf(await cluster.list('ReplicaSet', shop.namespace));
  const podsOf = (version: string): number => stacks.find((each) => each.version === version)?.available ?? 0;
  if (podsOf(SECOND) === 0 || podsOf(SECOND) !== podsOf(FIRST)) {
    throw new DemoFailure(`Both stacks should be as large, but ${SECOND} has ${String(podsOf(SECOND))} ready pods and ${FIRST} has ${String(podsOf(FIRST))}.`);
  }
  tell.say(`Both stacks stand in full: ${String(podsOf(FIRST))} pods of ${FIRST}, ${String(podsOf(SECOND))} pods of ${SECOND}. Only now do readers see ${SECOND}.`);
}
