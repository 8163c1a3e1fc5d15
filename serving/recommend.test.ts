import { beforeEach, describe, expect, it } from '@jest/globals';
import { HEADERS } from './contract/http.ts';
import { InferenceFailed, InferenceOverloaded } from './scoring/failures.ts';
import { rawExchange } from './testing/raw-http.ts';
import { openTinyServer, ranked } from './testing/tiny-server.ts';

const { host, workers, state, post, counted } = await openTinyServer();
beforeEach(() => {
  workers.score = ranked;
});

async function recommended(body: unknown): Promise<{ ids: string[]; fallback: boolean }> {
  const answer = (await (await post('/recommend', body)).json()) as { items: { id: string }[]; fallback: boolean };
  return { ids: answer.items.map(({ id }) => id), fallback: answer.fallback };
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
    workers.score = () => Promise.reject(error);
    expect(await recommended({ user_id: 'u1', k: 1 })).toEqual({ ids: ['i4'], fallback: true });
    expect(await counted('recommendation_inference_errors_total', {})).toBe(before + 1);
  });

  it.each([
    ['names an item that does not exist', 5, 0.5],
    ['gives a score that is no number', 1, Number.NaN],
  ])('treats a model that %s as failing', async (_what, row, value) => {
    workers.score = () => Promise.resolve({ rows: Int32Array.of(row), scores: Float32Array.of(value) });
    expect((await recommended({ user_id: 'u1' })).fallback).toBe(true);
  });

  it('tells the truth to a forwarded request, so that the champion can answer', async () => {
    workers.score = () => Promise.reject(new InferenceFailed('boom'));
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
    ['for the model', () => (workers.score = () => Promise.reject(new InferenceOverloaded()))],
    ['since the request has been let in', () => (workers.waiting = [0, 10])],
    ['before it comes', () => (workers.waiting = [10])],
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
      workers.waiting = crowd;
      const response = await post('/recommend', { user_id: 'u1' }, { [HEADERS.requestId]: 'one' });
      answers.push({ headers: { ...Object.fromEntries(response.headers), date: '' }, body: await response.text() });
    }
    expect(answers[0]).toEqual(answers[1]);
  });

  it('refuses before the body has come', async () => {
    workers.waiting = [10];
    const head = ['POST /recommend HTTP/1.1', 'Host: x', 'Connection: close', 'Content-Type: application/json', 'Content-Length: 20'];
    const { status, text } = await rawExchange(host, `${head.join('\r\n')}\r\n\r\n`);
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
    if (outcome === 'error') workers.score = () => Promise.reject(new InferenceFailed('boom'));
    const body = { ok: { user_id: 'u1' }, fallback: {}, rejected: { k: 0 }, error: { user_id: 'u1' } }[outcome];
    await post('/recommend', body, outcome === 'error' ? { [HEADERS.hop]: '1' } : {});
    expect(await counted('recommendation_requests_total', { outcome })).toBe(before + 1);
  });
});
