import { describe, expect, it } from '@jest/globals';
import type { Attempt, ForwardRequest } from '../traffic/target.ts';
import { ask, rankingOf } from './ask.ts';

const answer = (ids: string[], fallback = false) => JSON.stringify({ items: ids.map((id, place) => ({ id, score: 1 - place / 10 })), fallback });
const duplicate = { body: '{"user_id":"ü"}', answer: answer(['a', 'b']), requestId: 'r1', credentials: { 'x-api-key': 'k' } };
const ok = (body: string): Attempt => ({ outcome: 'ok', seconds: 0.2, answer: { contentType: '', version: '2.0.0', digest: 'sha256:two', body: Buffer.from(body) } });

function asked(attempt: Attempt) {
  const sent: ForwardRequest[] = [];
  const target = { send: (request: ForwardRequest) => Promise.resolve((sent.push(request), attempt)) };
  return { sent, result: ask(target, { ...duplicate, body: Buffer.from(duplicate.body).toString('latin1') }) };
}

describe('a duplicate', () => {
  it('goes to the candidate as the caller sent it, and says that it is one', async () => {
    const { sent, result } = asked(ok(answer(['a', 'b'])));
    await result;
    expect(String(sent[0]?.body)).toBe('{"user_id":"ü"}');
    expect(sent[0]).toMatchObject({ requestId: 'r1', credentials: { 'x-api-key': 'k', 'x-recommender-shadow': '1' } });
  });

  it('is compared with what the champion said', async () => {
    const { result } = asked(ok(answer(['b', 'a'])));
    expect(await result).toMatchObject({ outcome: 'compared', seconds: 0.2, comparison: { overlap: 1, covered: true } });
  });

  it.each<[string, Attempt, object]>([
    ['a candidate that fails', { outcome: 'error', seconds: 0.1 }, { outcome: 'error', seconds: 0.1 }],
    ['one that is late', { outcome: 'timeout', seconds: 1 }, { outcome: 'timeout', seconds: 1 }],
    ['one that failed so often that nothing was sent', { outcome: 'open' }, { outcome: 'error' }],
    ['an answer of another version', { outcome: 'mismatch', seconds: 0.1 }, { outcome: 'dropped' }],
    ['an answer that is none', ok('{"items":[{"id":1}]}'), { outcome: 'error', seconds: 0.2 }],
    ['an answer that is no JSON', ok('<html>'), { outcome: 'error', seconds: 0.2 }],
  ])('tells %s', async (_what, attempt, expected) => {
    expect(await asked(attempt).result).toEqual(expected);
  });

  it('may be about classes', () => {
    const body = Buffer.from('{"classes":[{"label":"good","probability":0.9}],"fallback":false}');
    expect(rankingOf(body)).toEqual({ keys: ['good'], scores: [0.9], fallback: false });
  });
});
