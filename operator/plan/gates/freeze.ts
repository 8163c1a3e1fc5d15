import type { RecommenderModelSpec } from '../../api/types.gen.ts';
import { milliseconds } from '../durations.ts';

export type Window = NonNullable<RecommenderModelSpec['delivery']['freeze']>[number];

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/**
 * @param now milliseconds since the epoch
 * @returns when the window that holds now ends, milliseconds since the epoch; undefined outside of every window. Windows
 * that touch are told one after the other.
 * @throws RangeError for a time zone that does not exist
 */
export function frozenUntil(windows: readonly Window[], now: number): number | undefined {
  const ends = windows.map((window) => endOf(window, now)).filter((end) => end > now);
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/**
 * Worked example: {days: [Fri], start: 17:00, duration: 63h}. On Saturday at 18:00 local time 25 of the 63 hours have
 * passed, so it ends in 38 hours by the wall clock. Where clocks change in between, that is an hour off from afar and right
 * near the end, since it is reckoned anew until nothing is left.
 */
function endOf({ from, to, days = [], start = '00:00', duration = '0s', timeZone }: Window, now: number): number {
  if (from !== undefined && to !== undefined) return Date.parse(from) <= now ? Date.parse(to) : now;
  const lasts = milliseconds(duration);
  const local = intoWeek(now, timeZone);
  const [hours = '0', minutes = '0'] = start.split(':');
  const left = days.map((day) => {
    const begins = DAYS.indexOf(day) * DAY_MS + Number(hours) * 3_600_000 + Number(minutes) * 60_000;
    return lasts - ((local - begins + WEEK_MS) % WEEK_MS);
  });
  return now + Math.max(0, ...left);
}

/** Milliseconds of local time since Sunday 00:00. */
function intoWeek(now: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]));
  const seconds = Number(parts['hour']) * 3600 + Number(parts['minute']) * 60 + Number(parts['second']);
  return DAYS.indexOf(parts['weekday'] ?? '') * DAY_MS + seconds * 1000;
}
