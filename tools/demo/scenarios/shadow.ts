import type { DecisionRecord, ModelVersion } from '../../../operator/api/model.ts';
import { DemoFailure } from '../failure.ts';
import { comparisonTable, integer } from '../format.ts';
import { apply, untilPromoted, untilRejected } from '../releases.ts';
import type { Context, Scenario } from './scenario.ts';

type Evidence = NonNullable<DecisionRecord['evidence']>[number];

const HOLD = '5s';
const [FIRST, OLD, NEW] = ['2.0.0', '1.0.0', '2.1.0'] as const;

/** The answers of a version are compared before any reader gets one. */
export const shadow: Scenario = {
  introduction:
    'A book shop recommends books with a model. You will see two other versions compared with the one that serves, on real requests, ' +
    'before any reader gets their answers: one ranks too differently and is rejected, the other goes on to readers. Nobody decides anything by hand.',
  spec: { delivery: { strategy: 'Shadow', shadow: { holdFor: HOLD } }, analysis: { shadow: { minOverlap: '0.6' } } },
  first: FIRST,
  trained: [OLD, FIRST, NEW],
  run: async (context) => {
    const { environment, output, section } = context;
    const reason = await section(`Version ${OLD}, by mistake`, () => releaseMistake(context));
    const overlap = { [OLD]: overlapIn(await comparisonOf(context, OLD)) };
    await section(`Version ${NEW}, a new one`, async () => {
      output.say('It is shadowed as well. If it passes, it goes on as a canary: to 10% of the readers, then to 50%, then to all.');
      await untilPromoted(environment, output, { version: NEW, from: FIRST });
      await showComparison(context, NEW);
    });
    return { promoted: NEW, rejected: OLD, overlap: { ...overlap, [NEW]: overlapIn(await comparisonOf(context, NEW)) }, reason };
  },
};

/** @returns why it was rejected, in a sentence */
async function releaseMistake(context: Context): Promise<string> {
  const { environment, output } = context;
  output.say(
    'Somebody applies the manifest of an old model. Its bundle is valid and its answers are quick, but it recommends other books. ' +
      `For ${HOLD} the pods of ${FIRST} send it a copy of each request, after they have answered it, and compare the two answers.`,
  );
  await apply(environment, output, OLD);
  const reason = await untilRejected(environment, output, OLD);
  await showComparison(context, OLD);
  const { versions, failed } = await environment.seen();
  const seen = versions[OLD]?.requests ?? 0;
  if (seen > 0) throw new DemoFailure(`No reader should have seen ${OLD}, but it gave ${integer(seen)} answers.`);
  output.say(`No reader saw it: all ${integer(versions[FIRST]?.requests ?? 0)} answers so far came from ${FIRST}, and ${integer(failed)} calls failed.`, 'good');
  return reason;
}

async function showComparison(context: Context, version: string): Promise<void> {
  context.output.say(`Measured while ${version} was shadowed:`);
  context.output.show(comparisonTable(await comparisonOf(context, version)));
}

/** What is on record of the version from its time as a shadow. */
async function comparisonOf({ cluster, environment }: Context, version: string): Promise<Evidence[]> {
  const record = (await cluster.get('ModelVersion', { namespace: environment.namespace, name: `books-${version}` })) as ModelVersion | undefined;
  const found = record?.status?.decisions?.[0]?.evidence?.filter(({ metric }) => metric.startsWith('shadow-')) ?? [];
  if (found.length === 0) throw new DemoFailure(`The record of ${version} has no comparison.`, [`kubectl -n ${environment.namespace} get mv books-${version} -o yaml`]);
  return found;
}

const overlapIn = (found: readonly Evidence[]): number => Number(Number(found.find(({ metric }) => metric === 'shadow-overlap')?.estimate).toFixed(3));
