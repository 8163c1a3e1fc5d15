import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createClient } from '@redis/client';
import { randomBytes } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { METRICS } from '../../serving/contract.ts';
import { eventually } from '../../serving/testing/http.ts';
import { seriesValue } from '../../serving/testing/series.ts';
import { startServing, type ServingProcess } from '../../serving/testing/serving-process.ts';
import { removeTinyBundles, tinyBundle, type TinyBundle } from '../../serving/testing/tiny-bundle.ts';
import { tinyModel } from '../../serving/testing/tiny-model.ts';
import { startRedis, type TestRedis } from './redis.ts';

jest.setTimeout(60_000);

const PASSWORD = 'pass-of-the-test';
const agent = new Agent({ keepAlive: true });
const connect = (redis: TestRedis) => createClient({ url: redis.url, password: PASSWORD }).on('error', () => undefined);

let redis: TestRedis;
let control: ReturnType<typeof connect>;
let bundle: TinyBundle;
const pods: ServingProcess[] = [];

beforeAll(async () => {
  [redis, bundle] = await Promise.all([startRedis({ password: PASSWORD, maxmemory: '64mb' }), tinyBundle()]);
  control = connect(redis);
  await control.connect();
});
beforeEach(() => control.flushAll());
afterEach(async () => {
  for (const pod of pods.splice(0)) await pod.kill();
});
afterAll(async () => {
  agent.destroy();
  control.destroy();
  await redis.stop();
  await removeTinyBundles();
});

/** A serving process that has its answers kept, ready and connected to Redis. */
async function startPod(of = bundle, env: Record<string, string> = {}): Promise<ServingProcess> {
  const pod = await startServing(of, { REDIS_URL: redis.url, REDIS_PASSWORD: PASSWORD, ...env });
  pods.push(pod);
  await pod.ready();
  if (Object.keys(env).length === 0) await eventually('the pod to connect', async () => (await connections()) >= pods.length);
  return pod;
}

/** Besides the one that asks. */
async function connections(): Promise<number> {
  return (await control.clientList()).length - 1;
}

interface Answer {
  status: number;
  body: { recommendation_id: string; items: { id: string; score: number }[]; fallback: boolean };
}

function ask(pod: ServingProcess, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { agent, method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
    const request = httpRequest(`${pod.origin}/recommend`, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Answer['body'] });
      });
    });
    request.once('error', reject).end(JSON.stringify(body));
  });
}

/** Look-ups so far, by result. */
async function results(pod: ServingProcess) {
  const text = await pod.metrics();
  const value = (result: string) => seriesValue(text, METRICS.cacheRequests.name, { result });
  return { hit: value('hit'), miss: value('miss'), shared: value('shared'), error: value('error') };
}

/** Look-ups that have come to Redis. */
async function lookUps(): Promise<number> {
  return Number(/cmdstat_getrange:calls=(\d+)/.exec(await control.info('commandstats'))?.[1] ?? 0);
}

const keptKeys = () => control.keys('recommender:*');

/** Asks until the answer is among the kept ones: on a busy machine Redis may be late, and then it is left alone. */
async function keep(pod: ServingProcess, question: object, headers?: Record<string, string>): Promise<Answer> {
  const goal = (await keptKeys()).length + 1;
  const isKept = () => eventually('a kept answer', async () => (await keptKeys()).length === goal, 1_000).catch(() => false);
  for (;;) {
    const answer = await ask(pod, question, headers);
    if (await isKept()) return answer;
  }
}

/** Asks until a kept answer is given. */
function askUntilHit(pod: ServingProcess, question: object): Promise<Answer> {
  return eventually('a hit', async () => {
    const { hit: before } = await results(pod);
    const answer = await ask(pod, question);
    return (await results(pod)).hit !== before && answer;
  }, 20_000);
}

describe('kept answers', () => {
  it('are given again, each under a recommendation id of its own', async () => {
    const pod = await startPod();
    const first = await keep(pod, { user_id: 'u1', k: 2 });
    expect((await results(pod)).hit).toBe(0);
    const second = await askUntilHit(pod, { k: 2, user_id: 'u1' });
    expect(second.body.items).toEqual(first.body.items);
    expect(first.body.items[0]).toMatchObject({ id: 'i1', score: 1.01, title: 'Title of i1' });
    expect(second.body.recommendation_id).not.toBe(first.body.recommendation_id);
    expect(await keptKeys()).toEqual([expect.stringMatching(new RegExp(`^recommender:shop:tiny:${bundle.digest}:[\\w-]{43}$`))]);
  });

  it('are not mixed up when k, the user or what is excluded differ; popular items cost no look-up', async () => {
    const pod = await startPod();
    const questions = [{ user_id: 'u1' }, { user_id: 'u1', k: 1 }, { user_id: 'u1', exclude: ['i1'] }, { user_id: 'u2' }];
    const answers = [];
    for (const question of questions) answers.push(await keep(pod, question));
    expect(answers.map(({ body }) => body.items[0]?.id)).toEqual(['i1', 'i1', 'i4', 'i2']);
    for (const [index, question] of questions.entries()) {
      expect((await askUntilHit(pod, question)).body.items).toEqual(answers[index]?.body.items);
    }
    const before = await results(pod);
    for (const question of [{}, { user_id: 'stranger' }]) expect((await ask(pod, question)).body.fallback).toBe(true);
    expect(await results(pod)).toEqual(before);
  });

  it('are those of one digest: a new version starts without, a second pod of the old one does not', async () => {
    const next = await tinyBundle({ version: '1.1.0', files: { 'popular.json': '["i0","i1","i2","i3","i4"]' } });
    const [old, other, candidate] = [await startPod(), await startPod(), await startPod(next)];
    await keep(old, { user_id: 'u1' });
    // Forwarded by a champion, as it would be during a release.
    await keep(candidate, { user_id: 'u1' }, { 'x-recommender-hop': '1' });
    expect((await results(candidate)).hit).toBe(0);
    await askUntilHit(other, { user_id: 'u1' });
    expect((await keptKeys()).map((key) => key.split(':').at(-2)).sort()).toEqual([bundle.digest, next.digest].map((digest) => digest.slice(7)).sort());
  });

  it('are those the model gave: popular items in place of a model that fails are not kept', async () => {
    const pod = await startPod(await tinyBundle({ model: tinyModel({ rows: 5 }) }));
    for (const user_id of ['u7', 'u7']) expect((await ask(pod, { user_id })).body.fallback).toBe(true);
    expect((await results(pod)).hit).toBe(0);
    await keep(pod, { user_id: 'u1' });
    expect(await keptKeys()).toHaveLength(1);
  });

  it('end when their time is over, and when Redis is emptied', async () => {
    const pod = await startPod(bundle, { CACHE_TTL_MS: '3000' });
    await keep(pod, { user_id: 'u1' });
    const [key = ''] = await keptKeys();
    expect(await control.pTTL(key)).toBeLessThanOrEqual(3000);
    await eventually('the answer to be gone', async () => (await keptKeys()).length === 0);
    await keep(pod, { user_id: 'u1' });
    await control.flushAll();
    expect((await keep(pod, { user_id: 'u1' })).body.items[0]?.id).toBe('i1');
  });

  it('are not made where the time to keep them is 0', async () => {
    const pod = await startPod(bundle, { CACHE_TTL_MS: '0' });
    for (const user_id of ['u1', 'u1']) expect((await ask(pod, { user_id })).status).toBe(200);
    expect(await results(pod)).toEqual({});
    expect(await keptKeys()).toEqual([]);
  });
});

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

  it.each(POISON)('with %s under the key of an answer is not believed, and mended', async (_name, poison) => {
    const pod = await startPod();
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
    redis.pause();
    try {
      for (let count = 0; count < 200; count += 1) {
        const answer = await ask(pod, { user_id: `u${count % 8}` });
        expect(answer).toMatchObject({ status: 200, body: { fallback: false } });
      }
      expect((await fetch(`${pod.origin}/ready`)).status).toBe(200);
      expect((await results(pod)).error).toBe(200);
    } finally {
      redis.resume();
    }
    // Redis finds now what was sent while it slept.
    expect((await lookUps()) - before).toBeLessThan(50);
    await askUntilHit(pod, { user_id: 'u3' });
  });

  it('when it stays silent for long: the connection is given up for a new one', async () => {
    const pod = await startPod();
    const ids = async () => (await control.clientList()).map(({ id }) => id);
    const before = await ids();
    redis.pause();
    try {
      const end = performance.now() + 8_000;
      while (performance.now() < end) expect((await ask(pod, { user_id: 'u1' })).status).toBe(200);
    } finally {
      redis.resume();
    }
    await eventually('another connection', async () => (await ids()).filter((id) => !before.includes(id)).length > 0, 10_000);
  });

  it('when a burst meets a connection that has died without a word: it is given up too, though too much is unanswered', async () => {
    const pod = await startPod();
    const ids = async () => (await control.clientList()).map(({ id }) => id);
    const before = await ids();
    redis.pause();
    try {
      const burst = Array.from({ length: 300 }, (_, count) => ask(pod, { user_id: `u${count % 8}`, k: 1 + Math.floor(count / 8) }));
      // Some may be refused, for the pod has too much to do.
      await Promise.all(burst);
      const end = performance.now() + 6_000;
      while (performance.now() < end) expect((await ask(pod, { user_id: 'u1' })).status).toBe(200);
    } finally {
      redis.resume();
    }
    await eventually('another connection', async () => (await ids()).filter((id) => !before.includes(id)).length > 0, 10_000);
  });

  it('when the password is wrong or missing, which is said without it', async () => {
    for (const password of ['wrong-pass-of-the-test', undefined]) {
      const pod = await startServing(bundle, { REDIS_URL: redis.url, ...(password && { REDIS_PASSWORD: password }) });
      await pod.ready();
      if (password === undefined) await eventually('the pod to connect', async () => (await connections()) >= 1);
      for (const user_id of ['u1', 'u1']) expect((await ask(pod, { user_id })).body.items[0]?.id).toBe('i1');
      expect((await results(pod)).error).toBe(2);
      pod.child.kill('SIGTERM');
      const { code, logs } = await pod.ended;
      expect(code).toBe(0);
      const told = logs.find(({ event }) => event === 'redis-unavailable');
      expect(told?.['message']).toMatch(/refuses the user name or password: check REDIS_USERNAME and REDIS_PASSWORD/);
      expect(JSON.stringify(logs)).not.toContain('pass-of-the-test');
    }
  });

  it('when it was never there', async () => {
    const pod = await startServing(bundle, { REDIS_URL: 'redis://127.0.0.1:1' });
    pods.push(pod);
    await pod.ready();
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

describe('the same question, asked by many at once', () => {
  it('is looked up once', async () => {
    const pod = await startPod();
    redis.pause();
    try {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(pod, { user_id: 'u1', k: 1 })));
      expect(answers.map(({ body }) => body.items[0]?.id)).toEqual(Array.from({ length: 20 }, () => 'i1'));
      expect(new Set(answers.map(({ body }) => body.recommendation_id)).size).toBe(20);
    } finally {
      redis.resume();
    }
    const { shared = 0, error = 0 } = await results(pod);
    expect(shared + error).toBe(20);
    expect(shared).toBeGreaterThan(0);
  });
});

describe('a pod that ends', () => {
  it('closes its connection', async () => {
    const pod = await startPod();
    expect(await connections()).toBe(1);
    pod.child.kill('SIGTERM');
    expect((await pod.ended).code).toBe(0);
    await eventually('the connection to be closed', async () => (await connections()) === 0);
  });
});
