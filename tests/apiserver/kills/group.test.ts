import { describe, expect, it, jest } from '@jest/globals';
import type { RecommenderModel } from '../../../operator/api/model.ts';
import { until } from '../../../tools/testenv/until.ts';
import { runOperator } from '../crashRuns.ts';
import { openEnv } from '../env.ts';
import { pairOn } from '../pair.ts';

/** Two models of one group, with operators that are killed again and again. */

jest.setTimeout(180_000);

const { env } = await openEnv({ watchCache: false });

describe('operators of a group that are killed', () => {
  const RELEASES = [{ retriever: '1.0.0', ranker: '1.0.0' }, { retriever: '2.0.0', ranker: '2.0.0' }, { retriever: '3.0.0', ranker: '3.0.0' }, { retriever: '3.0.0', ranker: '4.0.0' }];

  /** @param isDeadly every other operator crashes, at one of its first three writes, which the API server gets or does not get */
  async function releaseAll(group: string, isDeadly: boolean) {
    const { names, moves, applyRelease, statusOf, decisions } = pairOn(env, group);
    let [runs, crashes] = [0, 0];
    const reconcile = async (name: string) => {
      const crash = () => (isDeadly && ++runs % 2 === 1 ? { atWrite: 1 + (runs % 3), arrives: runs % 4 === 1 } : undefined);
      while (!(await runOperator(env.client, name, Date.now, crash()))) crashes += 1;
    };
    for (const { retriever, ranker } of RELEASES) {
      await Promise.all([applyRelease('retriever', retriever), applyRelease('ranker', ranker)]);
      await until(`the end of ${retriever} and ${ranker}`, async () => {
        for (let moved = true; moved;) {
          for (const name of Object.values(names)) await reconcile(name);
          moved = (await Promise.all([moves.retriever(), moves.ranker()])).includes(true);
        }
        const [one, other] = await Promise.all([statusOf('retriever'), statusOf('ranker')]);
        const isOver = (version: string, status: RecommenderModel['status']) => status?.champion?.version === version || status?.phase === 'Rejected' || status?.message?.includes('was rejected; set spec.release of') === true;
        return isOver(retriever, one) && isOver(ranker, other);
      }, 60_000);
    }
    const recorded = async (role: 'retriever' | 'ranker', number: string) => (await decisions(role, number)).map(({ rule, from, to }) => ({ rule, from, to }));
    return { crashes, retriever: await recorded('retriever', '3.0.0'), ranker: [await recorded('ranker', '3.0.0'), await recorded('ranker', '4.0.0')] };
  }

  it('come to the same end, each decision made once', async () => {
    const { crashes: _, ...calm } = await releaseAll('calm', false);
    expect(calm.retriever.map(({ rule }) => rule)).toEqual(['GatesPassed', 'StartedTogether', 'ValidationPassed', 'ValidationStarted', 'GroupFailed', 'StartedTogether', 'ValidationPassed', 'ValidationStarted']);
    const { crashes, ...killed } = await releaseAll('killed', true);
    expect(crashes).toBeGreaterThan(20);
    expect(killed).toEqual(calm);
  });
});
