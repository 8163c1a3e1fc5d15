import type { Rollout } from '../../operator/api/argo.ts';
import type { ModelVersion, RecommenderModel } from '../../operator/api/model.ts';
import { ANNOTATIONS } from '../../operator/api/names.ts';
import { release } from '../builders.ts';
import { playArgo } from './argo.ts';
import { play } from './cast.ts';
import { type Death, live } from './lives.ts';
import { NAMESPACE, type Stage } from './stage.ts';

/** The life of three versions of one model: one serves, one is approved, paused and promoted, one is rejected, and there is a way back. */

export type Strategy = RecommenderModel['spec']['delivery']['strategy'];
type Seen = NonNullable<RecommenderModel['status']>;

interface Chapter {
  /** What people wait for. */
  when: (status: Seen) => boolean;
  version: string;
  approval?: 'Manual';
  acts?: Record<string, string>;
}

/** What people do, and what they wait for before each. */
const STORY: readonly Chapter[] = [
  { when: () => true, version: '1.0.0' },
  { when: ({ champion }) => champion?.version === '1.0.0', version: '2.0.0', approval: 'Manual' },
  { when: ({ phase }) => phase === 'AwaitingApproval', version: '2.0.0', approval: 'Manual', acts: { approve: '2.0.0 a try it', pause: '2.0.0 early' } },
  { when: ({ phase, candidate }) => phase === 'AwaitingApproval' && (candidate?.weight ?? 0) > 0, version: '2.0.0', approval: 'Manual', acts: { approve: '2.0.0 a try it', pause: '2.0.0 b wait' } },
  { when: ({ message }) => message?.startsWith('2.0.0 was paused') === true, version: '2.0.0', approval: 'Manual', acts: { resume: '2.0.0 c go', approve: '2.0.0 d all' } },
  { when: ({ champion }) => champion?.version === '2.0.0', version: '3.0.0' },
  { when: ({ phase, message }) => phase === 'Rejected' && message?.startsWith('3.0.0') === true, version: '3.0.0', acts: { rollback: '1.0.0 e sales fell' } },
];

/** The version that is to fail its gate. */
export const BAD = '3.0.0';

/** Tells the story of a model, one chapter at a time, as soon as it is time for it. */
export function narrator(stage: Stage, name: string, strategy: Strategy = 'Canary') {
  let told = 0;
  const wish = ({ version, approval, acts = {} }: Chapter) =>
    stage.apply({
      apiVersion: 'recommender.dev/v1alpha1',
      kind: 'RecommenderModel',
      metadata: { name, namespace: NAMESPACE, annotations: Object.fromEntries(Object.entries(acts).map(([act, text]) => [`recommender.dev/${act}`, text])) },
      spec: { release: release(version), serving: { replicas: { min: 2, max: 2 } }, delivery: { approval: approval ?? 'Automatic', strategy } },
    });
  return {
    isOver: () => told === STORY.length,
    /** False when people wait. */
    next: async (): Promise<boolean> => {
      const chapter = STORY[told];
      const status = ((await stage.get('RecommenderModel', name)) as RecommenderModel | undefined)?.status;
      if (!chapter?.when(status ?? {})) return false;
      await wish(chapter);
      told += 1;
      return true;
    },
  };
}

/** Lives the story with operators that die as told, and returns its end with what was decided on the way. */
export async function liveStory(stage: Stage, name: string, { strategy, nextDeath, clock = Date.now }: { strategy?: Strategy; nextDeath?: () => Death | undefined; clock?: () => number } = {}) {
  const move = playArgo(stage, play(stage, name), name, [BAD]);
  const people = narrator(stage, name, strategy);
  for (let deaths = 0; ;) {
    if (!(await live(stage.client, name, clock, nextDeath?.()))) deaths += 1;
    else if ((await move()) || (await people.next())) continue;
    else if (people.isOver()) return { deaths, end: await endOf(stage, name) };
    else throw new Error(`nobody moves: ${JSON.stringify(await endOf(stage, name))}`);
  }
}

/** How it ended, and what was decided on the way. */
export async function endOf(stage: Stage, name: string) {
  const { status } = (await stage.get('RecommenderModel', name)) as RecommenderModel;
  const rollout = (await stage.get('Rollout', name)) as Rollout;
  const versions = (await Promise.all(['1.0.0', '2.0.0', '3.0.0'].map((number) => stage.get('ModelVersion', `${name}-${number}`)))) as ModelVersion[];
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
