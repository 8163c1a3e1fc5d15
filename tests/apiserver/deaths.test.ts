import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '../../tools/testenv/until.ts';
import { playArgo } from './argo.ts';
import { followAudit } from './audit.ts';
import { play } from './cast.ts';
import { openStage } from './stage.ts';
import { THREE_VERSIONS } from './stories.ts';
import { endOf, liveStory, narrator, random, type Strategy } from './story.ts';

/** Operators as real processes that get signals in the middle of the life of three versions. Deaths at each write: kills.test.ts. */

jest.setTimeout(120_000);

const DEATHS = 4;
const REPLICAS = ['operator-a', 'operator-b'] as const;
/** A busy machine may stand still for seconds, and the deadline for renewing is two thirds of it. */
const LEASE_SECONDS = '6';
const STRATEGIES = ['Canary', 'BlueGreen', 'Shadow'] as const;

type Audit = ReturnType<typeof followAudit>;

// Each replica writes by a name of its own, so that the audit log tells them apart.
const { stage, server } = await openStage({ users: REPLICAS.map((name) => ({ name, token: name, group: 'system:masters' })) });
let running: ChildProcess[] = [];

afterEach(async () => {
  await Promise.all(running.map((each) => end(each, 'SIGKILL')));
});

function start(replica: (typeof REPLICAS)[number]): ChildProcess {
  const child = stage.startOperator({ KUBECONFIG: server.kubeconfig({ token: replica }), POD_NAME: replica, LEASE_SECONDS });
  running.push(child);
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  running = running.filter((each) => each !== child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

/** What people and Argo Rollouts do beside operators that run by themselves, until `isEnough`. */
function others(name: string, strategy: Strategy) {
  const move = playArgo(stage, play(stage, name), name, THREE_VERSIONS);
  const people = narrator(stage, name, strategy);
  return {
    goOn: (what: string, isEnough: () => boolean | Promise<boolean>) =>
      // Asked before each move: whoever asks only when all are waiting may find the story at its end.
      until(what, async () => (await isEnough()) || ((await move()) || (await people.next()), false), 60_000),
    /** Nobody has anything left to do. */
    toTheEnd: () => until('the story ends', async () => {
      if ((await move()) || (await people.next()) || !people.isOver()) return false;
      const { status, runs } = await endOf(stage, name);
      return status.phase === 'Rejected' && status.champion === '1.0.0' && runs === '1.0.0';
    }, 60_000),
  };
}

/** Whether the share was on record before an abort took it away is a matter of milliseconds. */
const inWords = (end: Awaited<ReturnType<typeof endOf>>): unknown => JSON.parse(JSON.stringify(end).replaceAll(/ at \d+% of users/g, ''));

describe('an operator that is killed by SIGKILL', () => {
  it.each(STRATEGIES)('at writes drawn at random comes to the same end of a %s delivery, each decision made once', async (strategy) => {
    const expected = inWords((await liveStory(stage, `calm-${strategy.toLowerCase()}`, { strategy })).end);
    const name = `dies-${strategy.toLowerCase()}`;
    const draw = random(strategy.length);
    const audit = followAudit(server, ({ user }) => user.username === 'operator-a');
    const { goOn, toTheEnd } = others(name, strategy);
    for (let deaths = 0; deaths < DEATHS; deaths++) {
      // As the kubelet does it: a new process in the same pod, which finds its own lease.
      const operator = start('operator-a');
      const last = audit.count() + 1 + Math.floor(draw() * 16);
      await goOn(`write ${String(last)}`, () => audit.count() >= last);
      await end(operator, 'SIGKILL');
    }
    start('operator-a');
    await toTheEnd();
    expect(inWords(await endOf(stage, name))).toEqual(expected);
  });
});

describe('a leader that is stopped', () => {
  it.each(STRATEGIES)('in the middle of a %s delivery writes nothing more when it goes on, and its successor brings it to its end', async (strategy) => {
    const [ofLeader, ofSuccessor] = REPLICAS.map((name) => followAudit(server, ({ user }) => user.username === name)) as [Audit, Audit];
    const before = { leader: ofLeader.count(), successor: ofSuccessor.count() };
    const leader = start('operator-a');
    const { goOn, toTheEnd } = others(`stopped-${strategy.toLowerCase()}`, strategy);
    await goOn('the leader writes', () => ofLeader.count() > before.leader + 10);
    start('operator-b');
    leader.kill('SIGSTOP');
    await goOn('the successor writes', () => ofSuccessor.count() > before.successor + 5);
    const soFar = ofLeader.count();
    leader.kill('SIGCONT');
    const [code] = (await once(leader, 'exit')) as [number];
    await toTheEnd();
    // Losing the lease is no normal end.
    expect([code, ofLeader.count()]).toEqual([1, soFar]);
  });
});
