import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { PROBLEMS } from './common/problems.ts';
import { HEADERS } from './contract/http.ts';
import { createRecommendationIds } from './feedback/recommendation-id.ts';
import { openTinyServer } from './testing/tiny-server.ts';

const { origin, metrics, state, ids, post, counted } = await openTinyServer();

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
    ['more than 128 KiB', { user_id: 'x'.repeat(140_000) }, 413, 'BodyTooLarge'],
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
    [{ user_id: 7, k: 1.5, exclude: 'i1' }, 'user_id: must be a string, not the number 7: put it in quotes; k: must be an integer; exclude: must be a list.'],
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
    const response = await fetch(`${origin}${path}`, { method, headers, ...(method === 'POST' ? { body: 'x' } : {}) });
    expect(response.status).toBe(status);
  });
});

describe('limits of a request', () => {
  const uuid = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  const uuids = Array.from({ length: 1000 }, (_, index) => uuid(index));

  it('allow the longest lists of UUIDs and the longest text together', async () => {
    const response = await post('/recommend', { user_id: 'u1', history: uuids, exclude: uuids, text: '東'.repeat(10_000) });
    expect(response.status).toBe(200);
  });
});

describe('compressed bodies', () => {
  const BODY = JSON.stringify({ user_id: 'u1', k: 2 });
  const LIMIT = 128 * 1024;
  const sent = (coding: string, body: string | Buffer) => post('/recommend', body, { 'content-encoding': coding });

  it.each<[string, (text: string) => Buffer]>([
    ['gzip', gzipSync], ['GZip', gzipSync], ['x-gzip', gzipSync], ['deflate', deflateSync], ['identity', Buffer.from],
  ])('of the coding %s are answered', async (coding, compress) => {
    const response = await sent(coding, compress(BODY));
    expect([response.status, await response.json()]).toEqual([200, expect.objectContaining({ items: [expect.anything(), expect.anything()] })]);
  });

  it('are refused with the codings to use instead', async () => {
    const response = await sent('br', BODY);
    expect([response.status, response.headers.get('accept-encoding')]).toEqual([415, 'gzip, deflate']);
    expect(await response.json()).toMatchObject({ title: 'Unsupported content type or encoding', detail: expect.stringContaining('"content-encoding: br"') });
    // Of a wrong type the coding is no part.
    expect((await post('/recommend', BODY, { 'content-type': 'text/plain' })).headers.has('accept-encoding')).toBe(false);
  });

  it.each<[string, string, Buffer]>([
    ['other data', 'gzip', Buffer.from(BODY)],
    ['the other coding', 'gzip', deflateSync(BODY)],
    ['an end too early', 'deflate', deflateSync(BODY).subarray(0, 15)],
  ])('are refused with %s', async (_what, coding, body) => {
    const response = await sent(coding, body);
    expect([response.status, await response.json()]).toEqual([400, expect.objectContaining({ code: 'InvalidRequest', detail: expect.stringContaining(coding) })]);
  });

  it('may become as large as plain ones, and no larger', async () => {
    const padded = (bytes: number) => gzipSync(BODY.padEnd(bytes));
    expect((await sent('gzip', padded(LIMIT))).status).toBe(200);
    const response = await sent('gzip', padded(LIMIT + 1));
    expect([response.status, await response.json()]).toEqual([413, expect.objectContaining({ code: 'BodyTooLarge' })]);
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

  it('is taken compressed', async () => {
    expect((await post('/feedback', gzipSync(JSON.stringify(feedback({}))), { 'content-encoding': 'gzip' })).status).toBe(202);
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
  const ready = () => fetch(`${origin}/ready`);

  it.each(['/health', '/healthz', '/ready', '/metrics'])('GET %s answers', async (path) => {
    expect((await fetch(`${origin}${path}`)).status).toBe(200);
  });

  it.each([
    ['the golden requests fail', { goldenFaults: ['Golden request 1 of 1: wrong.'] }, 'The model fails its golden requests'],
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
