import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Rollout } from '../../operator/api/argo.ts';
import type { ModelVersion, RecommenderModel } from '../../operator/api/model.ts';
import { ANNOTATIONS } from '../../operator/api/names.ts';
import { release } from '../builders.ts';
import { playArgo } from './argo.ts';
import { play } from './cast.ts';
import { type Death, live } from './lives.ts';
import { startServer, type TestServer } from './server.ts';
import { NAMESPACE, setStage, type Stage } from './stage.ts';

/** The life of three versions, with gates and acts of people, while operators are killed again and again. */

jest.setTimeout(180_000);

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

type Seen = NonNullable<RecommenderModel['status']>;

/** What people do, and what they wait for before each. */
const STORY: readonly { when: (status: Seen) => boolean; version: string; approval?: 'Manual'; acts?: Record<string, string> }[] = [
  { when: () => true, version: '1.0.0' },
  { when: ({ champion }) => champion?.version === '1.0.0', version: '2.0.0', approval: 'Manual' },
  { when: ({ phase }) => phase === 'AwaitingApproval', version: '2.0.0', approval: 'Manual', acts: { approve: '2.0.0 a try it', pause: '2.0.0 early' } },
  { when: ({ phase, candidate }) => phase === 'AwaitingApproval' && candidate?.weight === 50, version: '2.0.0', approval: 'Manual', acts: { approve: '2.0.0 a try it', pause: '2.0.0 b wait' } },
  { when: ({ message }) => message?.startsWith('2.0.0 was paused') === true, version: '2.0.0', approval: 'Manual', acts: { resume: '2.0.0 c go', approve: '2.0.0 d all' } },
  { when: ({ champion }) => champion?.version === '2.0.0', version: '3.0.0' },
  { when: ({ phase, message }) => phase === 'Rejected' && message?.startsWith('3.0.0') === true, version: '3.0.0', acts: { rollback: '1.0.0 e sales fell' } },
];

const wish = (name: string, { version, approval, acts = {} }: (typeof STORY)[number]) =>
  stage.apply({
    apiVersion: 'recommender.dev/v1alpha1',
    kind: 'RecommenderModel',
    metadata: { name, namespace: NAMESPACE, annotations: Object.fromEntries(Object.entries(acts).map(([act, text]) => [`recommender.dev/${act}`, text])) },
    spec: { release: release(version), serving: { replicas: { min: 2, max: 2 } }, delivery: { approval: approval ?? 'Automatic' } },
  });

/** Lives the story with operators that die as told, and returns its end with what was decided on the way. */
async function story(name: string, nextDeath: () => Death | undefined, clock: () => number = Date.now) {
  const move = playArgo(stage, play(stage, name), name, ['3.0.0']);
  let deaths = 0;
  for (let chapter = 0; ;) {
    const death = nextDeath();
    if (!(await live(stage.client, name, clock, death))) {
      deaths += 1;
      continue;
    }
    if (await move()) continue;
    const status = ((await stage.get('RecommenderModel', name)) as RecommenderModel | undefined)?.status;
    const next = STORY[chapter];
    if (!next) return { deaths, end: await endOf(name) };
    if (!next.when(status ?? {})) throw new Error(`nobody moves before chapter ${String(chapter)}: ${status?.phase ?? ''}, ${status?.message ?? ''}`);
    await wish(name, next);
    chapter += 1;
  }
}

async function endOf(name: string) {
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
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const deathsOf = (draw: () => number) => (): Death => ({ atWrite: 1 + Math.floor(draw() * 6), arrives: draw() < 0.5 });

describe('an operator that is killed at any write', () => {
  let undisturbed: Awaited<ReturnType<typeof story>>['end'];

  it('is not needed for the story to end well', async () => {
    undisturbed = (await story('calm', () => undefined)).end;
    expect(undisturbed.status).toMatchObject({ phase: 'Rejected', champion: '1.0.0' });
    expect(undisturbed.runs).toBe('1.0.0');
    expect(undisturbed.versions.map((each) => each.stage)).toEqual(['Champion', 'RolledBack', 'Rejected']);
  });

  it('comes to the same end, each decision made once, through 50 deaths and more', async () => {
    let deaths = 0;
    for (let seed = 1; deaths < 50; seed++) {
      const ended = await story(`killed-${String(seed)}`, deathsOf(random(seed)));
      deaths += ended.deaths;
      expect({ seed, end: ended.end }).toEqual({ seed, end: undisturbed });
    }
  });

  it('comes to the same end though the clock of every life is another, ten minutes ahead or behind', async () => {
    const draw = random(8);
    const next = deathsOf(draw);
    let ahead = 0;
    const ended = await story('clocks', () => {
      ahead = Math.floor(draw() * 3 - 1) * 600_000;
      return next();
    }, () => Date.now() + ahead);
    expect(ended.end).toEqual(undisturbed);
  });
});
