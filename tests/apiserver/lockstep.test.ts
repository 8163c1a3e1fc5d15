import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Rollout } from '../../operator/api/argo.ts';
import type { RecommenderModel } from '../../operator/api/model.ts';
import { actAnnotation, ANNOTATIONS } from '../../operator/api/names.ts';
import { until } from '../../tools/testenv/until.ts';
import { play } from './cast.ts';
import { live } from './lives.ts';
import { goOn, pairOn } from './pair.ts';
import { openStage } from './stage.ts';

/** Two models of one group on a real API server: with the whole operator, and with operators that are killed again and again. */

jest.setTimeout(240_000);

const { stage } = await openStage();

describe('with one operator', () => {
  let operator: ChildProcess;

  beforeAll(() => {
    operator = stage.startOperator();
  });

  afterAll(async () => {
    operator.kill('SIGTERM');
    await once(operator, 'exit');
  });

  describe('a retriever and its ranker', () => {
    it('start together, wait for each other at every step, and are promoted together; they go back together when one fails, and start together again with its next version', async () => {
      const { names, moves, wish, says, areChampions, statusOf, decisions } = pairOn(stage, 'home');
      const both = [moves.retriever, moves.ranker];
      const release = (number: string) => Promise.all([wish('retriever', number), wish('ranker', number)]);
      await release('1.0.0');
      await goOn(both, 'both serve', areChampions('1.0.0'));
      await release('2.0.0');
      await goOn([moves.retriever], 'one waits for the other to be validated', says('retriever', '2.0.0 waits for its group home: The bundle of {ranker} 2.0.0'));
      const { spec } = (await stage.get('Rollout', names.retriever)) as Rollout;
      expect(spec.template.metadata?.annotations?.[ANNOTATIONS.version]).toBe('1.0.0');

      await until('there is something to validate', moves.ranker);
      await goOn([moves.retriever], 'one waits at its first step', says('retriever', '2.0.0 at 10% of users, step 1 of 2, waits for its group home: {ranker} 2.0.0'));
      await goOn([moves.ranker], 'the other goes on as far', says('ranker', '2.0.0 at 50% of users'));
      await goOn(both, 'both serve the new one', areChampions('2.0.0'));
      for (const role of ['retriever', 'ranker'] as const) expect((await decisions(role, '2.0.0')).map(({ rule }) => rule)).toEqual(['GatesPassed', 'StartedTogether', 'ValidationPassed', 'ValidationStarted']);

      await release('3.0.0');
      await goOn(both, 'one has failed, the other waits for it', says('retriever', '3.0.0 waits for its group home: {ranker} 3.0.0 was rejected'));
      expect((await decisions('retriever', '3.0.0')).find(({ rule }) => rule === 'GroupFailed')?.reason).toMatch(/^3\.0\.0 was taken back.*: home-ranker 3\.0\.0 of its group home was rejected\. /);
      expect([(await statusOf('retriever'))?.champion?.version, (await statusOf('ranker'))?.phase]).toEqual(['2.0.0', 'Rejected']);
      await wish('ranker', '4.0.0');
      await goOn(both, 'both are promoted', async () => (await areChampions('3.0.0', 'retriever')()) && (await areChampions('4.0.0', 'ranker')()));
    });
  });

  describe('a group whose members go different ways', () => {
    it.each([
      ['bluegreen', { strategy: 'BlueGreen', blueGreen: { weight: 20, validateFor: '1s', keepPrevious: '0s' } }, 'at 20% of users'],
      ['shadow', { strategy: 'Shadow', shadow: { percent: 100, holdFor: '1s', then: 'Canary' } }, 'at 10%, 50% of users'],
      ['slower', { canary: { steps: [{ weight: 5, hold: '1s' }, { weight: 10, hold: '1s' }, { weight: 50, hold: '1s' }] } }, 'at 5%, 10%, 50% of users'],
    ])('%s beside a canary: neither serves everyone before both may, and one that fails takes the other back', async (group, delivery, judged) => {
      const { moves, wish, says, areChampions, decisions } = pairOn(stage, group);
      const both = [moves.retriever, moves.ranker];
      const release = (number: string) => Promise.all([wish('retriever', number, delivery), wish('ranker', number)]);
      await release('1.0.0');
      await goOn(both, 'both serve', areChampions('1.0.0'));
      await release('2.0.0');
      await goOn([moves.ranker], 'the canary is ready', says('ranker', 'waits for its group'));
      await until('there is something to validate', moves.retriever);
      await goOn([moves.ranker], 'the canary is at its first pause', says('ranker', '2.0.0 at 10% of users, step 1 of 2, waits for its group'));
      await goOn([moves.retriever], 'the other one has come as far as it may alone', says('retriever', ' waits for its group'));
      expect(await areChampions('1.0.0')()).toBe(true);
      await goOn(both, 'both serve the new one', areChampions('2.0.0'));
      const ends = [...(await decisions('retriever', '2.0.0')).slice(0, 1), ...(await decisions('ranker', '2.0.0')).slice(0, 1)];
      expect(ends.map(({ reason }) => reason)).toEqual([`kept every guardrail ${judged}`, 'kept every guardrail at 10%, 50% of users'].map((words) => expect.stringContaining(words)));

      await release('3.0.0');
      await goOn(both, 'one has failed, the other waits for it', says('retriever', `3.0.0 waits for its group ${group}: {ranker} 3.0.0 was rejected`));
      expect((await decisions('retriever', '3.0.0')).map(({ rule }) => rule)).toContain('GroupFailed');
      expect(await areChampions('2.0.0')()).toBe(true);
    });

    it('one waits for the person who approves the other', async () => {
      const { moves, wish, says, areChampions } = pairOn(stage, 'approved');
      const both = [moves.retriever, moves.ranker];
      const release = (number: string, annotations = {}) => Promise.all([wish('retriever', number), wish('ranker', number, number === '1.0.0' ? {} : { approval: 'Manual' }, annotations)]);
      await release('1.0.0');
      await goOn(both, 'both serve', areChampions('1.0.0'));
      await release('2.0.0');
      await goOn(both, 'one waits for the start of the other', says('retriever', '2.0.0 waits for its group approved: {ranker} 2.0.0 passed validation and awaits approval to be given to its first users'));
      await release('2.0.0', { [actAnnotation('approve')]: '2.0.0 first try it' });
      await goOn(both, 'one waits for the end of the other', says('retriever', '2.0.0 at 50% of users, step 2 of 2, waits for its group approved: {ranker} 2.0.0 passed every step and awaits approval to serve everyone'));
      expect(await areChampions('1.0.0')()).toBe(true);
      await release('2.0.0', { [actAnnotation('approve')]: '2.0.0 second all' });
      await goOn(both, 'both serve the new one', areChampions('2.0.0'));
    });

    it('one that fails as a champion takes the other back as long as that is watched', async () => {
      const { names, moves, wish, areChampions, decisions } = pairOn(stage, 'watched');
      const both = [moves.retriever, moves.ranker];
      const release = (number: string) => Promise.all([wish('retriever', number, { after: { watchFor: '1h' } }), wish('ranker', number, { after: { watchFor: '1h' } })]);
      await release('1.0.0');
      await goOn(both, 'both serve', areChampions('1.0.0'));
      await release('2.0.0');
      await goOn(both, 'both serve the new one', areChampions('2.0.0'));
      await play(stage, names.ranker).failWatch('2.0.0');
      await goOn(both, 'both are back', areChampions('1.0.0'));
      expect((await decisions('ranker', '2.0.0'))[0]).toMatchObject({ to: 'RolledBack', rule: 'WatchViolated' });
      expect((await decisions('retriever', '2.0.0'))[0]).toMatchObject({ to: 'RolledBack', rule: 'GroupFailed', reason: expect.stringContaining(`${names.ranker} 2.0.0 of its group watched was rolled back`) });
    });
  });
});

describe('operators that are killed', () => {
  const STORY = [{ retriever: '1.0.0', ranker: '1.0.0' }, { retriever: '2.0.0', ranker: '2.0.0' }, { retriever: '3.0.0', ranker: '3.0.0' }, { retriever: '3.0.0', ranker: '4.0.0' }];

  /** @param isDeadly every other life ends, at one of its first three writes, which the API server got or did not get */
  async function story(group: string, isDeadly: boolean) {
    const { names, moves, wish, statusOf, decisions } = pairOn(stage, group);
    let [lives, deaths] = [0, 0];
    const observe = async (name: string) => {
      const death = () => (isDeadly && ++lives % 2 === 1 ? { atWrite: 1 + (lives % 3), arrives: lives % 4 === 1 } : undefined);
      while (!(await live(stage.client, name, Date.now, death()))) deaths += 1;
    };
    for (const { retriever, ranker } of STORY) {
      await Promise.all([wish('retriever', retriever), wish('ranker', ranker)]);
      await until(`the end of ${retriever} and ${ranker}`, async () => {
        for (let moved = true; moved;) {
          for (const name of Object.values(names)) await observe(name);
          moved = (await Promise.all([moves.retriever(), moves.ranker()])).includes(true);
        }
        const [one, other] = await Promise.all([statusOf('retriever'), statusOf('ranker')]);
        const isOver = (version: string, status: RecommenderModel['status']) => status?.champion?.version === version || status?.phase === 'Rejected' || status?.message?.includes('was rejected; that ends when') === true;
        return isOver(retriever, one) && isOver(ranker, other);
      }, 60_000);
    }
    const told = async (role: 'retriever' | 'ranker', number: string) => (await decisions(role, number)).map(({ rule, from, to }) => ({ rule, from, to }));
    return { deaths, retriever: await told('retriever', '3.0.0'), ranker: [await told('ranker', '3.0.0'), await told('ranker', '4.0.0')] };
  }

  it('come to the same end, each decision made once', async () => {
    const { deaths: _, ...calm } = await story('calm', false);
    expect(calm.retriever.map(({ rule }) => rule)).toEqual(['GatesPassed', 'StartedTogether', 'ValidationPassed', 'ValidationStarted', 'GroupFailed', 'StartedTogether', 'ValidationPassed', 'ValidationStarted']);
    const { deaths, ...killed } = await story('killed', true);
    expect(deaths).toBeGreaterThan(20);
    expect(killed).toEqual(calm);
  });
});
