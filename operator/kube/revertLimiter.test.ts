import { expect, it } from '@jest/globals';
import { createRevertLimiter } from './revertLimiter.ts';

it('five edits of a minute are put back, those by one manager of one object counted together; then it is left for ten minutes', () => {
  let now = 0;
  const reverts = createRevertLimiter(() => now);
  const revert = (what: string, after = 1_000) => {
    now += after;
    const isAllowed = reverts.allows(what);
    if (isAllowed) reverts.count(what);
    return isAllowed;
  };
  const fight = Array.from({ length: 8 }, () => revert('Service shop/books by meddler'));
  expect(fight).toEqual([true, true, true, true, true, false, false, false]);
  expect(revert('Service shop/films by meddler')).toBe(true);
  expect([revert('Service shop/books by meddler', 590_000), revert('Service shop/books by meddler', 10_000)]).toEqual([false, true]);
});

it('edits that come seldom are all put back', () => {
  let now = 0;
  const reverts = createRevertLimiter(() => now);
  for (let edits = 0; edits < 20; edits++) {
    now += 15_000;
    expect(reverts.allows('Service shop/books by ada')).toBe(true);
    reverts.count('Service shop/books by ada');
  }
});
