import { describe, expect, it } from '@jest/globals';

import { readRecommendation } from './answer.ts';

const good = { recommendation_id: 'r1', model: 'books', version: '1.0.0', items: [{ id: 'a', score: 0.9 }, { id: 'b', score: 0.5 }], fallback: false };
const read = (body: unknown, headers = {}, status = 200) =>
  readRecommendation({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }, 2, (id) => 'abc'.includes(id));

describe('readRecommendation', () => {
  it('reads a valid answer', () => {
    expect(read(good, { 'x-recommender-version': '1.0.0' })).toEqual(
      { recommendationId: 'r1', version: '1.0.0', items: ['a', 'b'], fallback: false, shielded: false });
  });

  it('sees that the champion answered for the candidate', () => {
    expect(read(good, { 'x-recommender-shielded': '2.0.0' }).shielded).toBe(true);
  });

  it.each([
    ['another status', good, {}, 503, /status 503/],
    ['a body that is no JSON', 'oops', {}, 200, /no recommendation/],
    ['a body without a version', { ...good, version: undefined }, {}, 200, /version/],
    ['a header that contradicts the body', good, { 'x-recommender-version': '2.0.0' }, 200, /header says version 2.0.0/],
    ['too few items', { ...good, items: good.items.slice(1) }, {}, 200, /1 items instead of 2/],
    ['the same item twice', { ...good, items: [good.items[0], good.items[0]] }, {}, 200, /twice/],
    ['an unknown item', { ...good, items: [good.items[0], { id: 'z', score: 1 }] }, {}, 200, /unknown item z/],
  ])('refuses %s', (_, body, headers, status, message) => {
    expect(() => read(body, headers, status)).toThrow(message);
  });
});
