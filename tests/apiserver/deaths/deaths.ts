import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it, jest } from '@jest/globals';
import { until } from '../../../tools/testenv/until.ts';
import { followAudit } from '../audit.ts';
import { openEnv } from '../env.ts';
import { fakeArgo } from '../fakeArgo.ts';
import { fakeControllers } from '../fakeControllers.ts';
import { createUser, outcomeOf, random, runLifecycle, type Strategy } from '../lifecycle.ts';
import { THREE_VERSIONS } from '../lifecycles.ts';

/** Operators as real processes that get signals in the middle of a release. Crashes at each write: kills. */

const DEATHS = 4;
const REPLICAS = ['operator-a', 'operator-b'] as const;
/** A busy machine may stand still for seconds, and the deadline for renewing is two thirds of it. */
const LEASE_SECONDS = '6';

type Audit = ReturnType<typeof followAudit>;

/** The tests of one strategy: each has a file of its own, for they take long. */
export async function testDeaths(strategy: Strategy): Promise<void> {
  jest.setTimeout(120_000);
  // Each replica writes by a name of its own, so that the audit log tells them apart.
  const { env, server } = await openEnv({ users: REPLICAS.map((name) => ({ name, token: name, group: 'system:masters' })) });
  let running: ChildProcess[] = [];

  afterEach(async () => {
    await Promise.all(running.map((each) => end(each, 'SIGKILL')));
  });

  function start(replica: (typeof REPLICAS)[number]): ChildProcess {
    const child = env.startOperator({ KUBECONFIG: server.kubeconfig({ token: replica }), POD_NAME: replica, LEASE_SECONDS });
    running.push(child);
    return child;
  }

  async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    running = running.filter((each) => each !== child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  /** What the user and Argo Rollouts do beside operators that run by themselves. */
  function others(name: string) {
    const move = fakeArgo(env, fakeControllers(env, name), name, THREE_VERSIONS);
    const user = createUser(env, name, strategy);
    return {
      goOn: (what: string, isEnough: () => boolean | Promise<boolean>) =>
        // Asked before each move: asked only when all are waiting, it may find the release at its end.
        until(what, async () => (await isEnough()) || ((await move()) || (await user.next()), false), 60_000),
      /** Until nobody has anything left to do. */
      toTheEnd: () => until('the release ends', async () => {
        if ((await move()) || (await user.next()) || !user.isDone()) return false;
        const { status, runs } = await outcomeOf(env, name);
        return status.phase === 'Rejected' && status.champion === '1.0.0' && runs === '1.0.0';
      }, 60_000),
    };
  }

  it(`an operator that is killed by SIGKILL at writes drawn at random comes to the same end of a ${strategy} delivery, each decision made once`, async () => {
    const expected = inWords((await runLifecycle(env, `calm-${strategy.toLowerCase()}`, { strategy })).outcome);
    const name = `dies-${strategy.toLowerCase()}`;
    const draw = random(strategy.length);
    const audit = followAudit(server, ({ user }) => user.username === 'operator-a');
    const { goOn, toTheEnd } = others(name);
    for (let deaths = 0; deaths < DEATHS; deaths++) {
      // As the kubelet does it: a new process in the same pod, which finds its own lease.
      const operator = start('operator-a');
      const last = audit.count() + 1 + Math.floor(draw() * 16);
      await goOn(`write ${String(last)}`, () => audit.count() >= last);
      await end(operator, 'SIGKILL');
    }
    start('operator-a');
    await toTheEnd();
    expect(inWords(await outcomeOf(env, name))).toEqual(expected);
  });

  it(`a leader that is stopped in the middle of a ${strategy} delivery writes nothing more when it goes on, and its successor brings it to its end`, async () => {
    const [ofLeader, ofSuccessor] = REPLICAS.map((name) => followAudit(server, ({ user }) => user.username === name)) as [Audit, Audit];
    const before = { leader: ofLeader.count(), successor: ofSuccessor.count() };
    const leader = start('operator-a');
    const { goOn, toTheEnd } = others(`stopped-${strategy.toLowerCase()}`);
    await goOn('the leader writes', () => ofLeader.count() > before.leader + 10);
    // A request that is half sent when its process stops is sent to its end when the process goes on.
    await until('the writes of the leader have arrived', isStill(ofLeader.count));
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
}

/** Whether the share was on record before an abort took it away is a matter of milliseconds. */
const inWords = (outcome: Awaited<ReturnType<typeof outcomeOf>>): unknown => JSON.parse(JSON.stringify(outcome).replaceAll(/ at \d+% of users/g, ''));

/** Whether a number has been the same so many times in a row. */
function isStill(read: () => number, times = 6): () => boolean {
  let [last, same] = [-1, 0];
  return () => {
    const now = read();
    [last, same] = [now, now === last ? same + 1 : 0];
    return same >= times;
  };
}
