import { Cron } from 'croner';
import type { RecommenderModelSpec } from '../../api/types.gen.ts';
import { milliseconds } from './durations.ts';

type Window = NonNullable<RecommenderModelSpec['delivery']['freeze']>[number];

/** A schedule that cannot be parsed, or a time zone that does not exist. */
export class UnreadableWindow extends Error {
  readonly field: 'schedule' | 'timeZone';

  constructor(field: UnreadableWindow['field'], message: string) {
    super(message);
    this.field = field;
  }
}

/**
 * @param now milliseconds since the epoch
 * @returns when the window that holds now ends, milliseconds since the epoch; undefined outside of every window. Windows
 * that touch are told one after the other.
 * @throws UnreadableWindow
 */
export function frozenUntil(windows: readonly Window[], now: number): number | undefined {
  const ends = windows.map((window) => endOf(window, now)).filter((end) => end > now);
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** Worked example: {schedule: 0 17 * * Fri, duration: 63h} ends on Monday at 8:00, or an hour off that where clocks change in between. */
function endOf({ from, to, schedule = '', duration = '0s', timeZone }: Window, now: number): number {
  if (from !== undefined && to !== undefined) return Date.parse(from) <= now ? Date.parse(to) : now;
  // One that begins this very moment counts.
  const [begun] = beginnings(schedule, timeZone).previousRuns(1, new Date(now + 1));
  return begun === undefined ? now : begun.getTime() + milliseconds(duration);
}

/** When a window begins; `5/15` is read as CronJobs read it. @throws UnreadableWindow with what is wrong as a sentence part */
export function beginnings(schedule: string, timeZone: string): Cron {
  if (!isTimeZone(timeZone)) throw new UnreadableWindow('timeZone', `"${timeZone}" is not a time zone such as Europe/Berlin`);
  try {
    return new Cron(schedule, { timezone: timeZone, mode: '5-part', sloppyRanges: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UnreadableWindow('schedule', `"${schedule}" is not a cron schedule such as "0 17 * * Fri" (${why})`);
  }
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
