import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Rollout } from '../../operator/api/argo.ts';
import type { ModelVersion, RecommenderModel } from '../../operator/api/model.ts';
import { ANNOTATIONS } from '../../operator/api/names.ts';
import { until } from '../../tools/scene/until.ts';
import { release } from '../builders.ts';
import { playArgo } from './argo.ts';
import { play } from './cast.ts';
import { live } from './lives.ts';
import { startServer, type TestServer } from './server.ts';
import { NAMESPACE, setStage, type Stage } from './stage.ts';

/** Two models of one group on a real API server: with the whole operator, and with operators that are killed again and again. */

jest.setTimeout(240_000);

let server: TestServer;
let stage: Stage;

beforeAll(async () => {
  server = await startServer();
  stage = await setStage(server);
});

afterAll(async () => {
  await stage.stop();
  await server.stop();
});

const wish = (name: string, version: string, group: string) =>
  stage.apply({
    apiVersion: 'recommender.dev/v1alpha1',
    kind: 'RecommenderModel',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      group,
      release: release(version),
      serving: { replicas: { min: 2, max: 2 } },
      delivery: { canary: { steps: [{ weight: 10, hold: '1s' }, { weight: 50, hold: '1s' }] }, after: { watchFor: '0s' } },
      analysis: { window: '1s' },
    },
  });

const statusOf = async (name: string) => ((await stage.get('RecommenderModel', name)) as RecommenderModel | undefined)?.status;
const rollout = async (name: string) => (await stage.get('Rollout', name)) as Rollout;
const decisions = async (name: string, number: string) => ((await stage.get('ModelVersion', `${name}-${number}`)) as ModelVersion).status?.decisions ?? [];
const isChampion = (number: string, ...names: string[]) => async () => (await Promise.all(names.map(statusOf))).every((each) => each?.champion?.version === number);
const says = (name: string, words: string) => async () => (await statusOf(name))?.message?.includes(words) === true;

/** Lets Argo Rollouts go on for the models that are named until something holds. */
async function goOn(moves: readonly (() => Promise<boolean>)[], what: string, holds: () => Promise<boolean>): Promise<void> {
  await until(what, async () => {
    for (const move of moves) while (await move());
    return holds();
  }, 40_000);
}

describe('a retriever and its ranker', () => {
  const [retriever, ranker] = ['retriever', 'ranker'].map((name) => () => playArgo(stage, play(stage, name), name, name === 'ranker' ? ['3.0.0'] : [])()) as [() => Promise<boolean>, () => Promise<boolean>];
  const both = [retriever, ranker];
  let operator: ChildProcess;

  afterAll(async () => {
    operator.kill('SIGTERM');
    await once(operator, 'exit');
  });

  const release = (number: string, names = ['retriever', 'ranker']) => Promise.all(names.map((name) => wish(name, number, 'home')));

  it('start together, wait for each other at every step, and are promoted together', async () => {
    operator = stage.startOperator();
    await release('1.0.0');
    await goOn(both, 'both serve', isChampion('1.0.0', 'retriever', 'ranker'));
    await release('2.0.0');
    await goOn([retriever], 'one waits for the other to be validated', says('retriever', '2.0.0 waits for its group home: The bundle of ranker 2.0.0'));
    expect((await rollout('retriever')).spec.template.metadata?.annotations?.[ANNOTATIONS.version]).toBe('1.0.0');

    await until('there is something to validate', ranker);
    await goOn([retriever], 'one waits at its first step', says('retriever', '2.0.0 at 10% of users, step 1 of 2, waits for its group home: ranker 2.0.0'));
    await goOn([ranker], 'the other goes on as far', says('ranker', '2.0.0 at 50% of users'));
    await goOn(both, 'both serve the new one', isChampion('2.0.0', 'retriever', 'ranker'));
    for (const name of ['retriever', 'ranker']) expect((await decisions(name, '2.0.0')).map(({ rule }) => rule)).toEqual(['GatesPassed', 'StartedTogether', 'ValidationPassed', 'ValidationStarted']);
  });

  it('go back together when one fails, and start together again with its next version', async () => {
    await release('3.0.0');
    await goOn(both, 'one has failed, the other waits for it', says('retriever', '3.0.0 waits for its group home: ranker 3.0.0 was rejected'));
    expect((await decisions('retriever', '3.0.0')).find(({ rule }) => rule === 'GroupFailed')?.reason).toMatch(/^3\.0\.0 was taken back.*: ranker 3\.0\.0 of its group home was rejected\. /);
    expect([(await statusOf('retriever'))?.champion?.version, (await statusOf('ranker'))?.phase]).toEqual(['2.0.0', 'Rejected']);
    await release('4.0.0', ['ranker']);
    await goOn(both, 'both are promoted', async () => (await isChampion('3.0.0', 'retriever')()) && (await isChampion('4.0.0', 'ranker')()));
  });
});

describe('operators that are killed', () => {
  const STORY = [{ retriever: '1.0.0', ranker: '1.0.0' }, { retriever: '2.0.0', ranker: '2.0.0' }, { retriever: '3.0.0', ranker: '3.0.0' }, { retriever: '3.0.0', ranker: '4.0.0' }];

  /** @param isDeadly every other life ends, at one of its first three writes, which the API server got or did not get */
  async function story(group: string, isDeadly: boolean) {
    const names = { retriever: `${group}-retriever`, ranker: `${group}-ranker` };
    const moves = Object.values(names).map((name) => playArgo(stage, play(stage, name), name, name === names.ranker ? ['3.0.0'] : []));
    let [lives, deaths] = [0, 0];
    const observe = async (name: string) => {
      const death = () => (isDeadly && ++lives % 2 === 1 ? { atWrite: 1 + (lives % 3), arrives: lives % 4 === 1 } : undefined);
      while (!(await live(stage.client, name, Date.now, death()))) deaths += 1;
    };
    for (const { retriever, ranker } of STORY) {
      await Promise.all([wish(names.retriever, retriever, group), wish(names.ranker, ranker, group)]);
      await until(`the end of ${retriever} and ${ranker}`, async () => {
        for (let moved = true; moved;) {
          for (const name of Object.values(names)) await observe(name);
          moved = (await Promise.all(moves.map((move) => move()))).includes(true);
        }
        const [one, other] = await Promise.all(Object.values(names).map(statusOf));
        const isOver = (version: string, status: RecommenderModel['status']) => status?.champion?.version === version || status?.phase === 'Rejected' || status?.message?.includes('was rejected; that ends when') === true;
        return isOver(retriever, one) && isOver(ranker, other);
      }, 60_000);
    }
    const told = async (name: string, number: string) => (await decisions(name, number)).map(({ rule, from, to }) => ({ rule, from, to }));
    return { deaths, retriever: await told(names.retriever, '3.0.0'), ranker: [await told(names.ranker, '3.0.0'), await told(names.ranker, '4.0.0')] };
  }

  it('come to the same end, each decision made once', async () => {
    const { deaths: _, ...calm } = await story('calm', false);
    expect(calm.retriever.map(({ rule }) => rule)).toEqual(['GatesPassed', 'StartedTogether', 'ValidationPassed', 'ValidationStarted', 'GroupFailed', 'StartedTogether', 'ValidationPassed', 'ValidationStarted']);
    const { deaths, ...killed } = await story('killed', true);
    expect(deaths).toBeGreaterThan(20);
    expect(killed).toEqual(calm);
  });
});
