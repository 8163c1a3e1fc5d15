import { describe, expect, it, jest } from '@jest/globals';
import { ask } from '../../serving/testing/ask.ts';
import { eventually } from '../../serving/testing/http.ts';
import { tinyBundle } from '../../serving/testing/tiny-bundle.ts';
import { tinyModel } from '../../serving/testing/tiny-model.ts';
import { askUntilHit, openCache, results } from './cache.ts';

jest.setTimeout(60_000);

const { redis, control, bundle, connections, keptKeys, startPod, keep } = await openCache();

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
