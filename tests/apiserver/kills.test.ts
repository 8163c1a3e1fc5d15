import { describe, expect, it, jest } from '@jest/globals';
import type { Death } from './lives.ts';
import { openStage } from './stage.ts';
import { GONE_BUNDLE, LAST_WISHES, SECOND_TRIES } from './stories.ts';
import { type endOf, liveStory, random } from './story.ts';

/** The lives of versions, with gates and acts of people, while operators are killed again and again. */

jest.setTimeout(180_000);

const { stage } = await openStage();

const STRATEGIES = ['Canary', 'BlueGreen', 'Shadow'] as const;

type End = Awaited<ReturnType<typeof endOf>>;

/** A death for every life that makes so many writes, at one of the first `within`, and a clock that is right, ten minutes ahead or ten behind. */
function deathsAndClocks(seed: number, within = 6) {
  const draw = random(seed);
  let ahead = 0;
  return {
    nextDeath: (): Death => {
      ahead = Math.floor(draw() * 3 - 1) * 600_000;
      return { atWrite: 1 + Math.floor(draw() * within), arrives: draw() < 0.5 };
    },
    clock: () => Date.now() + ahead,
  };
}

/** All acts on record, one by one: in the order of the versions, the newest of each first. */
const actsIn = ({ versions }: End) => versions.flatMap(({ decisions = [] }) => decisions.flatMap(({ act }) => act ?? []));

describe.each(STRATEGIES)('an operator that is killed at any write of a %s delivery', (strategy) => {
  const named = (name: string) => `${name}-${strategy.toLowerCase()}`;
  let undisturbed: End;

  it('is not needed for the story to end well', async () => {
    undisturbed = (await liveStory(stage, named('calm'), { strategy })).end;
    expect(undisturbed.status).toMatchObject({ phase: 'Rejected', champion: '1.0.0' });
    expect(undisturbed.runs).toBe('1.0.0');
    expect(undisturbed.versions.map((each) => each.stage)).toEqual(['Champion', 'RolledBack', 'Rejected']);
  });

  it('comes to the same end, each decision made once, through 50 deaths and more, by clocks ten minutes ahead or behind', async () => {
    let deaths = 0;
    for (let seed = 1; deaths < 50; seed++) {
      const ended = await liveStory(stage, `${named('killed')}-${String(seed)}`, { strategy, ...deathsAndClocks(seed) });
      deaths += ended.deaths;
      expect({ seed, end: ended.end }).toEqual({ seed, end: undisturbed });
    }
  });
});

/** Each with how it ends, and with every act that is to be on record then. */
const MORE = [
  {
    what: 'that is aborted, tried again and promoted by hand',
    short: 'tries',
    story: SECOND_TRIES,
    ends: { phase: 'Rejected', champion: '2.0.0' },
    stages: ['Retired', 'Champion', 'Rejected'],
    acts: ['promote 2.0.0 c urgent', 'retry 2.0.0 b it was not to blame', 'abort 2.0.0 a complaints', 'retry 3.0.0 d the data was to blame'],
  },
  {
    what: 'whose wish moves on and back, with a rollback in the middle of a rollback',
    short: 'wishes',
    story: LAST_WISHES,
    ends: { phase: 'RolledBack', champion: '1.0.0' },
    stages: ['Champion', 'RolledBack', 'RolledBack', 'RolledBack'],
    // The first rollback is overtaken before it takes effect: of it there is only what held the candidate meanwhile.
    acts: ['rollback 1.0.0 c that far after all', 'rollback 2.0.0 b not that far', 'pause rollback 1.0.0 a sales fell'],
  },
  {
    what: 'that goes on after a rollback to a bundle that is gone',
    short: 'gone',
    story: GONE_BUNDLE,
    ends: { phase: 'RolledBack', champion: '2.0.0' },
    stages: ['Retired', 'Champion', 'RolledBack'],
    acts: ['rollback 2.0.0 b not that far', 'resume rollback 1.0.0 a sales fell', 'pause rollback 1.0.0 a sales fell'],
  },
];

describe.each(STRATEGIES)('a %s delivery', (strategy) => {
  it.each(MORE)('$what comes to the same end through 15 deaths and more, each act carried out once, by clocks ten minutes ahead or behind', async ({ short, story, ends, stages, acts }) => {
    const named = (name: string) => `${short}-${name}-${strategy.toLowerCase()}`;
    const { end: undisturbed } = await liveStory(stage, named('calm'), { strategy, story });
    expect(undisturbed.status).toMatchObject(ends);
    expect([undisturbed.runs, undisturbed.versions.map((each) => each.stage)]).toEqual([ends.champion, stages]);
    expect(actsIn(undisturbed)).toEqual(acts);
    let deaths = 0;
    for (let seed = 1; deaths < 15; seed++) {
      const ended = await liveStory(stage, `${named('killed')}-${String(seed)}`, { strategy, story, ...deathsAndClocks(seed, 4) });
      deaths += ended.deaths;
      expect({ seed, end: ended.end }).toEqual({ seed, end: undisturbed });
    }
  });
});
