import { expect, it } from '@jest/globals';
import { createPutBacks } from './putBacks.ts';

it('five edits of a minute are put back, those by one manager of one object counted together', () => {
  let now = 0;
  const putBacks = createPutBacks(() => now);
  const allowed = (what: string) => {
    now += 1000;
    return putBacks.allows(what);
  };
  const fight = Array.from({ length: 8 }, () => allowed('Service shop/books by meddler'));
  expect(fight).toEqual([true, true, true, true, true, false, false, false]);
  expect(allowed('Service shop/films by meddler')).toBe(true);
  now = 62_000;
  expect(allowed('Service shop/books by meddler')).toBe(true);
  expect([allowed('Service shop/books by meddler'), allowed('Service shop/books by meddler')]).toEqual([true, true]);
});
