import type { Rollout } from '../../operator/api/argo.ts';
import type { ModelVersion, RecommenderModel } from '../../operator/api/model.ts';
import { ANNOTATIONS } from '../../operator/api/names.ts';
import { release } from '../../operator/testing/builders.ts';
import { fakeArgo } from './fakeArgo.ts';
import { fakeControllers } from './fakeControllers.ts';
import { type Crash, runOperator } from './crashRuns.ts';
import { NAMESPACE, type ApiServerEnv } from './env.ts';
import { type Action, type Lifecycle, THREE_VERSIONS } from './lifecycles.ts';

/** Takes a model through a lifecycle with a user, a stand-in for Argo Rollouts and an operator that may crash, and says how it ended. */

export type Strategy = RecommenderModel['spec']['delivery']['strategy'];



/** The user of a model: takes the actions of its lifecycle in order, each as soon as its time has come. */
export function createUser(env: ApiServerEnv, name: string, strategy: Strategy = 'Canary', { actions }: Lifecycle = THREE_VERSIONS) {
  let done = 0;
  const applyModel = ({ version, approval, acts = {} }: Action) =>
    env.apply({
      apiVersion: 'recommender.dev/v1alpha1',
      kind: 'RecommenderModel',
      metadata: { name, namespace: NAMESPACE, annotations: Object.fromEntries(Object.entries(acts).map(([act, text]) => [`recommender.dev/${act}`, text])) },
      spec: { release: release(version), serving: { replicas: { min: 2, max: 2 } }, delivery: { approval: approval ?? 'Automatic', strategy } },
    });
  return {
    isDone: () => done === actions.length,
    /** False while the user waits. */
    next: async (): Promise<boolean> => {
      const action = actions[done];
      const status = ((await env.get('RecommenderModel', name)) as RecommenderModel | undefined)?.status;
      if (!action?.when(status ?? {})) return false;
      await applyModel(action);
      done += 1;
      return true;
    },
  };
}

interface Options {
  lifecycle?: Lifecycle;
  strategy?: Strategy;
  /** Where the operator that is started next crashes. */
  nextCrash?: () => Crash | undefined;
  /** Milliseconds since the epoch, for the operator that is started next. */
  clock?: () => number;
}

/** Longer than anything that the operator waits for by the clock, except the watch of a champion, which nothing measures here. */
const AN_HOUR = 3_600_000;

/**
 * Runs a lifecycle to its end with operators that crash as given. The user is faster than Argo Rollouts; time passes when nobody
 * else has anything to do and the operator waits for it.
 */
export async function runLifecycle(env: ApiServerEnv, name: string, { lifecycle = THREE_VERSIONS, strategy, nextCrash, clock = Date.now }: Options = {}) {
  const move = fakeArgo(env, fakeControllers(env, name), name, lifecycle);
  const user = createUser(env, name, strategy, lifecycle);
  let [crashes, passed, hasWaited] = [0, 0, false];
  for (;;) {
    const ended = await runOperator(env.client, name, () => clock() + passed, nextCrash?.());
    if (!ended) crashes += 1;
    else if ((await user.next()) || (await move())) hasWaited = false;
    else if (ended.requeueAfterMs !== undefined && !hasWaited) [passed, hasWaited] = [passed + AN_HOUR, true];
    else if (user.isDone()) break;
    else throw new Error(`nothing moves: ${JSON.stringify(await outcomeOf(env, name))}`);
  }
  const outcome = await outcomeOf(env, name);
  // Every operator that starts lists all that is there.
  await env.removeModel(name);
  return { crashes, outcome };
}

/** How it ended, and what was decided on the way. */
export async function outcomeOf(env: ApiServerEnv, name: string) {
  const { status } = (await env.get('RecommenderModel', name)) as RecommenderModel;
  const rollout = (await env.get('Rollout', name)) as Rollout;
  const all = await Promise.all(['1.0.0', '2.0.0', '3.0.0', '4.0.0'].map((number) => env.get('ModelVersion', `${name}-${number}`)));
  const versions = all.filter((each) => each !== undefined) as ModelVersion[];
  return {
    status: { phase: status?.phase, message: status?.message, champion: status?.champion?.version },
    runs: rollout.spec.template.metadata?.annotations?.[ANNOTATIONS.version],
    versions: versions.map((each) => ({ stage: each.status?.stage, decisions: each.status?.decisions?.map(({ from, to, by, reason, act }) => ({ from, to, by, reason, act })) })),
  };
}

/** The generator mulberry32, by Tommy Ettinger: a failure comes again with its seed. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
