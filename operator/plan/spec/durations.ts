const UNIT_MS = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** @param text Go-style duration as the schema admits it, e.g. `15m`, `1h30m`, `250ms`. @returns milliseconds */
export function milliseconds(text: string): number {
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9]+)(ms|h|m|s)/g)) {
    total += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }
  return total;
}

/** Whole seconds, at least one. */
export const seconds = (text: string): number => Math.max(1, Math.round(milliseconds(text) / 1000));
