import { beforeAll, describe, expect, jest } from '@jest/globals';
import type { Pod } from '../../operator/api/workload.ts';
import { ctr } from '../../tools/cluster/containerd.ts';
import { until } from '../../tools/testenv/until.ts';
import { openE2E } from './e2e.ts';
import { ordered } from './ordered.ts';

/**
 * Serving processes die and hang, under users, on the local cluster: its node is this machine, so a container's process can be
 * reached. It dies as by a segmentation fault, with no time for anything. The callers do what client libraries in a cluster do with a
 * connection that fails: they send again.
 */
jest.setTimeout(180_000);

const NAMESPACE = 'e2e-crashes';

const e2e = await openE2E(NAMESPACE);

beforeAll(async () => {
  await apply('1.0.0');
  await Promise.all([e2e.untilServing('1.0.0'), e2e.startTraffic(40, { RETRIES: '7', TIMEOUT_MS: '20000' })]);
});

/** Measured so seldom that a candidate may fail as it likes meanwhile. */
const SELDOM = { interval: '5m', guardrails: { p99Latency: '4s' } };
const apply = (version: string, delivery: object = { canary: { steps: [{ weight: 20, hold: '5m' }] } }, analysis: object = SELDOM) =>
  e2e.apply(version, { delivery, analysis });

interface Serving extends Pick<Pod, 'metadata'> {
  status?: { containerStatuses?: { name: string; containerID: string; ready: boolean; restartCount: number }[] };
}

async function podsOf(version: string): Promise<Serving[]> {
  const pods = (await e2e.cluster.list('Pod', NAMESPACE, 'app.kubernetes.io/component=serving')) as unknown as Serving[];
  return pods.filter(({ metadata }) => metadata.annotations?.['recommender.dev/version'] === version && metadata.deletionTimestamp === undefined);
}
const serving = ({ status }: Serving) => status?.containerStatuses?.find(({ name }) => name === 'serving');

/** One of the version's pods whose container is ready. */
const readyPod = (version: string) => until(`a pod of ${version} is ready`, async () => (await podsOf(version)).find((pod) => serving(pod)?.ready === true), 30_000);

/** Sends a signal to the serving process of the pod, from outside its container. */
async function signal(pod: Serving, name: NodeJS.Signals): Promise<void> {
  const id = serving(pod)?.containerID.replace('containerd://', '') ?? '';
  const task = (await ctr(['tasks', 'list'])).split('\n').map((line) => line.split(/\s+/)).find(([container]) => container === id);
  process.kill(Number(task?.[1]), name);
}

/** The pod runs its container once more, and that is ready. */
function untilRestarted(pod: Serving): Promise<Serving> {
  const { name, annotations = {} } = pod.metadata;
  const restarts = serving(pod)?.restartCount ?? 0;
  return until('it serves again', async () => {
    const now = (await podsOf(annotations['recommender.dev/version'] ?? '')).find(({ metadata }) => metadata.name === name);
    const container = now && serving(now);
    return container?.ready === true && container.restartCount > restarts ? now : undefined;
  }, 60_000);
}

const { answersOf } = e2e;
const shieldedUsers = async () => Object.values((await e2e.seen()).versions).reduce((sum, { shielded }) => sum + shielded, 0);

const step = ordered(() => e2e.nobodyGotAnError());

describe('serving processes that die, in a canary', () => {
  step('a process of the champion is killed, and again as soon as it serves: callers that send again get their answers', async () => {
    const pod = await readyPod('1.0.0');
    await signal(pod, 'SIGKILL');
    const again = await untilRestarted(pod);
    await signal(again, 'SIGKILL');
    await untilRestarted(again);
    const { retried } = await e2e.seen();
    process.stdout.write(`by two deaths of a champion's process ${String(retried)} calls of 40 a second were sent again\n`);
  });

  step('a process of the candidate dies: not even a connection of a caller fails', async () => {
    await apply('2.0.0');
    await e2e.untilShare('2.0.0', 20);
    const before = await e2e.seen();
    const pod = await readyPod('2.0.0');
    await signal(pod, 'SIGKILL');
    await until('users are shielded', async () => (await shieldedUsers()) > 0);
    await untilRestarted(pod);
    expect((await e2e.seen()).retried).toBe(before.retried);
  });

  step('a process of the candidate hangs and goes on: its users get the answers of the champion meanwhile', async () => {
    // Argo Rollouts gave its users to the champion while it had no pod, and gives them back.
    const had = await answersOf('2.0.0');
    await until('it has users again', async () => (await answersOf('2.0.0')) > had + 5, 60_000);
    const before = await e2e.seen();
    const shielded = await shieldedUsers();
    const pod = await readyPod('2.0.0');
    await signal(pod, 'SIGSTOP');
    await until('users are shielded', async () => (await shieldedUsers()) > shielded);
    await signal(pod, 'SIGCONT');
    const atFirst = await answersOf('2.0.0');
    await until('it answers again', async () => (await answersOf('2.0.0')) > atFirst + 10, 60_000);
    expect((await e2e.seen()).retried).toBe(before.retried);
  });
});

describe('serving processes that die, in the other strategies', () => {
  step('a process of a second stack dies, before it has users and when it has: no connection of a caller fails', async () => {
    const before = await e2e.seen();
    // Its pods have to be seen before it gets users, so it is measured often, by limits that nothing violates.
    const analysis = { interval: '3s', guardrails: { errorRate: '1', averageLatency: '4s', p99Latency: '4s' } };
    await apply('2.1.0', { strategy: 'BlueGreen', blueGreen: { weight: 20, validateFor: '5m' } }, analysis);
    const early = await readyPod('2.1.0');
    await signal(early, 'SIGKILL');
    await untilRestarted(early);
    await e2e.untilShare('2.1.0', 20);
    await until('users have it', async () => (await answersOf('2.1.0')) > 10);
    const pod = await readyPod('2.1.0');
    await signal(pod, 'SIGKILL');
    await untilRestarted(pod);
    const had = await answersOf('2.1.0');
    await until('users go on having it', async () => (await answersOf('2.1.0')) > had + 10);
    expect((await e2e.seen()).retried).toBe(before.retried);
  });

  step('a process of a shadowed version dies: no caller notices; one of the champion that shadows it dies: callers that send again get their answers', async () => {
    const before = await e2e.seen();
    // What was measured of its canary need not be waited out for long.
    await apply('2.0.0', { strategy: 'Shadow', shadow: { holdFor: '5m' } }, { ...SELDOM, window: '20s' });
    await e2e.untilStatus('it is shadowed', ({ phase, candidate }) => phase === 'Shadow' && candidate?.version === '2.0.0');
    const pod = await readyPod('2.0.0');
    await signal(pod, 'SIGKILL');
    await untilRestarted(pod);
    expect((await e2e.seen()).retried).toBe(before.retried);
    const carrier = await readyPod('1.0.0');
    await signal(carrier, 'SIGKILL');
    await untilRestarted(carrier);
    await e2e.untilStatus('it is shadowed still', ({ phase, champion }) => phase === 'Shadow' && champion?.version === '1.0.0');
  });
});
