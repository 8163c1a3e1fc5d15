import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ask } from '../../serving/testing/ask.ts';
import { eventually } from '../../serving/testing/http.ts';
import { type ServingProcess, startServing } from '../../serving/testing/serving-process.ts';
import { askUntilHit, openCache, results } from './cache.ts';

jest.setTimeout(60_000);

const { redis, control, bundle, connections, keptKeys, startPod, keep } = await openCache();

/** Look-ups that have come to Redis. */
async function lookUps(): Promise<number> {
  return Number(/cmdstat_getrange:calls=(\d+)/.exec(await control.info('commandstats'))?.[1] ?? 0);
}

describe('a poisoned Redis', () => {
  const POISON: [string, (key: string, other: string) => Promise<unknown>][] = [
    ['random bytes', (key) => control.set(key, randomBytes(100))],
    ['a value of 10 MB', (key) => control.set(key, Buffer.alloc(10_000_000, 'x'))],
    ['JSON of another shape', (key) => control.set(key, JSON.stringify({ items: [{ id: 'i9', score: 'high' }], fallback: 0 }))],
    ['an answer of another version of the format', (key) => control.setRange(key, 2, Buffer.from([9]))],
    ['the answer to another question', (key, other) => control.copy(other, key, { REPLACE: true })],
    ['half of an answer', async (key) => control.eval('redis.call("SET", KEYS[1], redis.call("GETRANGE", KEYS[1], 0, 30))', { keys: [key] })],
    ['a list', async (key) => [await control.del(key), await control.rPush(key, ['a', 'b'])]],
    ['a hash', async (key) => [await control.del(key), await control.hSet(key, 'a', 'b')]],
  ];

  let pod: ServingProcess;
  beforeAll(async () => {
    pod = await startPod(bundle, {}, []);
  });
  afterAll(() => pod.kill());

  it.each(POISON)('with %s under the key of an answer is not believed, and mended', async (_name, poison) => {
    await keep(pod, { user_id: 'u2' });
    const [other = ''] = await keptKeys();
    const right = await keep(pod, { user_id: 'u1' });
    const key = (await keptKeys()).find((kept) => kept !== other) ?? '';
    const { hit, error = 0 } = await results(pod);
    await poison(key, other);
    const answer = await ask(pod, { user_id: 'u1' });
    expect(answer).toMatchObject({ status: 200, body: { items: right.body.items, fallback: false } });
    expect(await results(pod)).toMatchObject({ hit, error: error + 1 });
    expect((await askUntilHit(pod, { user_id: 'u1' })).body.items).toEqual(right.body.items);
  });
});

describe('a Redis in trouble costs no request', () => {
  /** Asks with several callers until told to stop. */
  function startLoad(pod: ServingProcess) {
    let isOver = false;
    let answered = 0;
    const wrong: unknown[] = [];
    const caller = async (): Promise<void> => {
      while (!isOver) {
        const user = answered % 5;
        const answer = await ask(pod, { user_id: `u${user}`, k: 1 }).catch((error: unknown) => error as Error);
        if (!('status' in answer) || answer.status !== 200 || answer.body.items[0]?.id !== `i${user}`) wrong.push(answer);
        answered += 1;
      }
    };
    const callers = Promise.all(Array.from({ length: 8 }, caller));
    const more = (count: number) => {
      const goal = answered + count;
      return eventually(`${count} more answers`, () => answered >= goal, 20_000);
    };
    return { more, wrong, stop: () => ((isOver = true), callers) };
  }

  /** Of the connections to Redis. */
  const ids = async () => (await control.clientList()).map(({ id }) => id);

  it('when it is killed under load; it is used again when it is back', async () => {
    const pod = await startPod();
    const load = startLoad(pod);
    await load.more(300);
    await redis.kill();
    await load.more(300);
    expect((await fetch(`${pod.origin}/ready`)).status).toBe(200);
    await redis.start();
    const { hit: before = 0 } = await results(pod);
    await eventually('hits again', async () => ((await results(pod)).hit ?? 0) > before, 20_000);
    await load.stop();
    expect(load.wrong).toEqual([]);
  });

  it('when it does not answer: a few look-ups wait for it, the others do not ask', async () => {
    const pod = await startPod();
    await ask(pod, { user_id: 'u1' });
    const before = await lookUps();
    const { error: earlier = 0 } = await results(pod);
    redis.pause();
    try {
      for (let count = 0; count < 200; count += 1) {
        const answer = await ask(pod, { user_id: `u${count % 8}` });
        expect(answer).toMatchObject({ status: 200, body: { fallback: false } });
      }
      expect((await fetch(`${pod.origin}/ready`)).status).toBe(200);
      expect((await results(pod)).error).toBe(earlier + 200);
    } finally {
      redis.resume();
    }
    // Redis finds now what was sent while it slept.
    expect((await lookUps()) - before).toBeLessThan(50);
    await askUntilHit(pod, { user_id: 'u3' });
  });

  /** Redis is silent while questions go on, all of which are answered; afterwards the pod has another connection. */
  async function givesUpConnection(pod: ServingProcess, forMs: number, meanwhile: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    const before = await ids();
    redis.pause();
    try {
      await meanwhile();
      const end = performance.now() + forMs;
      while (performance.now() < end) expect((await ask(pod, { user_id: 'u1' })).status).toBe(200);
    } finally {
      redis.resume();
    }
    await eventually('another connection', async () => (await ids()).filter((id) => !before.includes(id)).length > 0, 10_000);
  }

  it('when it stays silent for long: the connection is given up for a new one', async () => {
    await givesUpConnection(await startPod(), 8_000);
  });

  it('when a burst meets a connection that has died without a word: it is given up too, though too much is unanswered', async () => {
    const pod = await startPod();
    // Some may be refused, for the pod has too much to do.
    const burst = () => Promise.all(Array.from({ length: 300 }, (_, count) => ask(pod, { user_id: `u${count % 8}`, k: 1 + Math.floor(count / 8) })));
    await givesUpConnection(pod, 6_000, burst);
  });

  const WHAT_TO_DO = 'rejects the user name or password: check REDIS_USERNAME and REDIS_PASSWORD';
  it('when the password is wrong or missing, which is said without it', async () => {
    for (const password of ['wrong-pass-of-the-test', undefined]) {
      const pod = await startServing(bundle, { REDIS_URL: redis.url, ...(password && { REDIS_PASSWORD: password }) });
      await pod.ready();
      if (password === undefined) await eventually('the pod to connect', async () => (await connections()) >= 1);
      for (const user_id of ['u1', 'u1']) expect((await ask(pod, { user_id })).body.items[0]?.id).toBe('i1');
      expect((await results(pod)).error).toBe(2);
      const isTold = async () => {
        await ask(pod, { user_id: 'u1' });
        return pod.logs.some(({ msg, error }) => msg === 'Redis unavailable' && String(error).includes(WHAT_TO_DO));
      };
      // Where Redis was late at first, this has been said, and nothing else is for half a minute.
      await eventually('the reason in the log', isTold, 45_000);
      pod.child.kill('SIGTERM');
      const { code, logs } = await pod.ended;
      expect(code).toBe(0);
      expect(JSON.stringify(logs)).not.toContain('pass-of-the-test');
    }
  }, 120_000);

  it('when it was never there', async () => {
    const pod = await startPod(bundle, { REDIS_URL: 'redis://127.0.0.1:1' });
    expect((await ask(pod, { user_id: 'u1' })).body.items[0]?.id).toBe('i1');
    expect(await results(pod)).toEqual({ hit: 0, miss: 0, shared: 0, error: 1 });
  });

  it('when it is full and evicts nothing', async () => {
    const pod = await startPod();
    await control.configSet({ maxmemory: '1', 'maxmemory-policy': 'noeviction' });
    try {
      for (let count = 0; count < 40; count += 1) expect((await ask(pod, { user_id: `u${count % 8}` })).status).toBe(200);
      const { hit, miss = 0, error = 0 } = await results(pod);
      expect(hit).toBe(0);
      // Nothing can be kept, and that is no reason not to ask.
      expect(miss).toBeGreaterThan(2 * error);
    } finally {
      await control.configSet({ maxmemory: '64mb', 'maxmemory-policy': 'allkeys-lru' });
    }
  });
});
