import type { ModelVersion, RecommenderModel } from '../../operator/api/model.ts';
import { until } from '../../tools/testenv/until.ts';
import { release } from '../../operator/testing/builders.ts';
import { fakeArgo } from './fakeArgo.ts';
import { fakeControllers } from './fakeControllers.ts';
import { NAMESPACE, type ApiServerEnv } from './env.ts';

type Move = () => Promise<boolean>;

/** A step is held for a second, and nobody watches a champion, unless a test says otherwise. */
export const CANARY = { canary: { steps: [{ weight: 10, hold: '1s' }, { weight: 50, hold: '1s' }] }, after: { watchFor: '0s' } };

/** A retriever and its ranker in one group, whose ranker fails its gate with the versions named `bad`. */
export function pairOn(env: ApiServerEnv, group: string, bad: readonly string[] = ['3.0.0']) {
  const names = { retriever: `${group}-retriever`, ranker: `${group}-ranker` };
  type Role = keyof typeof names;
  const moveOf = (role: Role): Move => fakeArgo(env, fakeControllers(env, names[role]), names[role], { bad: role === 'ranker' ? bad : [] });
  const statusOf = async (role: Role) => ((await env.get('RecommenderModel', names[role])) as RecommenderModel | undefined)?.status;
  const roles = Object.keys(names) as Role[];
  return {
    names,
    moves: { retriever: moveOf('retriever'), ranker: moveOf('ranker') },
    statusOf,
    applyRelease: (role: Role, version: string, delivery: object = {}, annotations: Record<string, string> = {}) =>
      env.apply({
        apiVersion: 'recommender.dev/v1alpha1',
        kind: 'RecommenderModel',
        metadata: { name: names[role], namespace: NAMESPACE, annotations },
        spec: { group, release: release(version), serving: { replicas: { min: 2, max: 2 } }, delivery: { ...CANARY, ...delivery }, analysis: { window: '1s' } },
      }),
    decisions: async (role: Role, number: string) => ((await env.get('ModelVersion', `${names[role]}-${number}`)) as ModelVersion | undefined)?.status?.decisions ?? [],
    areChampions: (number: string, ...which: Role[]) => async () => (await Promise.all((which.length > 0 ? which : roles).map(statusOf))).every((each) => each?.champion?.version === number),
    says: (role: Role, words: string) => async () => (await statusOf(role))?.message?.includes(words.replaceAll('{ranker}', names.ranker)) === true,
  };
}

/** Lets Argo Rollouts go on for the models that are named until something holds. */
export async function goOn(moves: readonly Move[], what: string, holds: () => Promise<boolean>): Promise<void> {
  await until(what, async () => {
    for (const move of moves) while (await move());
    return holds();
  }, 40_000);
}
