const UNITS = [['d', 86_400], ['h', 3_600], ['m', 60], ['s', 1]] as const;

/** Time since `at` (RFC 3339) in at most two units, e.g. `3d4h`, `12s`; '' without a time. */
export const age = (at: string | undefined, now: number): string => inTwoUnits(now - Date.parse(at ?? ''));

/** Time until `at` (RFC 3339), e.g. `in 4m12s`, `in about 14m`; `any moment now` when it has come. */
export function until(at: string, now: number, how: 'in' | 'in about'): string {
  const left = inTwoUnits(Date.parse(at) - now);
  return left === '0s' ? 'any moment now' : `${how} ${left}`;
}

function inTwoUnits(ms: number): string {
  if (Number.isNaN(ms)) return '';
  let left = Math.max(0, Math.floor(ms / 1000));
  const parts: string[] = [];
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(left / seconds);
    left %= seconds;
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
  }
  return parts.slice(0, 2).join('') || '0s';
}

/** `2026-03-01T10:00:00Z` for people, in UTC. */
export function moment(at: string): string {
  const time = Date.parse(at);
  return Number.isNaN(time) ? at : `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Milliseconds of a duration such as `1h30m` or `500ms`; undefined if it is not one. */
export function durationMs(text: string): number | undefined {
  if (!/^(\d+(ms|h|m|s))+$/.test(text)) return undefined;
  const size: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  return [...text.matchAll(/(\d+)(ms|h|m|s)/g)].reduce((sum, [, count, unit]) => sum + Number(count) * (size[unit ?? ''] ?? 0), 0);
}
