import { afterAll, afterEach, beforeEach } from '@jest/globals';
import { createClient } from '@redis/client';
import { METRICS } from '../../serving/contract/metrics.ts';
import { ask, cleanUp, type Answer } from '../../serving/testing/ask.ts';
import { eventually } from '../../serving/testing/http.ts';
import { seriesValue } from '../../serving/testing/series.ts';
import { startServing, type ServingProcess } from '../../serving/testing/serving-process.ts';
import { tinyBundle } from '../../serving/testing/tiny-bundle.ts';
import { startRedis } from './redis.ts';

const PASSWORD = 'pass-of-the-test';

/** A Redis, emptied before each test, and pods that keep their answers there; they end with the test, and it with the file of tests. */
export async function openCache() {
  const [redis, bundle] = await Promise.all([startRedis({ password: PASSWORD, maxmemory: '64mb' }), tinyBundle()]);
  const control = createClient({ url: redis.url, password: PASSWORD }).on('error', () => undefined);
  await control.connect();
  const pods: ServingProcess[] = [];
  beforeEach(() => control.flushAll());
  afterEach(async () => {
    for (const pod of pods.splice(0)) await pod.kill();
  });
  afterAll(async () => {
    control.destroy();
    await redis.stop();
    await cleanUp();
  });

  /** Besides the one that asks. */
  const connections = async () => (await control.clientList()).length - 1;
  const keptKeys = () => control.keys('recommender:*');

  /** A serving process that has its answers kept, ready and, unless it is given settings of its own, connected to Redis. @param among pods that are killed later; those of this test by default */
  async function startPod(of = bundle, env: Record<string, string> = {}, among = pods): Promise<ServingProcess> {
    const pod = await startServing(of, { REDIS_URL: redis.url, REDIS_PASSWORD: PASSWORD, ...env });
    among.push(pod);
    await pod.ready();
    if (Object.keys(env).length === 0) await eventually('the pod to connect', async () => (await connections()) >= among.length);
    return pod;
  }

  /** Asks until the answer is among the kept ones: on a busy machine Redis may be late, and then it is left alone. */
  async function keep(pod: ServingProcess, question: object, headers?: Record<string, string>): Promise<Answer> {
    const goal = (await keptKeys()).length + 1;
    const isKept = () => eventually('a kept answer', async () => (await keptKeys()).length === goal, 1_000).catch(() => false);
    for (;;) {
      const answer = await ask(pod, question, headers);
      if (await isKept()) return answer;
    }
  }

  return { redis, control, bundle, connections, keptKeys, startPod, keep };
}

/** Look-ups so far, by result. */
export async function results(pod: ServingProcess) {
  const text = await pod.metrics();
  const value = (result: string) => seriesValue(text, METRICS.cacheRequests.name, { result });
  return { hit: value('hit'), miss: value('miss'), shared: value('shared'), error: value('error') };
}

/** Asks until a kept answer is given. */
export function askUntilHit(pod: ServingProcess, question: object): Promise<Answer> {
  return eventually('a hit', async () => {
    const { hit: before } = await results(pod);
    const answer = await ask(pod, question);
    return (await results(pod)).hit !== before && answer;
  }, 20_000);
}
