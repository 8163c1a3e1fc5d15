import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { readBundle } from './bundle/read.ts';
import { HEADERS } from './contract.ts';
import { createRecommendationIds } from './feedback/recommendation-id.ts';
import { createAdmission } from './http/admission.ts';
import { PROBLEMS } from './problems.ts';
import { InferenceFailed, InferenceOverloaded } from './scoring/failures.ts';
import type { Inference } from './scoring/inference.ts';
import type { Plan } from './scoring/messages.ts';
import { createRecommender } from './scoring/recommend.ts';
import { createRenderer } from './scoring/render.ts';
import { createHandler } from './server.ts';
import type { ServingState } from './serving-state.ts';
import { createActiveUsers } from './telemetry/active-users.ts';
import { createMetrics } from './telemetry/metrics.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { listen } from './testing/http.ts';
import type { TestServer } from './testing/http.ts';
import { rawExchange } from './testing/raw-http.ts';
import { seriesValue } from './testing/series.ts';
import { removeTinyBundles, tinyBundle } from './testing/tiny-bundle.ts';

const config = {
  model: 'tiny', version: '1.0.0', digest: 'sha256:one', corsOrigins: [],
  auth: { apiKeysDir: undefined, jwt: undefined }, rateLimit: undefined,
};
const ids = createRecommendationIds('shop/tiny');

const PLAN: Plan = {
  inputs: [{ name: 'user', type: 'int64', shape: [], encoding: 'Values', width: 1 }],
  answer: { kind: 'Ranked', items: 'items', scores: 'scores' },
  dynamicBatch: true,
};

let server: TestServer;
let metrics: Metrics;
let state: ServingState;
let score: Inference['score'];
/** How many wait, each time somebody looks; then none. */
let waiting: number[] = [];

beforeAll(async () => {
  const bundle = await readBundle((await tinyBundle()).dir);
  metrics = createMetrics({ model_namespace: 'shop', model: 'tiny', version: '1.0.0' });
  const inference = { score: (...asked: Parameters<Inference['score']>) => score(...asked), plan: PLAN };
  const observers = { onInferenceError: () => metrics.count('inferenceErrors'), onGenerated: () => undefined };
  const model = {
    ...createRecommender(bundle, inference, observers),
    render: createRenderer(bundle),
    describe: () => ({ inputs: [], outputs: [] }),
    infer: () => Promise.resolve([]),
    waiting: () => 0,
    check: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
  state = { model, goldenFaults: [], trafficKnown: true, draining: false };
  const admission = createAdmission({ waiting: () => waiting.shift() ?? 0, workers: 1, onRefused: () => metrics.count('overloaded') });
  admission.scored(1, 1_000);
  const guard = () => ({ name: 'anonymous' });
  const activeUsers = createActiveUsers();
  const readGauges = () => metrics.set('activeUsers', activeUsers.count());
  const parts = { config, state, metrics, readGauges, activeUsers, ids, guard, admission, splitter: undefined };
  server = await listen(createHandler(parts));
});
beforeEach(() => {
  score = () => Promise.resolve({ rows: Int32Array.of(3, 1, 0), scores: Float32Array.of(0.9, 0.5, 0.1) });
});
afterAll(async () => {
  await server.close();
  await removeTinyBundles();
});

function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(`${server.origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
}

async function recommended(body: unknown): Promise<{ ids: string[]; fallback: boolean }> {
  const answer = (await (await post('/recommend', body)).json()) as { items: { id: string }[]; fallback: boolean };
  return { ids: answer.items.map(({ id }) => id), fallback: answer.fallback };
}

async function counted(name: string, labels: Record<string, string>): Promise<number> {
  return seriesValue(await metrics.text(), name, labels) ?? 0;
}

describe('POST /recommend', () => {
  it('answers with the items the model ranks, their metadata, and who computed it', async () => {
    const response = await post('/recommend', { user_id: 'u1', k: 2 });
    expect(response.status).toBe(200);
    expect(response.headers.get(HEADERS.version)).toBe('1.0.0');
    expect(response.headers.get(HEADERS.digest)).toBe('sha256:one');
    expect(await response.json()).toEqual({
      recommendation_id: expect.stringMatching(/^1\.0\.0\./),
      model: 'tiny',
      version: '1.0.0',
      items: [
        { id: 'i3', score: 0.9, title: 'Title of i3' },
        { id: 'i1', score: 0.5, title: 'Title of i1' },
      ],
      fallback: false,
    });
  });

  it.each([
    ['a user the model knows', { user_id: 'u1' }, ['i3', 'i1', 'i0'], false],
    ['excluded items', { user_id: 'u1', exclude: ['i1', 'unknown'] }, ['i3', 'i0'], false],
    ['a user it does not know: the popular items', { user_id: 'stranger', k: 2 }, ['i4', 'i3'], true],
    ['nobody in particular: the popular items', {}, ['i4', 'i3', 'i2', 'i1', 'i0'], true],
    ['popular items without the excluded', { exclude: ['i4'], k: 1, context: { page: 'home' } }, ['i3'], true],
  ])('serves %s', async (_what, body, expected, fallback) => {
    expect(await recommended(body)).toEqual({ ids: expected, fallback });
  });

  it.each<[string, Error]>([
    ['the model fails', new InferenceFailed('boom')],
    ['something unforeseen happens', new TypeError('boom')],
  ])('gives popular items when %s, and counts the failure', async (_what, error) => {
    const before = await counted('recommendation_inference_errors_total', {});
    score = () => Promise.reject(error);
    expect(await recommended({ user_id: 'u1', k: 1 })).toEqual({ ids: ['i4'], fallback: true });
    expect(await counted('recommendation_inference_errors_total', {})).toBe(before + 1);
  });

  it.each([
    ['names an item that does not exist', 5, 0.5],
    ['gives a score that is no number', 1, Number.NaN],
  ])('treats a model that %s as failing', async (_what, row, value) => {
    score = () => Promise.resolve({ rows: Int32Array.of(row), scores: Float32Array.of(value) });
    expect((await recommended({ user_id: 'u1' })).fallback).toBe(true);
  });

  it('tells the truth to a forwarded request, so that the champion can answer', async () => {
    score = () => Promise.reject(new InferenceFailed('boom'));
    const response = await post('/recommend', { user_id: 'u1' }, { [HEADERS.hop]: '1' });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ code: 'InferenceFailed' });
  });

  const sums = () =>
    Promise.all([
      counted('recommendation_requests_total', { outcome: 'rejected' }),
      counted('recommendation_requests_total', { outcome: 'error' }),
      counted('recommendation_inference_errors_total', {}),
      counted('recommendation_overloaded_total', {}),
    ]);

  it.each<[string, () => void]>([
    ['for the model', () => (score = () => Promise.reject(new InferenceOverloaded()))],
    ['since the request has been let in', () => (waiting = [0, 10])],
    ['before it comes', () => (waiting = [10])],
  ])('says so when too many wait %s, and does not blame the model', async (_when, crowd) => {
    const [rejected, error, inferenceErrors, overloaded] = await sums();
    crowd();
    const response = await post('/recommend', { user_id: 'u1' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await response.json()).toMatchObject({ code: 'Overloaded' });
    expect(await sums()).toEqual([rejected + 1, error, inferenceErrors, overloaded + 1]);
  });

  it('says the same whether it was prepared for the problem or met it on the way', async () => {
    const answers = [];
    for (const crowd of [[10], [0, 10]]) {
      waiting = crowd;
      const response = await post('/recommend', { user_id: 'u1' }, { [HEADERS.requestId]: 'one' });
      answers.push({ headers: { ...Object.fromEntries(response.headers), date: '' }, body: await response.text() });
    }
    expect(answers[0]).toEqual(answers[1]);
  });

  it('refuses before the body has come', async () => {
    waiting = [10];
    const head = ['POST /recommend HTTP/1.1', 'Host: x', 'Connection: close', 'Content-Type: application/json', 'Content-Length: 20'];
    const { status, text } = await rawExchange(new URL(server.origin).host, `${head.join('\r\n')}\r\n\r\n`);
    expect(status).toBe(503);
    const [, body = ''] = text.split('\r\n\r\n');
    expect(JSON.parse(body)).toMatchObject({ code: 'Overloaded', retryAfter: 1 });
    expect(text).toContain(`content-length: ${body.length}\r\n`);
  });

  it('is counted as ok only when there is an answer', async () => {
    const { model } = state;
    const before = await counted('recommendation_requests_total', { outcome: 'ok' });
    state.model = { ...model!, render: () => { throw new Error('no answer'); } };
    expect((await post('/recommend', { user_id: 'u1' })).status).toBe(500);
    state.model = model;
    expect(await counted('recommendation_requests_total', { outcome: 'ok' })).toBe(before);
  });

  it.each(['ok', 'fallback', 'rejected', 'error'])('counts its outcomes: %s', async (outcome) => {
    const before = await counted('recommendation_requests_total', { outcome });
    if (outcome === 'error') score = () => Promise.reject(new InferenceFailed('boom'));
    const body = { ok: { user_id: 'u1' }, fallback: {}, rejected: { k: 0 }, error: { user_id: 'u1' } }[outcome];
    await post('/recommend', body, outcome === 'error' ? { [HEADERS.hop]: '1' } : {});
    expect(await counted('recommendation_requests_total', { outcome })).toBe(before + 1);
  });
});

describe('requests at fault', () => {
  it.each([
    ['no JSON', '{', 400, 'InvalidJson'],
    ['an array', [], 400, 'InvalidRequest'],
    ['k of 101', { k: 101 }, 400, 'InvalidRequest'],
    ['half an item', { k: 1.5 }, 400, 'InvalidRequest'],
    ['a number for a user', { user_id: 7 }, 400, 'InvalidRequest'],
    ['1001 exclusions', { exclude: Array.from({ length: 1001 }, String) }, 400, 'InvalidRequest'],
    ['a field nobody knows', { users: ['u1'] }, 400, 'InvalidRequest'],
    ['a prototype', '{"__proto__": {"k": 1}}', 400, 'InvalidRequest'],
    ['more than 64 KiB', { user_id: 'x'.repeat(70_000) }, 413, 'BodyTooLarge'],
    ['nothing but opening brackets', '['.repeat(60_000), 400, 'InvalidRequest'],
    ['a body that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, 'InvalidJson'],
    ['deep nesting', `{"context": {"a": ${'['.repeat(20_000)}${']'.repeat(20_000)}}}`, 400, 'InvalidRequest'],
  ])('are told what is wrong: %s', async (_what, body, status, code) => {
    const response = await post('/recommend', body);
    expect(response.status).toBe(status);
    if (code === undefined) return;
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const title = PROBLEMS[code as keyof typeof PROBLEMS].title;
    expect(await response.json()).toMatchObject({ status, code, title, detail: expect.stringMatching(/\.$/) });
  });

  it.each([
    [[], 'The body must be an object.'],
    [{ user_id: 7, k: 1.5, exclude: 'i1' }, 'user_id: must be a string; k: must be a whole number; exclude: must be a list.'],
  ])('are told which type a field must have', async (body, detail) => {
    expect(await post('/recommend', body).then((response) => response.json())).toMatchObject({ detail });
  });

  it('are told of a few faults, however many there are', async () => {
    const response = await post('/recommend', { exclude: Array.from({ length: 1000 }, (_, index) => index) });
    const text = await response.text();
    expect((JSON.parse(text) as { errors: unknown[] }).errors).toHaveLength(10);
    expect(text.length).toBeLessThan(3000);
  });

  it.each([
    ['POST', '/recommend', 'text/plain', 415],
    ['GET', '/recommend', undefined, 405],
    ['POST', '/ready', 'application/json', 405],
    ['GET', '/nothing', undefined, 404],
  ])('%s %s of %s is %d', async (method, path, type, status) => {
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    const response = await fetch(`${server.origin}${path}`, { method, headers, ...(method === 'POST' ? { body: 'x' } : {}) });
    expect(response.status).toBe(status);
  });
});

describe('request ids', () => {
  it.each([['abc-123', true], ['no spaces', false], ['x'.repeat(129), false]])('%j is kept: %s', async (given, kept) => {
    const response = await post('/recommend', {}, { [HEADERS.requestId]: given });
    expect(response.headers.get(HEADERS.requestId) === given).toBe(kept);
  });
});

describe('POST /feedback', () => {
  const feedback = (changes: object) => ({ recommendation_id: ids.create('2.0.0'), item_id: 'i1', event: 'click', ...changes });

  it('is counted for the version that made the recommendation', async () => {
    expect((await post('/feedback', feedback({ user_id: 'u1', value: 1 }))).status).toBe(202);
    expect(await counted('recommendation_feedback_total', { version: '2.0.0', event: 'click' })).toBe(1);
  });

  it.each([
    ['an id of another model', { recommendation_id: createRecommendationIds('shop/other').create('2.0.0') }, 'InvalidRecommendationId'],
    ['an id somebody made up', { recommendation_id: '9.9.9.aaaaaaaaaaaaaaaa.00000000' }, 'InvalidRecommendationId'],
    ['an event that is no word', { event: 'Click me' }, 'InvalidRequest'],
    ['no item', { item_id: undefined }, 'InvalidRequest'],
  ])('is refused with %s', async (_what, changes, code) => {
    const response = await post('/feedback', feedback(changes));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code });
  });

  it('cannot make metrics grow without bound', async () => {
    for (let index = 0; index < 30; index += 1) await post('/feedback', feedback({ event: `event${index}` }));
    expect(await counted('recommendation_feedback_total', { event: 'other' })).toBeGreaterThan(0);
    expect((await metrics.text()).split('\n').filter((line) => line.startsWith('recommendation_feedback_total{'))).toHaveLength(21);
  });
});

describe('probes', () => {
  const ready = () => fetch(`${server.origin}/ready`);

  it.each(['/health', '/healthz', '/ready', '/metrics'])('GET %s answers', async (path) => {
    expect((await fetch(`${server.origin}${path}`)).status).toBe(200);
  });

  it.each([
    ['the golden requests fail', { goldenFaults: ['Golden request 1 of 1: wrong.'] }, 'The model answers wrongly'],
    ['the weight is not known', { trafficKnown: false }, 'weight is not known'],
    ['it is shutting down', { draining: true }, 'shutting down'],
  ])('not ready while %s', async (_what, changes, sentence) => {
    const before = { ...state };
    Object.assign(state, changes);
    const response = await ready();
    Object.assign(state, before);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'NotReady', detail: expect.stringContaining(sentence) });
  });

  it('ask callers to reconnect while shutting down, and still answer them', async () => {
    state.draining = true;
    const response = await post('/recommend', { user_id: 'u1' });
    state.draining = false;
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
  });
});
