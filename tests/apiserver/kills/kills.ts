import { describe, expect, it, jest } from '@jest/globals';
import type { Crash } from '../crashRuns.ts';
import { openEnv } from '../env.ts';
import { type outcomeOf, random, runLifecycle, type Strategy } from '../lifecycle.ts';
import { BACK_AND_FORTH, GONE_BUNDLE, SECOND_TRIES } from '../lifecycles.ts';

/** Releases with gates and manual actions while the operator is killed again and again. */

type Outcome = Awaited<ReturnType<typeof outcomeOf>>;

/** A crash for every operator that makes so many writes, at one of the first `within`, and a clock that is right, ten minutes ahead or ten behind. */
function crashesAndClocks(seed: number, within = 6) {
  const draw = random(seed);
  let ahead = 0;
  return {
    nextCrash: (): Crash => {
      ahead = Math.floor(draw() * 3 - 1) * 600_000;
      return { atWrite: 1 + Math.floor(draw() * within), arrives: draw() < 0.5 };
    },
    clock: () => Date.now() + ahead,
  };
}

/** All manual actions on record, one by one: in the order of the versions, the newest of each first. */
const actsIn = ({ versions }: Outcome) => versions.flatMap(({ decisions = [] }) => decisions.flatMap(({ act }) => act ?? []));

/** Each with how it ends, and with every manual action that is to be on record then. */
const MORE = [
  {
    what: 'that is aborted, tried again and promoted by hand',
    short: 'tries',
    lifecycle: SECOND_TRIES,
    ends: { phase: 'Rejected', champion: '2.0.0' },
    stages: ['Retired', 'Champion', 'Rejected'],
    acts: ['promote 2.0.0 c urgent', 'retry 2.0.0 b it was not to blame', 'abort 2.0.0 a complaints', 'retry 3.0.0 d the data was to blame'],
  },
  {
    what: 'whose desired version moves on and back, with a rollback in the middle of a rollback',
    short: 'back',
    lifecycle: BACK_AND_FORTH,
    ends: { phase: 'RolledBack', champion: '1.0.0' },
    stages: ['Champion', 'RolledBack', 'RolledBack', 'RolledBack'],
    // The first rollback is overtaken before it takes effect: of it there is only what held the candidate meanwhile.
    acts: ['rollback 1.0.0 c that far after all', 'rollback 2.0.0 b not that far', 'pause rollback 1.0.0 a sales fell'],
  },
  {
    what: 'that goes on after a rollback to a bundle that is gone',
    short: 'gone',
    lifecycle: GONE_BUNDLE,
    ends: { phase: 'RolledBack', champion: '2.0.0' },
    stages: ['Retired', 'Champion', 'RolledBack'],
    acts: ['rollback 2.0.0 b not that far', 'resume rollback 1.0.0 a sales fell', 'pause rollback 1.0.0 a sales fell'],
  },
];

/** The tests of one strategy: each has a file of its own, for they take the longest. */
export async function testKills(strategy: Strategy): Promise<void> {
  jest.setTimeout(180_000);
  const { env } = await openEnv({ watchCache: false });
  const nameOf = (name: string) => `${name}-${strategy.toLowerCase()}`;

  /** Runs a lifecycle with one seed after another until so many operators have crashed; each run must end as the undisturbed one. */
  const crash = async (name: string, crashes: number, undisturbed: Outcome, within: number, lifecycle?: (typeof MORE)[number]['lifecycle']) => {
    let sofar = 0;
    for (let seed = 1; sofar < crashes; seed++) {
      const ended = await runLifecycle(env, `${nameOf(name)}-${String(seed)}`, { strategy, ...(lifecycle ? { lifecycle } : {}), ...crashesAndClocks(seed, within) });
      sofar += ended.crashes;
      expect({ seed, outcome: ended.outcome }).toEqual({ seed, outcome: undisturbed });
    }
  };

  describe(`an operator that is killed at any write of a ${strategy} delivery`, () => {
    let undisturbed: Outcome;

    it('is not needed for the release to end well', async () => {
      undisturbed = (await runLifecycle(env, nameOf('calm'), { strategy })).outcome;
      expect(undisturbed.status).toMatchObject({ phase: 'Rejected', champion: '1.0.0' });
      expect(undisturbed.runs).toBe('1.0.0');
      expect(undisturbed.versions.map((each) => each.stage)).toEqual(['Champion', 'RolledBack', 'Rejected']);
    });

    it('comes to the same end, each decision made once, through 50 crashes and more, by clocks ten minutes ahead or behind', async () => {
      await crash('killed', 50, undisturbed, 6);
    });
  });

  describe(`a ${strategy} delivery`, () => {
    it.each(MORE)('$what comes to the same end through 15 crashes and more, each act carried out once, by clocks ten minutes ahead or behind', async ({ short, lifecycle, ends, stages, acts }) => {
      const { outcome: undisturbed } = await runLifecycle(env, nameOf(`${short}-calm`), { strategy, lifecycle });
      expect(undisturbed.status).toMatchObject(ends);
      expect([undisturbed.runs, undisturbed.versions.map((each) => each.stage)]).toEqual([ends.champion, stages]);
      expect(actsIn(undisturbed)).toEqual(acts);
      await crash(`${short}-killed`, 15, undisturbed, 4, lifecycle);
    });
  });
}
