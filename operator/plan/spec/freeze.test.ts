import { describe, expect, it } from '@jest/globals';
import { frozenUntil, UnreadableWindow } from './freeze.ts';

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

describe('a window by schedule', () => {
  const weekend = { schedule: '0 17 * * Fri', duration: '63h', timeZone: 'Europe/Berlin' };

  it.each([
    ['Friday, a moment before 17:00 in Berlin', '2026-03-06T15:59:59.999Z', undefined],
    ['Friday 17:00 in Berlin', '2026-03-06T16:00:00.000Z', '2026-03-09T07:00:00.000Z'],
    ['Saturday', '2026-03-07T17:00:00.123Z', '2026-03-09T07:00:00.000Z'],
    ['Monday, a moment before 08:00 in Berlin', '2026-03-09T06:59:59.999Z', '2026-03-09T07:00:00.000Z'],
    ['Monday 08:00 in Berlin', '2026-03-09T07:00:00Z', undefined],
  ])('on %s', (_, now, end) => expect(until(weekend, now)).toBe(end));

  it('lasts as long as it says where clocks are set forward meanwhile', () => {
    expect(until(weekend, '2026-03-30T05:59:00Z')).toBe('2026-03-30T07:00:00.000Z');
  });

  it.each([
    ['every night, past the end of a week', { schedule: '0 22 * * *', duration: '8h' }, '2026-03-08T05:00:00Z', '2026-03-08T06:00:00.000Z'],
    ['every night, by day', { schedule: '0 22 * * *', duration: '8h' }, '2026-03-08T12:00:00Z', undefined],
    ['on the last days of a quarter', { schedule: '0 0 28 3,6,9,12 *', duration: '96h' }, '2026-03-31T23:00:00Z', '2026-04-01T00:00:00.000Z'],
    ['at every quarter of an hour from five past', { schedule: '5/15 * * * *', duration: '10m' }, '2026-03-02T00:24:00Z', '2026-03-02T00:30:00.000Z'],
    ['on a day that never comes', { schedule: '0 0 30 2 *', duration: '24h' }, '2026-03-02T00:00:00Z', undefined],
  ])('%s', (_, window, now, end) => expect(until({ ...window, timeZone: 'UTC' }, now)).toBe(end));

  it.each([
    ['a time zone that does not exist', { timeZone: 'Europe/Atlantis' }, '"Europe/Atlantis" is not a time zone such as Europe/Berlin'],
    ['no schedule, such as that of a window that named days', { schedule: '' }, '"" is not a cron schedule such as "0 17 * * Fri"'],
    ['a schedule with seconds', { schedule: '0 0 17 * * Fri' }, '"0 0 17 * * Fri" is not a cron schedule such as "0 17 * * Fri"'],
    ['an hour that is none', { schedule: '0 25 * * *' }, '"0 25 * * *" is not a cron schedule such as "0 17 * * Fri"'],
  ])('with %s is an error and not an open door', (_, wrong, sentence) => {
    const read = () => until({ ...weekend, ...wrong }, '2026-03-08T12:00:00Z');
    expect(read).toThrow(UnreadableWindow);
    expect(read).toThrow(sentence);
  });
});
