import type { Rollout } from '../../operator/api/argo.ts';
import type { ModelVersion, RecommenderModel } from '../../operator/api/model.ts';
import { ANNOTATIONS } from '../../operator/api/names.ts';
import { release } from '../../operator/testing/builders.ts';
import { playArgo } from './argo.ts';
import { play } from './cast.ts';
import { type Death, live } from './lives.ts';
import { NAMESPACE, type Stage } from './stage.ts';
import { type Chapter, type Story, THREE_VERSIONS } from './stories.ts';

/** Lets a story be lived by people, Argo Rollouts and an operator, and tells how it ended. */

export type Strategy = RecommenderModel['spec']['delivery']['strategy'];

/** Tells the story of a model, one chapter at a time, as soon as it is time for it. */
export function narrator(stage: Stage, name: string, strategy: Strategy = 'Canary', { chapters }: Story = THREE_VERSIONS) {
  let told = 0;
  const wish = ({ version, approval, acts = {} }: Chapter) =>
    stage.apply({
      apiVersion: 'recommender.dev/v1alpha1',
      kind: 'RecommenderModel',
      metadata: { name, namespace: NAMESPACE, annotations: Object.fromEntries(Object.entries(acts).map(([act, text]) => [`recommender.dev/${act}`, text])) },
      spec: { release: release(version), serving: { replicas: { min: 2, max: 2 } }, delivery: { approval: approval ?? 'Automatic', strategy } },
    });
  return {
    isOver: () => told === chapters.length,
    /** False when people wait. */
    next: async (): Promise<boolean> => {
      const chapter = chapters[told];
      const status = ((await stage.get('RecommenderModel', name)) as RecommenderModel | undefined)?.status;
      if (!chapter?.when(status ?? {})) return false;
      await wish(chapter);
      told += 1;
      return true;
    },
  };
}

interface Life {
  story?: Story;
  strategy?: Strategy;
  nextDeath?: () => Death | undefined;
  /** Milliseconds since the epoch, for the life that begins. */
  clock?: () => number;
}

/** Longer than anything in a story that the operator waits for by the clock, but for the watch of a champion: nobody measures there. */
const AN_HOUR = 3_600_000;

/**
 * Lives the story with operators that die as told, and returns its end with what was decided on the way. People are faster than
 * Argo Rollouts; time passes when nobody else has anything to do and the operator waits for it.
 */
export async function liveStory(stage: Stage, name: string, { story = THREE_VERSIONS, strategy, nextDeath, clock = Date.now }: Life = {}) {
  const move = playArgo(stage, play(stage, name), name, story);
  const people = narrator(stage, name, strategy, story);
  let [deaths, passed, hasWaited] = [0, 0, false];
  for (;;) {
    const ended = await live(stage.client, name, () => clock() + passed, nextDeath?.());
    if (!ended) deaths += 1;
    else if ((await people.next()) || (await move())) hasWaited = false;
    else if (ended.requeueAfterMs !== undefined && !hasWaited) [passed, hasWaited] = [passed + AN_HOUR, true];
    else if (people.isOver()) break;
    else throw new Error(`nobody moves: ${JSON.stringify(await endOf(stage, name))}`);
  }
  const end = await endOf(stage, name);
  // Every life lists all that is there.
  await stage.removeModel(name);
  return { deaths, end };
}

/** How it ended, and what was decided on the way. */
export async function endOf(stage: Stage, name: string) {
  const { status } = (await stage.get('RecommenderModel', name)) as RecommenderModel;
  const rollout = (await stage.get('Rollout', name)) as Rollout;
  const all = await Promise.all(['1.0.0', '2.0.0', '3.0.0', '4.0.0'].map((number) => stage.get('ModelVersion', `${name}-${number}`)));
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
