import { describe, expect, it } from '@jest/globals';

import { ledger, type Answer, type Failure } from './ledger.ts';

const answer = (user: string, version: string, more: Partial<Answer> = {}): Answer =>
  ({ user, version, shielded: false, fallback: false, took: 10, ...more });

describe('the ledger', () => {
  it('counts changes of version user by user, however the users are mixed', () => {
    const books = ledger();
    for (const [user, version] of [
      ['ann', '1'], ['bob', '1'], ['ann', '2'], ['cid', '2'], ['bob', '1'], ['ann', '2'], ['bob', '2'], ['ann', '1'],
    ] as const) books.answered(answer(user, version));
    expect(books.summary().switches).toEqual({ '1->2': 2, '2->1': 1 });
  });

  it('tells of a change, and whether the user has come back', () => {
    const books = ledger();
    expect(books.answered(answer('ann', '1'))).toBeUndefined();
    expect(books.answered(answer('ann', '2'))).toEqual({ user: 'ann', from: '1', to: '2', returned: false });
    expect(books.answered(answer('ann', '2'))).toBeUndefined();
    expect(books.answered(answer('ann', '1'))).toEqual({ user: 'ann', from: '2', to: '1', returned: true });
  });

  it('does not take a shielded answer for a change of assignment', () => {
    const books = ledger();
    books.answered(answer('ann', '2'));
    expect(books.answered(answer('ann', '1', { shielded: true }))).toBeUndefined();
    expect(books.answered(answer('ann', '2'))).toBeUndefined();
    expect(books.summary()).toMatchObject({ switches: {}, versions: { 1: { requests: 1, shielded: 1 }, 2: { requests: 2, shielded: 0 } } });
  });

  it('sums up by version: requests, users, clicks, CTR, fallback, latency', () => {
    const books = ledger();
    books.answered(answer('ann', '1', { took: 8 }));
    books.answered(answer('ann', '1', { took: 9 }));
    books.answered(answer('bob', '1', { took: 10, fallback: true }));
    books.answered(answer('cid', '1', { took: 400 }));
    books.clicked('1');
    books.accepted();
    const { p50, p99, ...counts } = books.summary().versions['1']!;
    expect(counts).toEqual({ requests: 4, users: 3, clicks: 1, ctr: 0.25, fallback: 1, shielded: 0 });
    expect(Math.abs(p50! / 9 - 1)).toBeLessThan(0.03);
    expect(Math.abs(p99! / 400 - 1)).toBeLessThan(0.03);
  });

  it('counts every ended call once, failures among them, and arrivals without a place apart', () => {
    const books = ledger();
    books.answered(answer('ann', '1'));
    books.clicked('1');
    const failure: Failure = { at: '2026-03-01T10:00:00Z', call: 'recommend', user: 'ann', requestId: 'r1', code: 'ECONNRESET', message: 'reset', took: 3 };
    books.failed(failure);
    books.retried();
    books.skipped();
    expect(books.summary()).toMatchObject({ requests: 2, failed: 1, failures: [failure], retried: 1, skipped: 1 });
  });

  it('tells the first failures one by one, and counts them all', () => {
    const books = ledger();
    const failure: Failure = { at: '', call: 'recommend', user: 'ann', requestId: '', message: 'reset', took: 3 };
    for (let i = 0; i < 30; i++) books.failed(failure);
    expect(books.summary()).toMatchObject({ failed: 30, failures: Array.from({ length: 20 }, () => failure) });
  });
});
