import { describe, expect, it, jest } from '@jest/globals';
import type { Death } from './lives.ts';
import { openStage } from './stage.ts';
import { type endOf, liveStory, random } from './story.ts';

/** The life of three versions, with gates and acts of people, while operators are killed again and again. */

jest.setTimeout(180_000);

const { stage } = await openStage();

const deathsOf = (draw: () => number) => (): Death => ({ atWrite: 1 + Math.floor(draw() * 6), arrives: draw() < 0.5 });

describe.each(['Canary', 'BlueGreen', 'Shadow'] as const)('an operator that is killed at any write of a %s delivery', (strategy) => {
  const named = (name: string) => `${name}-${strategy.toLowerCase()}`;
  let undisturbed: Awaited<ReturnType<typeof endOf>>;

  it('is not needed for the story to end well', async () => {
    undisturbed = (await liveStory(stage, named('calm'), { strategy })).end;
    expect(undisturbed.status).toMatchObject({ phase: 'Rejected', champion: '1.0.0' });
    expect(undisturbed.runs).toBe('1.0.0');
    expect(undisturbed.versions.map((each) => each.stage)).toEqual(['Champion', 'RolledBack', 'Rejected']);
  });

  it('comes to the same end, each decision made once, through 50 deaths and more', async () => {
    let deaths = 0;
    for (let seed = 1; deaths < 50; seed++) {
      const ended = await liveStory(stage, `${named('killed')}-${String(seed)}`, { strategy, nextDeath: deathsOf(random(seed)) });
      deaths += ended.deaths;
      expect({ seed, end: ended.end }).toEqual({ seed, end: undisturbed });
    }
  });

  it('comes to the same end though the clock of every life is another, ten minutes ahead or behind', async () => {
    const draw = random(8);
    const next = deathsOf(draw);
    let ahead = 0;
    const ended = await liveStory(stage, named('clocks'), {
      strategy,
      nextDeath: () => {
        ahead = Math.floor(draw() * 3 - 1) * 600_000;
        return next();
      },
      clock: () => Date.now() + ahead,
    });
    expect(ended.end).toEqual(undisturbed);
  });
});
