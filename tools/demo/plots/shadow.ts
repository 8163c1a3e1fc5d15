import type { DecisionRecord, ModelVersion } from '../../../operator/api/model.ts';
import { DemoFailure } from '../failure.ts';
import { apply, tellPromoted, tellRejected } from '../releases.ts';
import { comparisonTable, number } from '../words.ts';
import type { Plot, Scene } from './plot.ts';

type Evidence = NonNullable<DecisionRecord['evidence']>[number];

const [FIRST, OLD, NEW] = ['2.0.0', '1.0.0', '2.1.0'] as const;

/** What a version would say is compared before anybody hears it. */
export const shadow: Plot = {
  introduction:
    'A book shop recommends books with a model. You will see it hold two other versions against the one that serves, on what readers really ask, ' +
    'before any reader gets an answer of theirs: one ranks too differently and is stopped, the other goes on to readers. No person decides anything.',
  asked: { delivery: { strategy: 'Shadow', shadow: { holdFor: '10s' } }, analysis: { shadow: { minOverlap: '0.6' } } },
  first: FIRST,
  trained: [OLD, FIRST, NEW],
  play: async (scene) => {
    const { shop, tell, chapter } = scene;
    const reason = await chapter(`Version ${OLD}, by mistake`, () => tellMistake(scene));
    const overlap = { [OLD]: overlapIn(await comparisonOf(scene, OLD)) };
    await chapter(`Version ${NEW}, a new one`, async () => {
      tell.say('It goes the same way. Where it keeps what is asked for, it goes on as a canary: to 10% of the readers, then to 50%, then to all.');
      await tellPromoted(shop, tell, { version: NEW, from: FIRST });
      await tellComparison(scene, NEW);
    });
    return { promoted: NEW, rejected: OLD, overlap: { ...overlap, [NEW]: overlapIn(await comparisonOf(scene, NEW)) }, reason };
  },
};

/** @returns why it was rejected, in a sentence */
async function tellMistake(scene: Scene): Promise<string> {
  const { shop, tell } = scene;
  tell.say(
    'Somebody applies the manifest of an old model. Its bundle is sound and its answers are quick; only the books are others. ' +
      `For 10 s the pods of ${FIRST} send it what readers ask, once they have answered themselves, and compare the two answers.`,
  );
  await apply(shop, tell, OLD);
  const reason = await tellRejected(shop, tell, OLD);
  await tellComparison(scene, OLD);
  const { versions, failed } = await shop.seen();
  const seen = versions[OLD]?.requests ?? 0;
  if (seen > 0) throw new DemoFailure(`No reader should have seen ${OLD}, but ${number(seen)} answers were of it.`);
  tell.say(`No reader saw it: all of the ${number(versions[FIRST]?.requests ?? 0)} answers so far were of ${FIRST}, and ${number(failed)} calls failed.`, 'good');
  return reason;
}

async function tellComparison(scene: Scene, version: string): Promise<void> {
  scene.tell.say(`What was found while ${version} was a shadow:`);
  scene.tell.show(comparisonTable(await comparisonOf(scene, version)));
}

/** What the record of the version says of its time as a shadow. */
async function comparisonOf({ cluster, shop }: Scene, version: string): Promise<Evidence[]> {
  const record = (await cluster.get('ModelVersion', { namespace: shop.namespace, name: `books-${version}` })) as ModelVersion | undefined;
  const found = record?.status?.decisions?.[0]?.evidence?.filter(({ metric }) => metric.startsWith('shadow-')) ?? [];
  if (found.length === 0) throw new DemoFailure(`The record of ${version} should tell how it compared, but it does not.`, [`kubectl -n ${shop.namespace} get mv books-${version} -o yaml`]);
  return found;
}

const overlapIn = (found: readonly Evidence[]): number => Number(Number(found.find(({ metric }) => metric === 'shadow-overlap')?.estimate).toFixed(3));
