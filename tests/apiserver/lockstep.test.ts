import { describe, expect, it, jest } from '@jest/globals';
import type { Rollout } from '../../operator/api/argo.ts';
import { actAnnotation, ANNOTATIONS } from '../../operator/api/names.ts';
import { until } from '../../tools/testenv/until.ts';
import { fakeControllers } from './fakeControllers.ts';
import { goOn, pairOn } from './pair.ts';
import { openEnv } from './env.ts';

/** Two models of one group on a real API server, with the whole operator. Crashes at each write: kills. */

jest.setTimeout(240_000);

const { env } = await openEnv();

env.startOperator();

describe('a retriever and its ranker', () => {
  it('start together, wait for each other at every step, and are promoted together; they go back together when one fails, and start together again with its next version', async () => {
    const { names, moves, applyRelease, says, areChampions, statusOf, decisions } = pairOn(env, 'home');
    const both = [moves.retriever, moves.ranker];
    const release = (number: string) => Promise.all([applyRelease('retriever', number), applyRelease('ranker', number)]);
    await release('1.0.0');
    await goOn(both, 'both serve', areChampions('1.0.0'));
    await release('2.0.0');
    await goOn([moves.retriever], 'one waits for the other to be validated', says('retriever', '2.0.0 waits for its group home: The bundle of {ranker} 2.0.0'));
    const { spec } = (await env.get('Rollout', names.retriever)) as Rollout;
    expect(spec.template.metadata?.annotations?.[ANNOTATIONS.version]).toBe('1.0.0');

    await until('there is something to validate', moves.ranker);
    await goOn([moves.retriever], 'one waits at its first step', says('retriever', '2.0.0 at 10% of users, step 1 of 2, waits for its group home: {ranker} 2.0.0'));
    await goOn([moves.ranker], 'the other goes on as far', says('ranker', '2.0.0 at 50% of users'));
    await goOn(both, 'both serve the new one', areChampions('2.0.0'));
    for (const role of ['retriever', 'ranker'] as const) expect((await decisions(role, '2.0.0')).map(({ rule }) => rule)).toEqual(['GatesPassed', 'StartedTogether', 'ValidationPassed', 'ValidationStarted']);

    await release('3.0.0');
    await goOn(both, 'one has failed, the other waits for it', says('retriever', '3.0.0 waits for its group home: {ranker} 3.0.0 was rejected'));
    expect((await decisions('retriever', '3.0.0')).find(({ rule }) => rule === 'GroupFailed')?.reason).toMatch(/^3\.0\.0 was withdrawn.*: home-ranker 3\.0\.0 of its group home was rejected\. /);
    expect([(await statusOf('retriever'))?.champion?.version, (await statusOf('ranker'))?.phase]).toEqual(['2.0.0', 'Rejected']);
    await applyRelease('ranker', '4.0.0');
    await goOn(both, 'both are promoted', async () => (await areChampions('3.0.0', 'retriever')()) && (await areChampions('4.0.0', 'ranker')()));
  });
});

describe('a group whose members go different ways', () => {
  it.each([
    ['bluegreen', { strategy: 'BlueGreen', blueGreen: { weight: 20, validateFor: '1s', keepPrevious: '0s' } }, 'at 20% of users'],
    ['shadow', { strategy: 'Shadow', shadow: { percent: 100, holdFor: '1s', then: 'Canary' } }, 'at 10%, 50% of users'],
    ['slower', { canary: { steps: [{ weight: 5, hold: '1s' }, { weight: 10, hold: '1s' }, { weight: 50, hold: '1s' }] } }, 'at 5%, 10%, 50% of users'],
  ])('%s beside a canary: neither serves everyone before both may, and one that fails takes the other back', async (group, delivery, judged) => {
    const { moves, applyRelease, says, areChampions, decisions } = pairOn(env, group);
    const both = [moves.retriever, moves.ranker];
    const release = (number: string) => Promise.all([applyRelease('retriever', number, delivery), applyRelease('ranker', number)]);
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
    expect(ends.map(({ reason }) => reason)).toEqual([`every guardrail held ${judged}`, 'every guardrail held at 10%, 50% of users'].map((words) => expect.stringContaining(words)));

    await release('3.0.0');
    await goOn(both, 'one has failed, the other waits for it', says('retriever', `3.0.0 waits for its group ${group}: {ranker} 3.0.0 was rejected`));
    expect((await decisions('retriever', '3.0.0')).map(({ rule }) => rule)).toContain('GroupFailed');
    expect(await areChampions('2.0.0')()).toBe(true);
  });

  it('one waits for the person who approves the other', async () => {
    const { moves, applyRelease, says, areChampions } = pairOn(env, 'approved');
    const both = [moves.retriever, moves.ranker];
    const release = (number: string, annotations = {}) => Promise.all([applyRelease('retriever', number), applyRelease('ranker', number, number === '1.0.0' ? {} : { approval: 'Manual' }, annotations)]);
    await release('1.0.0');
    await goOn(both, 'both serve', areChampions('1.0.0'));
    await release('2.0.0');
    await goOn(both, 'one waits for the start of the other', says('retriever', '2.0.0 waits for its group approved: {ranker} 2.0.0 passed validation and awaits approval to serve its first users'));
    await release('2.0.0', { [actAnnotation('approve')]: '2.0.0 first try it' });
    await goOn(both, 'one waits for the end of the other', says('retriever', '2.0.0 at 50% of users, step 2 of 2, waits for its group approved: {ranker} 2.0.0 passed every step and awaits approval to serve everyone'));
    expect(await areChampions('1.0.0')()).toBe(true);
    await release('2.0.0', { [actAnnotation('approve')]: '2.0.0 second all' });
    await goOn(both, 'both serve the new one', areChampions('2.0.0'));
  });

  it('one that fails as a champion takes the other back as long as that is watched', async () => {
    const { names, moves, applyRelease, areChampions, decisions } = pairOn(env, 'watched');
    const both = [moves.retriever, moves.ranker];
    const release = (number: string) => Promise.all([applyRelease('retriever', number, { after: { watchFor: '1h' } }), applyRelease('ranker', number, { after: { watchFor: '1h' } })]);
    await release('1.0.0');
    await goOn(both, 'both serve', areChampions('1.0.0'));
    await release('2.0.0');
    await goOn(both, 'both serve the new one', areChampions('2.0.0'));
    await fakeControllers(env, names.ranker).failWatch('2.0.0');
    await goOn(both, 'both are back', areChampions('1.0.0'));
    expect((await decisions('ranker', '2.0.0'))[0]).toMatchObject({ to: 'RolledBack', rule: 'WatchViolated' });
    expect((await decisions('retriever', '2.0.0'))[0]).toMatchObject({ to: 'RolledBack', rule: 'GroupFailed', reason: expect.stringContaining(`${names.ranker} 2.0.0 of its group watched was rolled back`) });
  });
});
