import { describe, expect, it } from '@jest/globals';
import { frozenUntil } from './freeze.ts';

const at = (text: string): number => Date.parse(text);
const until = (window: Parameters<typeof frozenUntil>[0][number], now: string): string | undefined => {
  const end = frozenUntil([window], at(now));
  return end === undefined ? undefined : new Date(end).toISOString();
};

describe('a single window', () => {
  const holidays = { from: '2026-12-24T12:00:00Z', to: '2026-12-27T06:00:00Z', timeZone: 'UTC' };

  it.each([
    ['2026-12-24T11:59:59Z', undefined],
    ['2026-12-24T12:00:00Z', '2026-12-27T06:00:00.000Z'],
    ['2026-12-27T06:00:00Z', undefined],
  ])('at %s ends %s', (now, end) => expect(until(holidays, now)).toBe(end));
});

describe('a weekly window', () => {
  const weekend = { days: ['Fri' as const], start: '17:00', duration: '63h', timeZone: 'Europe/Berlin' };

  it.each([
    ['Friday 16:59 in Berlin', '2026-03-06T15:59:00Z', undefined],
    ['Friday 17:00 in Berlin', '2026-03-06T16:00:00Z', '2026-03-09T07:00:00.000Z'],
    ['Saturday', '2026-03-07T17:00:00Z', '2026-03-09T07:00:00.000Z'],
    ['Monday 08:00 in Berlin', '2026-03-09T07:00:00Z', undefined],
  ])('on %s', (_, now, end) => expect(until(weekend, now)).toBe(end));

  it('ends by the wall clock where clocks are set forward meanwhile', () => {
    expect(until(weekend, '2026-03-30T05:59:00Z')).toBe('2026-03-30T06:00:00.000Z');
  });

  it('may go past the end of the week, and every day may have one', () => {
    const nights = { days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const, start: '22:00', duration: '8h', timeZone: 'UTC' };
    expect(until({ ...nights, days: [...nights.days] }, '2026-03-08T05:00:00Z')).toBe('2026-03-08T06:00:00.000Z');
    expect(until({ ...nights, days: [...nights.days] }, '2026-03-08T12:00:00Z')).toBeUndefined();
  });

  it('in a time zone that does not exist is an error and not an open door', () => {
    expect(() => until({ ...weekend, timeZone: 'Europe/Atlantis' }, '2026-03-08T12:00:00Z')).toThrow(RangeError);
  });
});
